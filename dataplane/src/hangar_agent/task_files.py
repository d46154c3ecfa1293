"""Where the parts of one task lie on its disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TaskFiles:
    """Where the parts of one task meet on disk: everything of a task lives below its own folder."""

    folder: Path

    @property
    def home(self) -> Path:
        """Airflow's own home; its configuration file stays empty."""
        return self.folder / "airflow"

    @property
    def releases(self) -> Path:
        """Root of the release store: `releases/<id>`, `current`, `blobs`."""
        return self.folder / "dags"

    @property
    def bundles(self) -> Path:
        """Airflow's bundle storage: lock files that say which release a running task uses."""
        return self.folder / "bundles"

    @property
    def parsing_logs(self) -> Path:
        """What the dag-processor writes about each DAG file."""
        return self.folder / "dag-processor-logs"

    @property
    def layers(self) -> Path:
        """Unpacked layers, where a task has them for itself."""
        return self.folder / "layers"

    @property
    def webserver_config(self) -> Path:
        """Airflow 2's sign-in, as FAB reads it; 0600."""
        return self.folder / "webserver_config.py"

    @property
    def poll(self) -> Path:
        """Written by the worker's channel at each poll: what it has out and in hand, and which pause it saw."""
        return self.folder / "poll"

    @property
    def pause(self) -> Path:
        """While it exists, the worker's channel asks for no messages. Its text is the pause's own."""
        return self.folder / "pause"

    @property
    def held(self) -> Path:
        """While it exists, the worker's channel asks for messages of the canary's queue only."""
        return self.folder / "held"

    @property
    def released(self) -> Path:
        """Once it exists this worker is out of service for good: the drain, and whether its protection has ended."""
        return self.folder / "released.json"

    @property
    def own_credentials(self) -> Path:
        """The way to the task's own AWS keys, 0600. Also in hangar_airflow/own_credentials.py."""
        return self.folder / "own-credentials.json"

    @property
    def check(self) -> Path:
        """Socket of the checker that is forked off the dag-processor."""
        return self.folder / "check"

    @property
    def check_fallback(self) -> Path:
        """Socket of a checker that was started on its own."""
        return self.folder / "check-fallback"

    @property
    def trials(self) -> Path:
        """Trees of files that are tried during a check, never parsed by Airflow."""
        return self.releases / "trials"

    @property
    def control(self) -> Path:
        """The control document last accepted."""
        return self.folder / "control.json"
