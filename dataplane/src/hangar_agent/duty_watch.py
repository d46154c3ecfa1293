"""Takes up what `duties.py` decides: for the main thread, which runs components, and for the worker's channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.duties import duties_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.control import ControlDocument
    from hangar_agent.duties import Duties, Post
    from hangar_agent.report import TaskState


class DutyWatch:
    """What one task is to do. `follow` belongs to one thread; the main thread reads `state.duties`."""

    def __init__(self, post: Post, state: TaskState, held_file: Path, log: Callable[[str], None]) -> None:
        self._post = post
        self._state = state
        self._held_file = held_file
        self._log = log
        self._duties: Duties = duties_of(post, None, freed=False)
        state.duties = self._duties

    def follow(self, document: ControlDocument | None) -> None:
        """Take up what the document in force orders."""
        before, now = self._duties, duties_of(self._post, document, freed=not self._duties.held)
        if before.held and not now.held:
            self._held_file.unlink(missing_ok=True)  # first: a report that says free is never too early
            self._log(f"free: generation {self._post.generation} is live")
        if now.pause is not None and now.pause != before.pause:
            self._log(f"stops what schedules, parses and triggers: pause {now.pause}")
        self._duties = self._state.duties = now

    @property
    def resting(self) -> bool:
        """Held or paused: what waits in a queue waits on purpose, and nobody rescues it."""
        return self._duties.held or self._duties.pause is not None
