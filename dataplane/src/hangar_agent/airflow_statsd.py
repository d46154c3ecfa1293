"""How Airflow is told to tell its metrics: by StatsD, to the agent of its own task. Pure.

Which of them it tells is the user's choice (`metrics.metrics_allow_list`, `metrics.metrics_block_list`). Who says
nothing gets those that people set alarms on, as CloudWatch bills each series.
"""

from __future__ import annotations

HOST = "127.0.0.1"
PREFIX = "airflow"
UNUSED_TAGS = "job_id,run_id,run_type,file_path,action,queue,team_name"
"""Tags that no series has as a dimension, and whose values may be long."""

USUAL_METRICS = (
    # tasks and runs that go wrong; a DAG is a series of its own only where its runs fail
    *("ti_failures", "ti_successes", "zombies_killed", "task_instances_without_heartbeats_killed"),
    *("dagrun.duration.failed", "dag.callback_exceptions"),
    # DAG files that are slow, or are not parsed at all
    *("dagbag_size", "dag_processing.total_parse_time", "dag_processing.processor_timeouts", "dag_file_refresh_error"),
    # schedulers that are slow or dead, tasks that find no room
    *("scheduler.scheduler_loop_duration", "scheduler.orphaned_tasks", "scheduler.tasks.killed_externally"),
    *("scheduler.tasks.starving", "executor.open_slots", "pool.starving_tasks"),
    *("celery.task_timeout_error", "celery.execute_command.failure"),
    *("triggerer_heartbeat", "triggers.blocked_main_thread", "triggers.failed"),
)
"""Beginnings of Airflow's names. None of them has a series for each task, file or operator."""


def usual_allow_list(major: int) -> str:
    """Return `metrics.metrics_allow_list` where nobody chose: Airflow 3 takes patterns, Airflow 2 beginnings."""
    anchor = "^" if major >= 3 else ""  # noqa: PLR2004
    return ",".join(anchor + name for name in USUAL_METRICS)


def airflow_statsd(port: int | None, major: int) -> dict[str, str]:
    """Return the settings, for the port the agent hears on; None: it hears on none.

    Tags tell ids of DAGs and tasks apart from the names they are part of, which a name alone does not. The last three
    are said aloud because an old name of them would count otherwise.
    """
    told = {
        "AIRFLOW__METRICS__STATSD_ON": str(port is not None),
        "AIRFLOW__METRICS__STATSD_DATADOG_ENABLED": "False",
        "AIRFLOW__METRICS__STATSD_CUSTOM_CLIENT_PATH": "",
        "AIRFLOW__METRICS__STAT_NAME_HANDLER": "",
    }
    if port is None:
        return told
    told |= {
        "AIRFLOW__METRICS__STATSD_HOST": HOST,
        "AIRFLOW__METRICS__STATSD_PORT": str(port),
        "AIRFLOW__METRICS__STATSD_PREFIX": PREFIX,
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        "AIRFLOW__METRICS__STATSD_DISABLED_TAGS": UNUSED_TAGS,
    }
    # Each metric once: with its old names Airflow 3 sends what has tags twice.
    return told | ({"AIRFLOW__METRICS__LEGACY_NAMES_ON": "False"} if major >= 3 else {})  # noqa: PLR2004
