"""What the monitor publishes, as a pure function of what was measured in this one period. Nothing else goes in.

A missing datapoint is honest, a repeated or a guessed one is not: what could not be measured is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hangar_agent.control import WorkerBounds

OWN_NAMESPACE = "Hangar/MWAA"
MWAA_NAMESPACE = "AmazonMWAA"
"""MWAA's own for Airflow's metrics; what it publishes in AWS/MWAA stands here too, as nobody else may write there."""
STRANDED_SECONDS = 120
"""How long a task may be queued while the queue is empty before its message counts as lost."""
HEARTBEAT_SECONDS = 30

Datum = dict[str, Any]
"""One member of PutMetricData's MetricData."""


@dataclass(frozen=True, slots=True)
class EnvironmentCounts:
    """What one look at the metadata database told, the canary's rows left out."""

    running: int
    """Task instances on a worker: running or restarting."""
    queued: int
    """Task instances handed to the executor and not started."""
    oldest_seconds: float
    """How long the oldest of the queued has waited; 0 when none is."""
    stranded: int
    """Those queued for longer than STRANDED_SECONDS."""
    import_errors: int
    heartbeat_seconds: float | None
    """Age of the latest heartbeat of this task's own scheduler; None without a running one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the control document in force wants of workers."""

    workers: int
    bounds: WorkerBounds | None
    """None: an older document, which does not tell."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything of one period."""

    at: float
    """Epoch seconds."""
    counts: EnvironmentCounts
    slots: int
    wanted: Wanted | None
    """None while the control document cannot be read."""
    queue_messages: int | None
    """Messages in the queue and in flight; None when SQS did not answer."""


def need(running: int, queued: int, slots: int) -> int:
    """Return how many workers it takes to run everything at once."""
    return -(-(running + queued) // slots)


def deficit_and_surplus(needed: int, wanted: int, bounds: WorkerBounds) -> tuple[int, int]:
    """Return how many workers are missing and how many too many, of what the bounds allow. One of them is 0."""
    allowed = min(max(needed, bounds.least), bounds.most)
    return max(0, allowed - wanted), max(0, wanted - allowed)


def missing_workers(measured: Measured) -> int | None:
    """Return the deficit; None where what is wanted is not known."""
    wanted = measured.wanted
    if not wanted or not wanted.bounds:
        return None
    needed = need(measured.counts.running, measured.counts.queued, measured.slots)
    return deficit_and_surplus(needed, wanted.workers, wanted.bounds)[0]


def own_metrics(measured: Measured, name: str, environment_id: str) -> list[Datum]:
    """Return the data for OWN_NAMESPACE: what scaling and alarms go by, at a resolution of one second."""
    counts = measured.counts
    needed = need(counts.running, counts.queued, measured.slots)
    values: dict[str, float] = {
        "Running": counts.running,
        "Queued": counts.queued,
        "Slots": measured.slots,
        "Need": needed,
        "Heartbeat": _beats(counts),
        "OldestMessageAge": counts.oldest_seconds,
    }
    if measured.wanted:
        values["Wanted"] = measured.wanted.workers
        if measured.wanted.bounds:
            missing, spare = deficit_and_surplus(needed, measured.wanted.workers, measured.wanted.bounds)
            values |= {"Deficit": missing, "Surplus": spare}
    if measured.queue_messages is not None:
        values["QueueMessages"] = measured.queue_messages
        values["LostMessages"] = counts.stranded if measured.queue_messages == 0 else 0
    dimensions = {"Environment": name, "EnvironmentId": environment_id}
    return [
        datum(metric, value, "Seconds" if metric == "OldestMessageAge" else "Count", dimensions, measured.at, 1)
        for metric, value in values.items()
    ]


def mwaa_metrics(measured: Measured, name: str) -> list[Datum]:
    """Return the data for MWAA_NAMESPACE, under the names and dimensions MWAA's users know (mwaa.md, 4.8)."""
    counts = measured.counts
    here = {"Environment": name}
    values: tuple[tuple[str, float, str, dict[str, str]], ...] = (
        ("QueuedTasks", counts.queued, "Count", {"Function": "Executor"}),
        ("RunningTasks", counts.running, "Count", {"Function": "Executor"}),
        ("SchedulerHeartbeat", _beats(counts), "Count", {"Function": "Scheduler"}),
        ("ImportErrors", counts.import_errors, "Count", {"Function": "DAG Processing"}),
        ("ApproximateAgeOfOldestTask", counts.oldest_seconds, "Seconds", {}),
    )
    return [datum(metric, value, unit, {**function, **here}, measured.at) for metric, value, unit, function in values]


def datum(
    metric: str, value: float, unit: str, dimensions: dict[str, str], at: float, resolution_seconds: int = 60
) -> Datum:
    """Return one datum as PutMetricData takes it."""
    return {
        "MetricName": metric,
        "Value": value,
        "Unit": unit,
        "Dimensions": [{"Name": each, "Value": of} for each, of in dimensions.items()],
        "Timestamp": round(at, 3),
        "StorageResolution": resolution_seconds,
    }


def _beats(counts: EnvironmentCounts) -> int:
    return int(counts.heartbeat_seconds is not None and counts.heartbeat_seconds < HEARTBEAT_SECONDS)
