"""When a task's disk is short of room, and what goes first. Pure: no disk, no clock.

What can go is what can be had again (releases, layers) or has been read (task logs). What runs, is being written, or
may go live in a moment is not offered by those who own it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_PART = 0.05
"""Of a small disk; the smaller of the two counts. That a large disk is nearly full is somebody else's doing."""
ENOUGH = 1.5
"""So many times the least: who makes room makes some."""
YOUNG_SECONDS = 3600.0
"""What was used within the hour stays."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What a file system says of itself."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Spare:
    """Something that may go."""

    kind: Literal["task log", "release", "layer"]
    name: str
    """Among those of its kind: a path, an id."""
    used_at: float
    """When it was written or used last, epoch seconds."""


def short_of_room(use: DiskUse) -> bool:
    """Tell whether something has to go."""
    return use.free_bytes < _least(use)


def room_enough(use: DiskUse) -> bool:
    """Tell whether nothing more has to go, once something did."""
    return use.free_bytes >= _least(use) * ENOUGH


def in_order(spares: Iterable[Spare], now: float) -> list[Spare]:
    """Return what may go, what was not used for longest first, whatever its kind."""
    old = [each for each in spares if now - each.used_at > YOUNG_SECONDS]
    return sorted(old, key=lambda each: (each.used_at, each.kind, each.name))


def _least(use: DiskUse) -> float:
    return min(LEAST_FREE_BYTES, use.total_bytes * LEAST_FREE_PART)
