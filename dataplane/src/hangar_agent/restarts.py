"""When a component that ended is started again. Pure: no clock, no process."""

from __future__ import annotations

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0


def restart_delay(previous_delay: float | None, ran_for_seconds: float) -> float:
    """Return how long to wait before the next start: 0.5 s, doubling to 30 s, from the beginning after a steady minute.

    `previous_delay` is what was waited before the start that just ended, None before the first start.
    """
    if previous_delay is None or ran_for_seconds >= STEADY_SECONDS:
        return FIRST_DELAY_SECONDS
    return min(LONGEST_DELAY_SECONDS, previous_delay * 2)
