"""Once a minute, in every task: what its processes use, and what its Airflow told by StatsD, to CloudWatch.

What goes wrong costs its minute and nothing more: nothing is kept for later, nothing is tried again, nobody waits.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsError
from hangar_agent.monitor_metrics import MWAA_NAMESPACE
from hangar_agent.task_metadata import read_task_limits
from hangar_agent.task_usage import usage
from hangar_agent.usage_metrics import cluster_of, usage_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hangar_agent.metric_minute import MetricMinute
    from hangar_agent.monitor_metrics import Datum, Wanted
    from hangar_agent.settings import Role
    from hangar_agent.task_metadata import TaskLimits
    from hangar_agent.task_usage import Usage
    from hangar_agent.usage_metrics import Cluster

MINUTE_SECONDS = 60.0


class TaskSignals:
    """Measures and publishes. `step` belongs to one thread."""

    def __init__(
        self,
        task: tuple[Role, str],
        minute: MetricMinute,
        put: Callable[[str, Sequence[Datum]], None],
        wanted: Callable[[], Wanted | None],
        measures: tuple[Callable[[], Usage | None], Callable[[], TaskLimits | None]],
        log: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`task`: its role, and its environment's name. `put`: PutMetricData of a namespace; raises AwsError.

        `measures`: what the task uses, and what it may; each None where nobody tells.
        """
        self._role, self._environment_name = task
        self._minute = minute
        self._put = put
        self._wanted = wanted
        self._use, self._limits = measures
        self._log = log
        self._clock = clock
        self._before: Usage | None = None
        self._bounds: TaskLimits | None = None
        self._cluster: Cluster | None = None
        self._began = clock()
        self._told_of_bound = False
        self.problem: str | None = None
        """Why the last minute was not told."""

    def step(self) -> float:
        """Tell of the minute that is over, if one is; return the seconds until the present one is."""
        now = self._clock()
        if now // MINUTE_SECONDS > self._began // MINUTE_SECONDS:
            self._publish()
            self._began = now
        if self._before is None:
            self._before = self._use()
        return MINUTE_SECONDS - now % MINUTE_SECONDS

    def _publish(self) -> None:
        data = [*self._usage_data(), *self._minute.take(self._began)]
        if self._minute.beyond and not self._told_of_bound:
            self._told_of_bound = True
            self._log(
                "metrics: Airflow tells of more series than this task forwards, the rest is dropped; "
                "metrics.metrics_block_list or metrics.metrics_allow_list chooses"
            )
        try:
            self._put(MWAA_NAMESPACE, data)
            self.problem = None
        except AwsError as error:
            self.problem = f"a minute of Airflow's metrics is lost, CloudWatch does not take them: {error}"

    def _usage_data(self) -> list[Datum]:
        before, now = self._before, self._use()
        self._before = now
        self._bounds = self._bounds or self._limits()
        self._cluster = cluster_of(self._role, self._wanted(), self._cluster)
        if before is None or now is None or self._bounds is None or self._cluster is None:
            return []
        dimensions = {"Cluster": self._cluster, "Environment": self._environment_name}
        return usage_metrics(before, now, self._bounds, dimensions, self._began)


def use_of_this_task(leaders: Callable[[], Iterable[int]]) -> Callable[[], Usage | None]:
    """Return what measures this agent, its children, and the sessions of its components."""
    return lambda: usage(time.monotonic(), os.getpid(), leaders())


def limits_of(metadata_uri: str | None) -> Callable[[], TaskLimits | None]:
    """Return what asks for the task's limits; None where there is no ECS, or it does not say."""

    def ask() -> TaskLimits | None:
        try:
            return read_task_limits(metadata_uri) if metadata_uri else None
        except (OSError, ValueError, KeyError):
            return None

    return ask
