"""The canary's life, seen from the database: wait for its run, report it, then pause the DAG and remove the run.

The decision is pure; `CanaryWatch` asks, decides and acts. Every action may be repeated after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hangar_agent.metadata_database import CanaryRow, MetadataDatabase

CanaryState = Literal["running", "success", "failed"]
Action = Literal["none", "clean", "run-again"]
NOBODY = ""


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What the control plane is told about the canary it asked for."""

    id: str
    """The id asked for; empty for a run that finished before anybody asked."""
    state: CanaryState
    seconds: float | None
    """From the creation of the run to its end."""
    detail: str


def decide(wanted: str | None, known: CanaryResult | None, row: CanaryRow | None) -> tuple[CanaryResult, Action]:
    """Return what to report for the wanted canary, and what to do to the DAG.

    A new environment's canary runs by itself, before anyone asked, and answers the first who asks. A later one is asked
    for by a new id, which unpauses the DAG. A result is final. With nobody asking, a finished run is tidied away too.
    """
    asked = wanted or NOBODY
    if known is not None and known.id == NOBODY != asked and known.state != "running":
        known = replace(known, id=asked)
    final = known is not None and known.id == asked and known.state != "running"
    if final and known is not None:
        untidy = row is not None and (_finished(row) or (row.run_state is None and not row.paused))
        return known, "clean" if untidy else "none"
    if row is None:
        return _running(asked, "the DAG has not been parsed yet"), "none"
    if row.paused and (_finished(row) or row.run_state is None):
        # Paused is how a canary is left: what is here belongs to an earlier one.
        tidy: Action = "clean" if _finished(row) else "none"
        return _running(asked, "starting" if asked else "nobody asks"), "run-again" if asked else tidy
    if row.run_state == "success":
        return CanaryResult(asked, "success", row.run_seconds, "a task ran"), "clean"
    if row.run_state == "failed":
        return CanaryResult(asked, "failed", row.run_seconds, f"its task ended {row.task or 'unseen'}"), "clean"
    return _running(asked, f"its task is {row.task or 'not there yet'}"), "none"


def _finished(row: CanaryRow) -> bool:
    return row.run_state in {"success", "failed"}


def _running(asked: str, detail: str) -> CanaryResult:
    return CanaryResult(asked, "running", None, detail)


class CanaryWatch:
    """Remembers what was reported; one per agent of a scheduler task."""

    def __init__(self, database: MetadataDatabase) -> None:
        self._database = database
        self._result: CanaryResult | None = None

    def look(self, wanted: str | None) -> CanaryResult | None:
        """Observe, decide, act; return what to report, None when nobody asks. Raises DatabaseAway."""
        self._result, action = decide(wanted, self._result, self._database.canary())
        if action == "clean":
            self._database.pause_canary(paused=True)
            self._database.delete_canary_runs()
        elif action == "run-again":
            self._database.delete_canary_runs()
            self._database.release_canary()
        return self._result if wanted else None

    @property
    def waiting(self) -> bool:
        """Tell whether a run is awaited, so that it is worth looking often."""
        return self._result is None or self._result.state == "running"
