"""Which level a line of a component's output has, as Airflow's two formats and Celery's write it. Pure.

A line without one belongs to the line before it: the body of a traceback has the level of its head.
"""

from __future__ import annotations

import re

from hangar_agent.log_targets import LEVELS

STRUCTLOG = re.compile(r"\[(debug|info|warning|error|critical)\s*\]")
STANDARD = re.compile(r"\}\s*(DEBUG|INFO|WARNING|ERROR|CRITICAL)\s*[-–]")  # noqa: RUF001 - both dashes occur

CELERY = re.compile(r"^\[[\d ,:-]+: (DEBUG|INFO|WARNING|ERROR|CRITICAL)/")


def level_of(line: str) -> int | None:
    """Return the level a line names; None where it names none."""
    found = STRUCTLOG.search(line) or STANDARD.search(line) or CELERY.search(line)
    return LEVELS[found[1].upper()] if found else None


class LevelFilter:
    """Lets the lines of one output pass that are of a level or above it."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._last = LEVELS["INFO"]

    def passes(self, line: str) -> bool:
        """Judge the next line."""
        self._last = level_of(line) or self._last
        return self._last >= self._least
