"""Watches for a candidate in the control document, has it checked, and stores what was found: scheduler tasks only.

A candidate that was answered for is not checked again by this agent; one that restarted answers once more, alike.
While there is none, the live release is surveyed, so that the next check need only import what changed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hangar_agent.dag_check_document import CheckedCandidate, check_key, found, impossible
from hangar_agent.dag_check_knowledge import Tree
from hangar_agent.dag_check_link import CheckerAway, Superseded
from hangar_agent.manifest import ManifestError, parse_manifest
from hangar_agent.object_storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from hangar_agent.control import ControlDocument, ReleasePointer
    from hangar_agent.dag_check_run import DagChecks
    from hangar_agent.object_storage import ObjectStorage
    from hangar_agent.release_store import ReleaseStore

LOOK_SECONDS = 0.1
IDLE_SECONDS = 0.2
RETRY_SECONDS = 1.0
SURVEY_PAUSE_SECONDS = 0.1
AWAY_SECONDS = 5.0
STAGING_SECONDS = 60.0
"""How long a candidate is waited for that nothing comes of; then the control plane is told that it cannot be checked.

One that is coming, thousands of files on a slow disk say, is waited for until the control plane itself gives it up.
"""
KEPT_TREES = 3


class CandidateWatch:
    """Remembers what was answered for. `document` returns the control document in force. Used from one thread."""

    def __init__(
        self,
        storage: ObjectStorage,
        releases: ReleaseStore,
        task_id: str,
        document: Callable[[], ControlDocument | None],
        secrets: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._releases = releases
        self._task_id = task_id
        self._document = document
        self._secrets = secrets
        self._clock = clock
        self._seen: tuple[str, float] | None = None
        """The candidate at hand, and since when."""
        self._coming = 0, 0.0
        """How much had been brought to this disk when it was last looked at, and when that last grew."""
        self._answered: str | None = None
        self._unstored: tuple[str, bytes] | None = None
        self._trees: dict[str, Tree] = {}
        self.problem: str | None = None
        """What hinders at present, in a sentence."""

    def superseded(self) -> bool:
        """Tell whether the work at hand is no longer wanted: another candidate is in force, or the live release is."""
        wanted = self._wanted()
        return (wanted.id if wanted else None) != (self._seen[0] if self._seen else None)

    def step(self, checks: DagChecks, *, settled: bool) -> float:
        """Do what there is to do; return the seconds until the next look. `settled`: Airflow has started.

        Raises nothing of its own: trouble is told in `problem` and tried again.
        """
        wanted, document = self._wanted(), self._document()
        if wanted is None or document is None:
            self._seen = None
            return self._survey(checks) if settled else IDLE_SECONDS
        if self._seen is None or self._seen[0] != wanted.id:
            self._seen = wanted.id, self._clock()
            self._coming = self._releases.brought, self._clock()
        try:
            body = self._unstored[1] if self._unstored and self._unstored[0] == wanted.id else None
            body = body or self._answer(wanted, document.release, checks)
            if body is None:
                return LOOK_SECONDS
            self._unstored = wanted.id, body
            self._storage.put(check_key(wanted.id), body)
        except Superseded:
            return 0.0
        except StorageError as error:
            self.problem = f"the check of candidate {wanted.id} waits for the control bucket: {error}"
            return RETRY_SECONDS
        self._answered, self._unstored, self.problem = wanted.id, None, None
        return 0.0

    def _wanted(self) -> ReleasePointer | None:
        document = self._document()
        candidate = document.candidate if document else None
        return None if candidate is None or candidate.id == self._answered else candidate

    def _answer(self, wanted: ReleasePointer, base: ReleasePointer | None, checks: DagChecks) -> bytes | None:
        """Return the check's document; None while candidate or base are not on this disk yet."""
        began = self._clock()
        here = self._releases.staged()
        missing = [each.id for each in (wanted, base) if each and each.id not in here]
        waited = began - (self._seen[1] if self._seen else began)
        if missing:
            still = self._still(began)
            if still < STAGING_SECONDS:
                return None
            problem = (
                f"release {missing[0]} could not be brought to this task within {waited:.0f} s: "
                f"for {still:.0f} s nothing of it has come"
            )
            return impossible(self._checked(wanted, base, began), problem)
        try:
            verdict = checks.check(
                (self._tree(base), self._releases.folder(base.id)) if base else (Tree({}), None),
                (self._tree(wanted), self._releases.folder(wanted.id)),
                waited,
            )
        except (CheckerAway, ManifestError) as error:
            return impossible(self._checked(wanted, base, began), f"the candidate could not be checked: {error}")
        return found(self._checked(wanted, base, began), verdict, self._secrets)

    def _still(self, now: float) -> float:
        """Return for how many seconds nothing has come to this disk."""
        if self._releases.brought != self._coming[0]:
            self._coming = self._releases.brought, now
        return now - self._coming[1]

    def _survey(self, checks: DagChecks) -> float:
        document = self._document()
        live = document.release if document else None
        if live is None or self._releases.live() != live.id:
            return IDLE_SECONDS
        try:
            return SURVEY_PAUSE_SECONDS if checks.survey((self._tree(live), self._folder(live))) else IDLE_SECONDS
        except Superseded:
            return 0.0
        except (CheckerAway, StorageError, ManifestError):
            return AWAY_SECONDS  # the next candidate's check will say so, if it is still so

    def _checked(self, wanted: ReleasePointer, base: ReleasePointer | None, began: float) -> CheckedCandidate:
        now = self._clock()
        return CheckedCandidate(wanted.id, base.id if base else None, self._task_id, now, now - began)

    def _folder(self, release: ReleasePointer) -> Path:
        return self._releases.folder(release.id)

    def _tree(self, release: ReleasePointer) -> Tree:
        """Return the files of a release, whose manifest never changes."""
        if release.id not in self._trees:
            stored = self._storage.get(release.manifest)
            if stored is None:
                raise StorageError(f"reading {release.manifest}: answered 'not modified' to an unconditional request")
            files = parse_manifest(stored.body, release.id).files
            self._trees[release.id] = Tree({file.path: file.sha256 for file in files})
            for old in list(self._trees)[:-KEPT_TREES]:
                del self._trees[old]
        return self._trees[release.id]
