"""What a task is to do now: which components run, which queues are polled, what its report says. Pure.

*Held*: a task of a generation that is not committed runs nothing but the canary. *Paused*: a scheduler's task that was
asked, for an upgrade, to stop what schedules, parses and triggers. Neither is the report's `hold`: that is a database
or a queue that is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from hangar_agent.control import ControlDocument
    from hangar_agent.settings import Role
    from hangar_agent.supervisor import ComponentStatus

TRIGGERER = "triggerer"


@dataclass(frozen=True, slots=True)
class Post:
    """What of a task's definition decides its duties."""

    role: Role
    generation: int
    canary_queue: str | None
    """Named where the task belongs to an upgrade: it begins held."""
    components: tuple[str, ...]
    """All the role has, by name."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What a task does until a document says otherwise."""

    components: frozenset[str]
    """Those that are to run; the others are to stop, gracefully."""
    held: bool
    """No triggerer, and of the queues the canary's alone."""
    pause: str | None
    """Id of the pause in force for this task."""


def duties_of(post: Post, document: ControlDocument | None, *, freed: bool) -> Duties:
    """Return what a task does under the document in force, None while it has none.

    `freed`: it was not held before. A task that was free once stays so, whatever a later document says: it has begun
    what cannot be taken back.
    """
    held = not freed and _held(post, document)
    pause = document.pause if document else None
    paused = pause is not None and post.role == "scheduler" and post.generation <= pause.generation
    running = frozenset() if paused else frozenset(post.components) - ({TRIGGERER} if held else set())
    return Duties(running, held, pause.id if paused and pause else None)


def pause_progress(duties: Duties, statuses: Collection[ComponentStatus]) -> dict[str, str] | None:
    """Return the report's `pause`: None without one, `paused` when no component has a process any more.

    To be asked by whoever has just made the components what `duties` want: only then none is about to be started.
    """
    if duties.pause is None:
        return None
    ended = all(status.pid is None for status in statuses)
    return {"id": duties.pause, "state": "paused" if ended else "pausing"}


def _held(post: Post, document: ControlDocument | None) -> bool:
    if post.canary_queue is None:
        return False
    if document is None:
        return True
    # A control plane that tells no generation holds nobody.
    return document.generation is not None and document.generation < post.generation
