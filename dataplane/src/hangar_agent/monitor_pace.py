"""When the monitor measures: a period begins every so often, and in between growth is looked for.

Who waits for a worker does not wait for a period to end: with periods of ten seconds, growth is told within two.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKS_A_PERIOD = 5
LEAST_LOOK_SECONDS = 1.0
"""Each look is a count in the database."""


class Measures(Protocol):
    """The monitor, as far as its pace goes."""

    problem: str | None

    def step(self) -> float:
        """Measure and publish; return the seconds until the next period begins."""

    def tell_growth(self) -> None:
        """Publish if more workers are missing than was told."""


class MonitorPace:
    """Used from one thread."""

    def __init__(self, monitor: Measures, period_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._monitor = monitor
        self._clock = clock
        self._look_seconds = max(LEAST_LOOK_SECONDS, period_seconds / LOOKS_A_PERIOD)
        self._due = float("-inf")

    @property
    def problem(self) -> str | None:
        """The monitor's."""
        return self._monitor.problem

    def step(self) -> float:
        """Measure a period that begins, or look for growth; return the seconds until the next step."""
        if self._clock() < self._due:
            self._monitor.tell_growth()
        else:
            pause = self._monitor.step()
            self._due = self._clock() + pause
        return max(0.0, min(self._due - self._clock(), self._look_seconds))
