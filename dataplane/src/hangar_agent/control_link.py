"""Follows control.json: reads it when it changed, keeps what is in force, brings the release to this task's disk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hangar_agent.control import ControlDocument, Refused, consider
from hangar_agent.durable_files import write_durably
from hangar_agent.manifest import ManifestError, parse_manifest
from hangar_agent.object_storage import ObjectMissing, StorageError
from hangar_agent.release_store import CorruptBlob

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from hangar_agent.object_storage import ObjectStorage
    from hangar_agent.release_store import ReleaseStore

CONTROL_KEY = "control.json"


class ControlLink:
    """The document in force survives a restart of the agent: a lower epoch is refused by the next agent, too."""

    def __init__(
        self,
        storage: ObjectStorage,
        environment_id: str,
        kept_at: Path,
        releases: ReleaseStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._storage = storage
        self._environment_id = environment_id
        self._kept_at = kept_at
        self._releases = releases
        self._etag: str | None = None
        self.document: ControlDocument | None = self._kept()

    def poll(self) -> str | None:
        """Look for a newer document and put it in force; return a sentence when something is wrong with it or S3."""
        try:
            stored = self._storage.get(CONTROL_KEY, self._etag)
        except ObjectMissing:
            return None if self.document is None else "control.json has gone; what it said last stays in force"
        except StorageError as error:
            return f"control.json cannot be read: {error}"
        if stored is None:
            return None
        verdict = consider(stored.body, self.document, self._environment_id)
        if isinstance(verdict, Refused):
            return verdict.reason  # read again at the next poll: the tag is not remembered
        write_durably(self._kept_at, stored.body)
        self.document, self._etag = verdict, stored.etag
        return None

    def follow(self, pinned: Callable[[], Collection[str]]) -> str | None:
        """Stage and activate the release in force; return a sentence when that is not possible now.

        `pinned` names releases that must not be pruned; it is asked only when there is something to prune.
        """
        wanted = self.document.release if self.document else None
        if wanted is None or self._releases.live() == wanted.id:
            return None
        try:
            if wanted.id not in self._releases.staged():
                stage_release(self._storage, self._releases, wanted.id, wanted.manifest)
            self._releases.activate(wanted.id)
            candidate = self.document.candidate if self.document else None
            self._releases.prune({*pinned(), *({candidate.id} if candidate else ())}, self._clock())
        except (StorageError, ManifestError, CorruptBlob, OSError) as error:
            return f"release {wanted.id} is not live: {error}"
        return None

    def stage_candidate(self) -> str | None:
        """Bring the candidate in force to this disk, so that it goes live by a rename; say why not."""
        candidate = self.document.candidate if self.document else None
        if candidate is None or candidate.id in self._releases.staged():
            return None
        try:
            stage_release(self._storage, self._releases, candidate.id, candidate.manifest)
        except (StorageError, ManifestError, CorruptBlob, OSError) as error:
            return f"candidate {candidate.id} is not staged: {error}"
        return None

    def _kept(self) -> ControlDocument | None:
        try:
            verdict = consider(self._kept_at.read_bytes(), None, self._environment_id)
        except FileNotFoundError:
            return None
        return None if isinstance(verdict, Refused) else verdict


def stage_release(storage: ObjectStorage, releases: ReleaseStore, release_id: str, manifest_key: str) -> None:
    """Download what is missing of a release and make it appear. Raises StorageError, ManifestError, CorruptBlob."""
    manifest = parse_manifest(_body(storage, manifest_key), release_id)
    releases.stage(manifest, lambda sha256, file, size: storage.download(f"blobs/{sha256}", file, size + 1))


def _body(storage: ObjectStorage, key: str) -> bytes:
    stored = storage.get(key)
    if stored is None:
        raise StorageError(f"reading {key}: answered 'not modified' to an unconditional request")
    return stored.body
