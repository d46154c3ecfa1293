"""Under which name, unit and dimensions MWAA publishes what Airflow tells by StatsD: its user guide's table, as data.

MWAA user guide, "Apache Airflow environment metrics in CloudWatch". What it does not list is not forwarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.airflow_environment import CANARY_BUNDLE
from hangar_agent.metadata_database import CANARY_DAG

if TYPE_CHECKING:
    from hangar_agent.statsd_lines import Sample

CANARY_FILE = "hangar_canary"
"""Of Hangar's own DAG. No series of its file, its bundle or itself is told."""


@dataclass(frozen=True, slots=True)
class Series:
    """What CloudWatch counts, and bills, as one metric; the environment's dimension is added to all alike."""

    metric: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    metric: str
    unit: str
    fixed: tuple[tuple[str, str], ...] = ()
    tagged: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Dimension, and the tags that may carry it: Airflow 3 and 2 name some differently."""


Tagged = dict[str, tuple[str, ...]]


def _of(function: str, *metrics: tuple[str, str], unit: str = "Count") -> dict[str, _Row]:
    return {name: _Row(metric, unit, (("Function", function),)) for name, metric in metrics}


def _by(unit: str, tagged: Tagged, *metrics: tuple[str, str]) -> dict[str, _Row]:
    return {name: _Row(metric, unit, (), tuple(tagged.items())) for name, metric in metrics}


def _all(*metrics: tuple[str, str]) -> dict[str, _Row]:
    return {name: _Row(metric, "Count", (("DAG", "All"), ("Task", "All"))) for name, metric in metrics}


DAG: Tagged = {"DAG": ("dag_id",)}
TASK: Tagged = {**DAG, "Task": ("task_id",)}
FILE: Tagged = {"DAG Filename": ("file_name", "dag_file")}
POOL: Tagged = {"Pool": ("pool_name",)}
OPERATOR: Tagged = {"Operator": ("operator_name", "task_type", "operator")}

# Not here, because the monitor counts them itself: QueuedTasks, RunningTasks, SchedulerHeartbeat, ImportErrors.
ROWS: dict[str, _Row] = {
    **_of(
        "Scheduler",
        ("dataset.updates", "Updates"),
        ("asset.updates", "Updates"),
        ("dataset.orphaned", "Orphaned"),
        ("asset.orphaned", "Orphaned"),
        ("dataset.triggered_dagruns", "TriggeredDagRuns"),
        ("asset.triggered_dagruns", "TriggeredDagRuns"),
        ("dag_processing.file_path_queue_update_count", "FilePathQueueUpdateCount"),
        ("dag_processing.other_callback_count", "OtherCallbackCount"),
        ("dag_processing.sla_callback_count", "SlaCallbackCount"),
        ("sla_missed", "SLAMissed"),
        ("sla_callback_notification_failure", "FailedSLACallback"),
        ("sla_email_notification_failure", "FailedSLAEmailAttempts"),
        ("scheduler.critical_section_busy", "CriticalSectionBusy"),
        ("scheduler.tasks.killed_externally", "TasksKilledExternally"),
        ("scheduler.orphaned_tasks.adopted", "OrphanedTasksAdopted"),
        ("scheduler.orphaned_tasks.cleared", "OrphanedTasksCleared"),
        ("scheduler.tasks.executable", "TasksExecutable"),
        ("scheduler.tasks.running", "TasksRunning"),
        ("scheduler.tasks.starving", "TasksStarving"),
        ("scheduler.tasks.without_dagrun", "TasksWithoutDagRun"),
    ),
    **_of(
        "Scheduler",
        ("scheduler.critical_section_duration", "CriticalSectionDuration"),
        ("scheduler.critical_section_query_duration", "CriticalSectionQueryDuration"),
        ("scheduler.scheduler_loop_duration", "SchedulerLoopDuration"),
        unit="Milliseconds",
    ),
    **_of(
        "DAG Processing",
        ("dagbag_size", "DagBagSize"),
        ("dag_processing.manager_stalls", "ManagerStalls"),
        ("dag_processing.processes", "Processes"),
        ("dag_processing.processor_timeouts", "ProcessorTimeouts"),
        ("dag_file_refresh_error", "DAGFileRefreshError"),
    ),
    **_of("DAG Processing", ("dag_processing.total_parse_time", "TotalParseTime"), unit="Seconds"),
    **_of("DAG Processing", ("collect_db_dags", "CollectDBDags"), unit="Milliseconds"),
    **_of("Executor", ("executor.open_slots", "OpenSlots")),
    **_of(
        "Celery",
        ("celery.execute_command.failure", "FailedCeleryTaskExecution"),
        ("celery.task_timeout_error", "TaskTimeoutError"),
    ),
    **_of(
        "Trigger",
        ("triggers.succeeded", "TriggersSucceeded"),
        ("triggers.failed", "TriggersFailed"),
        ("triggers.blocked_main_thread", "TriggersBlockedMainThread"),
    ),
    "triggers.running": _Row("TriggersRunning", "Count", (("Function", "Trigger"),), (("HostName", ("hostname",)),)),
    **_of("Triggerer", ("triggerer_heartbeat", "TriggerHeartbeat")),
    "dag.callback_exceptions": _Row("DagCallbackExceptions", "Count", (("DAG", "All"),)),
    **_all(
        ("ti.start", "StartedTaskInstances"),
        ("ti_failures", "TaskInstanceFailures"),
        ("ti_successes", "TaskInstanceSuccesses"),
        ("previously_succeeded", "TaskInstancePreviouslySucceeded"),
        ("zombies_killed", "ZombiesKilled"),
        ("task_instances_without_heartbeats_killed", "ZombiesKilled"),
    ),
    **_by("Count", {**TASK, "State": ("state",)}, ("ti.finish", "TaskInstanceFinished")),
    **_by(
        "Milliseconds",
        TASK,
        ("task.duration", "TaskInstanceDuration"),
        ("task.queued_duration", "TaskInstanceQueuedDuration"),
        ("task.scheduled_duration", "TaskInstanceScheduledDuration"),
    ),
    **_by(
        "Milliseconds",
        DAG,
        ("dagrun.dependency-check", "DAGDependencyCheck"),
        ("dagrun.duration.failed", "DAGDurationFailed"),
        ("dagrun.duration.success", "DAGDurationSuccess"),
        ("dagrun.schedule_delay", "DAGScheduleDelay"),
        ("dagrun.first_task_scheduling_delay", "FirstTaskSchedulingDelay"),
    ),
    **_by("Count", DAG, ("task_removed_from_dag", "TaskRemovedFromDAG"), ("task_restored_to_dag", "TaskRestoredToDAG")),
    **_by(
        "Seconds",
        FILE,
        ("dag_processing.last_duration", "DAGFileProcessingLastDuration"),
        ("dag_processing.last_run.seconds_ago", "DAGFileProcessingLastRunSecondsAgo"),
    ),
    **_by("Count", FILE, ("dag_processing.last_num_of_db_queries", "DAGFileProcessingLastNumOfDbQueries")),
    **_by(
        "Count",
        POOL,
        ("pool.open_slots", "PoolOpenSlots"),
        ("pool.queued_slots", "PoolQueuedSlots"),
        ("pool.running_slots", "PoolRunningSlots"),
        ("pool.deferred_slots", "PoolDeferredSlots"),
        ("pool.scheduled_slots", "PoolScheduledSlots"),
        ("pool.starving_tasks", "PoolStarvingTasks"),
    ),
    **_by(
        "Count",
        OPERATOR,
        ("operator_failures", "OperatorFailures"),
        ("operator_successes", "OperatorSuccesses"),
        ("task_instance_created", "TaskInstanceCreatedUsingOperator"),
    ),
}

# What Airflow, or an Airflow 2, tells without tags: the rest of the name is a file's, a task's or a job's.
FILE_IN_NAME = ("dag_processing.last_run.seconds_ago.", "dag_processing.last_num_of_db_queries.")
TASK_IN_NAME = {"task.cpu_usage.": "TaskCpuUsage", "task.mem_usage.": "TaskMemoryUsage"}
JOB_ENDINGS = {"_heartbeat_failure": "JobHeartbeatFailure", "_start": "JobStart", "_end": "JobEnd"}
JOB_KINDS = ("", "scheduler", "triggerer", "dagprocessor", "localtask")
JOBS = {f"{kind}job{of}" for kind in JOB_KINDS for of in ("", "runner")}

# In Airflow 2 some timers are in seconds, and the duration of a file is in milliseconds.
SCALES_2 = {
    "task.queued_duration": 1000.0,
    "task.scheduled_duration": 1000.0,
    "dag_processing.last_duration": 0.001,
}


def series_of(sample: Sample) -> Series | None:
    """Return under what MWAA publishes a sample; None for what it does not, and for the canary's."""
    tags = sample.tags
    own = {"dag_id": CANARY_DAG, "bundle_name": CANARY_BUNDLE, "file_name": CANARY_FILE}
    if any(tags.get(tag) == value for tag, value in own.items()):
        return None
    row = ROWS.get(sample.name)
    if row is None:
        return _by_name(sample.name)
    dimensions = list(row.fixed)
    for dimension, names in row.tagged:
        value = next((tags[name] for name in names if name in tags), None)
        if value is None:
            return None
        dimensions.append((dimension, value))
    return Series(row.metric, row.unit, tuple(dimensions))


def scale_of(name: str, major: int) -> float:
    """Return what a value is multiplied by to be in its series' unit, by Airflow's major version."""
    return SCALES_2.get(name, 1.0) if major < 3 else 1.0  # noqa: PLR2004


def _by_name(name: str) -> Series | None:
    for prefix in FILE_IN_NAME:
        if name.startswith(prefix):
            row = ROWS[prefix.removesuffix(".")]
            file = name.removeprefix(prefix)
            return None if file == CANARY_FILE else Series(row.metric, row.unit, (("DAG Filename", file),))
    for prefix, metric in TASK_IN_NAME.items():
        if name.startswith(prefix):
            # Ids of tasks have dots wherever there are task groups, those of DAGs seldom.
            dag, _, task = name.removeprefix(prefix).partition(".")
            return Series(metric, "Percent", (("DAG", dag), ("Task", task))) if task and dag != CANARY_DAG else None
    for ending, metric in JOB_ENDINGS.items():
        job = name.removesuffix(ending)
        if job != name and job.replace("_", "") in JOBS:
            return Series(metric, "Count", (("Job", job),))
    return None
