"""Tells the control plane what Airflow has parsed: reads the metadata database, stores `dags.json` when it changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hangar_agent.dag_status import DAG_STATUS_KEY, dag_status, encode, meaning
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.object_storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from hangar_agent.metadata_database import MetadataDatabase
    from hangar_agent.object_storage import ObjectStorage
    from hangar_agent.release_store import ReleaseStore

LOOK_SECONDS = 2.0
AFTER_A_SWAP_SECONDS = 30.0
EAGER_SECONDS = 0.5
STALE_SECONDS = 60.0
"""Times of parsing alone are told this often."""


class DagStatusWatch:
    """Remembers what was told last. Used from one thread."""

    def __init__(
        self,
        database: MetadataDatabase,
        storage: ObjectStorage,
        releases: ReleaseStore,
        root: Path,
        secrets: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._storage = storage
        self._releases = releases
        self._root = root
        self._secrets = secrets
        self._clock = clock
        self._told: tuple[float, Any] | None = None
        self.problem: str | None = None
        """What hinders at present, in a sentence."""

    def step(self) -> float:
        """Look, tell what is new; return the seconds until the next look. Trouble waits for the next one."""
        now, since = self._clock(), self._releases.live_since()
        try:
            dags, errors = self._database.parsed_dags(), self._database.import_errors()
        except DatabaseAway:
            return LOOK_SECONDS  # the look-out says so
        status = dag_status(dags, errors, self._root, self._releases.live(), now, self._secrets)
        means = meaning(status, since)
        fresh = self._told is None or means != self._told[1]
        if not fresh and self._told and now - self._told[0] < STALE_SECONDS:
            # Somebody may be waiting for a change to be parsed: look more often while that is due.
            return EAGER_SECONDS if now - since < AFTER_A_SWAP_SECONDS else LOOK_SECONDS
        try:
            self._storage.put(DAG_STATUS_KEY, encode(status))
        except StorageError as error:
            self.problem = f"what Airflow parsed could not be told: {error}"
            return LOOK_SECONDS
        self._told, self.problem = (now, means), None
        return LOOK_SECONDS
