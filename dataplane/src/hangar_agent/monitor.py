"""The environment's monitor, in the scheduler task's agent: once a period it counts, and tells CloudWatch.

Between two periods it can be asked to tell growth: that more workers are missing than it told last.

What goes wrong costs its period and nothing more: nothing is kept for later, nothing is tried again, nobody waits.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsError
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.monitor_metrics import (
    MWAA_NAMESPACE,
    OWN_NAMESPACE,
    STRANDED_SECONDS,
    Datum,
    Measured,
    Wanted,
    missing_workers,
    mwaa_metrics,
    own_metrics,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hangar_agent.metadata_database import MetadataDatabase
    from hangar_agent.queue_depth import QueueDepth

FAILURES_WORTH_TELLING = 3
"""One after the other: a database that restarts, or a throttled call, is nobody's business."""
LEAST_PAUSE_SECONDS = 0.1


class Monitor:
    """Measures and publishes. Used from one thread."""

    def __init__(
        self,
        database: MetadataDatabase,
        queue: QueueDepth,
        put: Callable[[str, Sequence[Datum]], None],
        wanted: Callable[[], Wanted | None],
        identity: tuple[str, str, str],
        slots: int,
        period_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`put`: PutMetricData of a namespace; raises AwsError. `identity`: task, name and id of the environment."""
        self._told_missing: int | None = None
        self._database = database
        self._queue = queue
        self._put = put
        self._wanted = wanted
        self._task_id, self._name, self._environment_id = identity
        self._slots = slots
        self._period_seconds = period_seconds
        self._clock = clock
        self._failures: dict[str, int] = {}
        self.problem: str | None = None
        """What has hindered for some periods now, in a sentence."""

    def step(self) -> float:
        """Measure and publish once; return the seconds until the next period begins. Periods that are over are over."""
        began = self._clock()
        complaints = self._observe()
        self._failures = {what: self._failures.get(what, 0) + 1 for what in complaints}
        lasting = [complaints[what] for what, times in self._failures.items() if times >= FAILURES_WORTH_TELLING]
        self.problem = "; ".join(lasting) or None
        taken = max(0.0, self._clock() - began)
        return max(LEAST_PAUSE_SECONDS, self._period_seconds - taken % self._period_seconds)

    def tell_growth(self) -> None:
        """Count, and publish if more workers are missing than was told. What hinders it, the periods tell."""
        if self._told_missing is None:
            return
        with suppress(DatabaseAway, AwsError):
            counts = self._database.environment_counts(self._task_id, STRANDED_SECONDS)
            measured = Measured(self._clock(), counts, self._slots, self._wanted(), None)
            if (missing_workers(measured) or 0) > self._told_missing:
                self._tell_own(measured)

    def _observe(self) -> dict[str, str]:
        """Return what went wrong, a sentence by what it went wrong with."""
        complaints: dict[str, str] = {}
        try:
            counts = self._database.environment_counts(self._task_id, STRANDED_SECONDS)
        except DatabaseAway as error:
            return {"database": f"no metrics, the database does not answer: {error}"}
        at = self._clock()
        messages: int | None = None
        try:
            messages = self._queue.messages()
        except AwsError as error:
            complaints["queue"] = f"no metrics of the queue, SQS does not tell: {error}"
        measured = Measured(at, counts, self._slots, self._wanted(), messages)
        try:
            self._tell_own(measured)
            self._put(MWAA_NAMESPACE, mwaa_metrics(measured, self._name))
        except AwsError as error:
            complaints["metrics"] = f"no metrics, CloudWatch does not take them: {error}"
        return complaints

    def _tell_own(self, measured: Measured) -> None:
        self._told_missing = None  # what was not taken was not told
        self._put(OWN_NAMESPACE, own_metrics(measured, self._name, self._environment_id))
        self._told_missing = missing_workers(measured)
