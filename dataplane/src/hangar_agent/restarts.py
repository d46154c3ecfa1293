"""When a component is started, killed, or given up for lost with its whole task. Pure: no clock, no process.

What hangs is restarted; what does not last after three restarts is replaced together with its task; and while what all
components need is away, nothing is done to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hangar_agent.health import Verdict

DELAYS_SECONDS = (0.5, 2.0, 8.0)
"""Before the first, second and third restart. In place of a fourth the task ends, as long after the last end: reports
say meanwhile what keeps ending, to those who wait for this task."""
WINDOW_SECONDS = 600.0
"""For how long an end counts once the component has been well again."""
HEALTHY_SECONDS = 300.0
"""How long it has to be well to begin anew: longer than any silence is borne, else one that hangs were well."""
GRACE_SECONDS = 60.0
"""After a hold: what ends now was broken by the outage, not by itself."""
EXCUSED_DELAY_SECONDS = 2.0


class Action(Enum):
    """What to do with a component now. WAIT: nothing."""

    WAIT = "wait"
    START = "start"
    KILL = "kill"
    """It hangs: kill it, its end is seen at the next look."""
    GIVE_UP = "give up"
    """End the task, so that ECS starts another."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at one component."""

    now: float
    """Epoch seconds."""
    alive: bool
    """A process of it is there."""
    ended: bool
    """Since the last look one has ended."""
    verdict: Verdict | None
    """What is known of the present process; None while nothing is."""
    hold: bool
    """What the components need (database, queue) is away."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered of one component between two looks."""

    ends: tuple[float, ...] = ()
    """When it ended through its own fault, oldest first, as far as that still counts."""
    due: float = float("-inf")
    """Not started before."""
    well_since: float | None = None
    """Since when it has been well without a break."""
    held_at: float = float("-inf")
    """When the last hold was seen."""
    reason: str = ""
    """Why it was given up."""


def decide(past: Past, seen: Seen) -> tuple[Past, Action]:
    """Return what to remember and what to do. The first rule that applies wins.

    1. On hold nothing is started and nothing killed.
    2. An end counts, unless a hold is or was in force within the last minute.
    3. A component that ends for the fourth time, or that a verdict calls beyond repair, is given up.
    4. What hangs is killed; what is not there is started when its delay is over.

    Ends are forgotten after five minutes of health; those older than ten minutes as soon as it was well after them. A
    component that is never well is given up after three restarts however long each of its starts took.
    """
    if seen.hold:
        past = replace(past, held_at=seen.now)
    past = _with_end(past, seen) if seen.ended else _with_health(past, seen)
    if seen.hold:
        return past, Action.WAIT
    if len(past.ends) > len(DELAYS_SECONDS):
        return replace(past, reason=_too_often(past)), Action.GIVE_UP if seen.now >= past.due else Action.WAIT
    if not seen.alive:
        return past, Action.START if seen.now >= past.due else Action.WAIT
    if seen.verdict is not None and seen.verdict.state == "unhealthy":
        if seen.verdict.beyond_repair:
            return replace(past, reason=seen.verdict.detail), Action.GIVE_UP
        return past, Action.KILL
    return past, Action.WAIT


def _with_end(past: Past, seen: Seen) -> Past:
    past = replace(past, well_since=None)
    if seen.now - past.held_at <= GRACE_SECONDS:
        return replace(past, due=seen.now + EXCUSED_DELAY_SECONDS)
    ends = (*past.ends, seen.now)
    return replace(past, ends=ends, due=seen.now + DELAYS_SECONDS[min(len(ends), len(DELAYS_SECONDS)) - 1])


def _with_health(past: Past, seen: Seen) -> Past:
    # On hold a verdict is the last one there was: nobody has seen that the component is well.
    if seen.hold or not seen.alive or seen.verdict is None or seen.verdict.state != "running":
        return past if past.well_since is None else replace(past, well_since=None)
    since = seen.now if past.well_since is None else past.well_since
    recent = tuple(end for end in past.ends if seen.now - end <= WINDOW_SECONDS)
    return replace(past, well_since=since, ends=() if seen.now - since >= HEALTHY_SECONDS else recent)


def _too_often(past: Past) -> str:
    span = past.ends[-1] - past.ends[0]
    return f"it ended {len(past.ends)} times within {span:.0f} s, and starting it again has not helped"
