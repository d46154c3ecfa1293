"""May this worker ask for tasks, and is its drain done? The rules, pure: no clock, no file, no endpoint.

One action at a time: whoever carries them out looks again before the next. What must outlive a kill (the pause, the
release) is part of what is seen, because it lies on the task's disk; `Memory` may be lost at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

PROTECTION_SECONDS = 48 * 3600.0
"""The longest ECS grants (2,880 minutes)."""
RENEW_SECONDS = 3600.0
"""How long after it was granted a protection is asked for again."""
MARGIN_SECONDS = 60.0
"""A protection that ends sooner than this is none: what is asked for now has to be worked on, too."""
RETRY_SECONDS = 5.0
"""Between two tries of the protection endpoint."""
SECOND_LOOK_SECONDS = 0.5
"""What the two looks at an idle worker are apart, at least."""


class Action(Enum):
    """What to do next. WAIT: nothing now."""

    WAIT = "wait"
    PAUSE = "pause"
    RESUME = "resume"
    PROTECT = "protect"
    RELEASE = "release"
    """Write to the disk that this worker is released. Final."""
    UNPROTECT = "unprotect"
    """End the protection, and write to the disk that it has ended."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is known of the worker process's channel to the queue."""

    at: float
    """When this was so, epoch seconds."""
    pause: str | None
    """The pause the channel has seen while none of its long polls was out; None when it saw none."""
    outstanding: bool
    """A long poll has been sent and has not come back."""
    in_flight: int
    """Tasks received and not finished, those not started yet among them."""


@dataclass(frozen=True, slots=True)
class Released:
    """A worker that never polls again."""

    drain: str
    """The drain it was released under."""
    unprotected: bool
    """The endpoint confirmed, after the release, that there is no protection any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at everything the decision needs."""

    now: float
    informed: bool
    """A control document is in force: without one nobody can say that this worker is wanted."""
    ordered: str | None
    """Id of the drain the document orders for this worker."""
    pause: str | None
    """On disk: the present pause. While there is one the channel begins no poll."""
    released: Released | None
    """On disk: this worker is out of service."""
    channel: ChannelState | None
    """None when the present worker process has not said anything yet."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What one agent process remembers between looks. Losing it costs time, never a task."""

    drain: str | None = None
    idle_at: float | None = None
    """When the worker was first seen idle under this drain, without a break since."""
    protected_until: float = 0.0
    asked_at: float = float("-inf")
    """When the protection endpoint was asked last, whatever it answered."""


def decide(memory: Memory, seen: Seen) -> tuple[Memory, Action]:
    """Return what to remember and what to do. The first rule that applies wins.

    1. Released is final: paused, protection lifted, nothing else.
    2. No polling while a drain is ordered, while nothing is known, and without protection.
    3. A worker that is not released is protected, also while it drains: it may hold work.
    4. A drain is done when the worker was seen idle twice: it has seen this very pause, no long poll is out, nothing
       is in flight. A look at anything else begins again, and so does another drain id.
    """
    memory = _looked(memory, seen)
    protected = memory.protected_until - seen.now > MARGIN_SECONDS
    may_ask_endpoint = seen.now - memory.asked_at >= RETRY_SECONDS
    wanted = seen.released is None and seen.ordered is None and seen.informed
    if seen.pause is None and not (wanted and protected):
        return memory, Action.PAUSE
    if seen.released is not None:
        return memory, Action.WAIT if seen.released.unprotected or not may_ask_endpoint else Action.UNPROTECT
    if memory.protected_until - seen.now < PROTECTION_SECONDS - RENEW_SECONDS and may_ask_endpoint:
        return memory, Action.PROTECT
    if seen.ordered is not None:
        seen_twice = memory.idle_at is not None and _idle_since(seen) >= memory.idle_at + SECOND_LOOK_SECONDS
        return memory, Action.RELEASE if seen_twice else Action.WAIT
    if seen.pause is not None and wanted and protected:
        return memory, Action.RESUME
    return memory, Action.WAIT


def progress(seen: Seen) -> dict[str, str | int] | None:
    """Return the report's `drain`: None without one, `released` only when the disk says that the protection is gone."""
    if seen.released is not None:
        state = "released" if seen.released.unprotected else "draining"
        return {"id": seen.released.drain, "state": state, "inFlight": 0}
    if seen.ordered is None:
        return None
    # A process that has not said anything yet has not polled yet.
    return {"id": seen.ordered, "state": "draining", "inFlight": seen.channel.in_flight if seen.channel else 0}


def _looked(memory: Memory, seen: Seen) -> Memory:
    if seen.ordered != memory.drain:
        memory = replace(memory, drain=seen.ordered, idle_at=None)
    if not _idle(seen):
        return replace(memory, idle_at=None)
    return memory if memory.idle_at is not None else replace(memory, idle_at=_idle_since(seen))


def _idle(seen: Seen) -> bool:
    channel = seen.channel
    if channel is None or seen.pause is None or channel.pause != seen.pause:
        return False
    return not channel.outstanding and channel.in_flight == 0


def _idle_since(seen: Seen) -> float:
    return seen.channel.at if seen.channel else seen.now
