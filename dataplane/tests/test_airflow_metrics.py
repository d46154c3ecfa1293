"""Airflow's metrics have the names, units and dimensions of MWAA's user guide, whichever Airflow tells them."""

import pytest

from hangar_agent.airflow_metrics import ROWS, Series, scale_of, series_of
from hangar_agent.statsd_lines import read_lines

FILE = {"DAG Filename": "f"}


def series(name):
    (sample,) = read_lines(f"airflow.{name}:1|c".encode(), "airflow")
    return series_of(sample)


@pytest.mark.parametrize(
    ("told", "metric", "unit", "dimensions"),
    [
        ("dag_processing.total_parse_time", "TotalParseTime", "Seconds", {"Function": "DAG Processing"}),
        ("scheduler.scheduler_loop_duration", "SchedulerLoopDuration", "Milliseconds", {"Function": "Scheduler"}),
        ("executor.open_slots", "OpenSlots", "Count", {"Function": "Executor"}),
        ("triggerer_heartbeat", "TriggerHeartbeat", "Count", {"Function": "Triggerer"}),
        ("ti.start,dag_id=d,task_id=t", "StartedTaskInstances", "Count", {"DAG": "All", "Task": "All"}),
        (
            "ti.finish,dag_id=d.e,task_id=g.t,state=failed",
            "TaskInstanceFinished",
            "Count",
            {"DAG": "d.e", "Task": "g.t", "State": "failed"},
        ),
        ("task.duration,dag_id=d,task_id=t", "TaskInstanceDuration", "Milliseconds", {"DAG": "d", "Task": "t"}),
        ("dagrun.duration.success,dag_id=d", "DAGDurationSuccess", "Milliseconds", {"DAG": "d"}),
        ("pool.open_slots,pool_name=default_pool", "PoolOpenSlots", "Count", {"Pool": "default_pool"}),
        ("operator_successes,operator_name=Bash", "OperatorSuccesses", "Count", {"Operator": "Bash"}),
        ("operator_successes,task_type=Bash", "OperatorSuccesses", "Count", {"Operator": "Bash"}),
        ("operator_failures,operator=Bash", "OperatorFailures", "Count", {"Operator": "Bash"}),
        ("triggers.running,hostname=t1", "TriggersRunning", "Count", {"Function": "Trigger", "HostName": "t1"}),
        ("dag_processing.last_duration,file_name=f", "DAGFileProcessingLastDuration", "Seconds", FILE),
        ("dag_processing.last_run.seconds_ago,dag_file=f", "DAGFileProcessingLastRunSecondsAgo", "Seconds", FILE),
        ("dag_processing.last_run.seconds_ago.f", "DAGFileProcessingLastRunSecondsAgo", "Seconds", FILE),
        ("task.cpu_usage.d.g.t", "TaskCpuUsage", "Percent", {"DAG": "d", "Task": "g.t"}),
        ("job_start", "JobStart", "Count", {"Job": "job"}),
        ("schedulerjobrunner_end", "JobEnd", "Count", {"Job": "schedulerjobrunner"}),
        ("job_heartbeat_failure", "JobHeartbeatFailure", "Count", {"Job": "job"}),
    ],
)  # fmt: skip
def test_a_metric_is_published_as_mwaa_publishes_it(told, metric, unit, dimensions):
    assert series(told) == Series(metric, unit, tuple(dimensions.items()))


@pytest.mark.parametrize(
    "name",
    [
        "my.own.metric",
        "shop_start",
        "ti.start.d.t",  # the old form of what came with tags
        "operator_successes_Bash",
        "task.duration,dag_id=d",
        "pool.open_slots",
        "executor.queued_tasks", "executor.running_tasks", "scheduler_heartbeat", "dag_processing.import_errors",
    ],
)  # fmt: skip
def test_what_mwaa_does_not_list_and_what_the_monitor_counts_is_not_forwarded(name):
    assert series(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "ti.finish,dag_id=_hangar_canary,task_id=t,state=success",
        "dagrun.duration.success,dag_id=_hangar_canary",
        "dag_processing.last_duration,bundle_name=hangar-canary,file_name=hangar_canary",
        "dag_processing.last_run.seconds_ago.hangar_canary",
        "task.cpu_usage._hangar_canary.t",
    ],
)
def test_the_canary_is_no_series(name):
    assert series(name) is None


def test_values_are_in_the_unit_of_their_series_in_airflow_2_too():
    assert (scale_of("task.queued_duration", 2), scale_of("task.queued_duration", 3)) == (1000, 1)
    assert (scale_of("dag_processing.last_duration", 2), scale_of("dag_processing.last_duration", 3)) == (0.001, 1)


def test_a_name_and_its_dimensions_are_within_cloudwatchs_bounds():
    units = {"Count", "Seconds", "Milliseconds", "Percent"}
    for row in ROWS.values():
        assert row.unit in units
        assert 1 <= len({name for name, _ in (*row.fixed, *row.tagged)}) == len((*row.fixed, *row.tagged)) <= 29
