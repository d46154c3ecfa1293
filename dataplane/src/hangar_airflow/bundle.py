"""DAG releases as a versioned bundle of Airflow 3: a run keeps the release it was started with.

On disk, made by the agent: `<root>/releases/<id>/…`, never changed once it exists, and `<root>/current`, a symlink that
is swapped by a rename. Before the first release it points to `releases/none`, an empty folder.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.base import BaseDagBundle

try:
    from airflow.dag_processing.bundles.base import BundleVersion
except ImportError:  # before Airflow 3.3 a version is a plain string
    BundleVersion = str

FETCH_SECONDS = 120
NO_RELEASE = "none"


class ReleaseBundle(BaseDagBundle):
    """The live release, or the pinned one a DAG run asks for, which is fetched when this task has not got it."""

    supports_versioning = True

    def __init__(self, *, root: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._root = Path(root)
        self._seen = self.version or self._live()

    @property
    def path(self) -> Path:
        """Folder of the pinned release, else of the release seen at the last refresh."""
        return self._root / "releases" / (self.version or self._seen)

    def initialize(self) -> None:
        """Make sure a pinned release is here. The agent's command locks, verifies hashes and renames into place."""
        if self.version and not self.path.is_dir():
            fetched = subprocess.run(
                [os.environ["HANGAR_AGENT_PYTHON"], "-m", "hangar_agent", "fetch-release", self.version],
                env={**os.environ, "PYTHONPATH": os.environ["HANGAR_DATAPLANE"]},
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                check=False,
            )
            if fetched.returncode != 0:
                msg = (
                    f"DAG release {self.version} is not on this task and could not be fetched: {fetched.stderr[-500:]}"
                )
                raise RuntimeError(msg)
        super().initialize()

    def get_current_version(self) -> Any:
        """Return the release's id; None before the first release."""
        version = self.version or self._seen
        return None if version == NO_RELEASE else BundleVersion(version)

    def refresh(self) -> None:
        """Look where `current` points now."""
        if not self.version:
            self._seen = self._live()

    def _live(self) -> str:
        try:
            return (self._root / "current").readlink().name
        except FileNotFoundError:
            return NO_RELEASE
