"""CPUUtilization and MemoryUtilization as MWAA publishes them: percent of the task's limits, by its cluster. Pure.

MWAA user guide, "Container, queue, and database metrics": Cluster is BaseWorker, AdditionalWorker, Scheduler or
WebServer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hangar_agent.monitor_metrics import datum

if TYPE_CHECKING:
    from hangar_agent.monitor_metrics import Datum, Wanted
    from hangar_agent.settings import Role
    from hangar_agent.task_metadata import TaskLimits
    from hangar_agent.task_usage import Usage

Cluster = Literal["BaseWorker", "AdditionalWorker", "Scheduler", "WebServer"]


def cluster_of(role: Role, wanted: Wanted | None, before: Cluster | None) -> Cluster | None:
    """Return the cluster of a task, None while it cannot be known.

    A worker is a base worker from the moment on when no more than MinWorkers are wanted: one that started because more
    were wanted is an additional one until then. Nobody numbers workers, and which of them stay is the drain's choice.
    """
    if role != "worker":
        return "Scheduler" if role == "scheduler" else "WebServer"
    if before == "BaseWorker" or wanted is None or wanted.bounds is None:
        return before
    return "BaseWorker" if wanted.workers <= wanted.bounds.least else "AdditionalWorker"


def usage_metrics(earlier: Usage, now: Usage, limits: TaskLimits, dimensions: dict[str, str], at: float) -> list[Datum]:
    """Return the two data of a minute, dated `at`: CPU as the mean between two looks, memory as of the later one."""
    seconds = now.at - earlier.at
    if seconds <= 0:
        return []
    # Time of a process that nobody waited for is gone with it.
    busy = max(0.0, now.cpu_seconds - earlier.cpu_seconds) / seconds / limits.cpus
    return [
        datum("CPUUtilization", round(100 * busy, 3), "Percent", dimensions, at),
        datum("MemoryUtilization", round(100 * now.memory_bytes / limits.memory_bytes, 3), "Percent", dimensions, at),
    ]
