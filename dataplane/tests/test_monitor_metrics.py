"""What is published follows from what was measured in this period, and from nothing else."""

from dataclasses import replace

import pytest

from hangar_agent.control import WorkerBounds
from hangar_agent.monitor_metrics import (
    EnvironmentCounts,
    Measured,
    Wanted,
    deficit_and_surplus,
    mwaa_metrics,
    need,
    own_metrics,
)

COUNTS = EnvironmentCounts(running=7, queued=4, oldest_seconds=130.5, stranded=3, import_errors=2, heartbeat_seconds=4)
MEASURED = Measured(1000.0, COUNTS, 5, Wanted(2, WorkerBounds(1, 5)), 9)


def values(measured):
    return {each["MetricName"]: each["Value"] for each in own_metrics(measured, "demo", "e7")}


@pytest.mark.parametrize(
    ("running", "queued", "slots", "workers"),
    [(0, 0, 5, 0), (1, 0, 5, 1), (5, 0, 5, 1), (5, 1, 5, 2), (0, 200, 5, 40), (0, 1, 1, 1), (3, 4, 7, 1)],
)
def test_need_is_the_number_of_workers_that_run_everything_at_once(running, queued, slots, workers):
    assert need(running, queued, slots) == workers


@pytest.mark.parametrize(
    ("needed", "wanted", "missing", "spare"),
    [
        (0, 1, 0, 0),
        (0, 2, 0, 1),
        (3, 2, 1, 0),
        (9, 2, 3, 0),
        (9, 5, 0, 0),
        (1, 5, 0, 4),
        (0, 0, 1, 0),
        (9, 7, 0, 2),
    ],
)
def test_deficit_and_surplus_are_measured_against_what_the_bounds_allow(needed, wanted, missing, spare):
    assert deficit_and_surplus(needed, wanted, WorkerBounds(1, 5)) == (missing, spare)


def test_the_environments_own_metrics_have_names_units_and_dimensions_that_alarms_and_scaling_know():
    assert values(MEASURED) == {
        "Running": 7,
        "Queued": 4,
        "Slots": 5,
        "Need": 3,
        "Wanted": 2,
        "Deficit": 1,
        "Surplus": 0,
        "OldestMessageAge": 130.5,
        "QueueMessages": 9,
        "LostMessages": 0,
        "Heartbeat": 1,
    }
    for each in own_metrics(MEASURED, "demo", "e7"):
        assert each["Unit"] == ("Seconds" if each["MetricName"] == "OldestMessageAge" else "Count")
        assert each["Dimensions"] == [
            {"Name": "Environment", "Value": "demo"},
            {"Name": "EnvironmentId", "Value": "e7"},
        ]
        assert (each["Timestamp"], each["StorageResolution"]) == (1000.0, 1)


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        ({"queue_messages": None}, {"QueueMessages", "LostMessages"}),
        ({"wanted": None}, {"Wanted", "Deficit", "Surplus"}),
        ({"wanted": Wanted(2, None)}, {"Deficit", "Surplus"}),
    ],
)
def test_what_was_not_measured_is_left_out_and_changes_nothing_else(change, left_out):
    everything = values(MEASURED)
    assert values(replace(MEASURED, **change)) == {
        name: value for name, value in everything.items() if name not in left_out
    }


@pytest.mark.parametrize(("messages", "lost"), [(0, 3), (1, 0)])
def test_messages_are_lost_when_tasks_wait_long_for_a_queue_that_is_empty(messages, lost):
    assert values(replace(MEASURED, queue_messages=messages))["LostMessages"] == lost


@pytest.mark.parametrize(("age", "beats"), [(0.1, 1), (29.9, 1), (30.0, 0), (None, 0)])
def test_a_heartbeat_is_one_that_is_younger_than_half_a_minute(age, beats):
    measured = replace(MEASURED, counts=replace(COUNTS, heartbeat_seconds=age))
    assert values(measured)["Heartbeat"] == beats
    (mwaas,) = [each for each in mwaa_metrics(measured, "demo") if each["MetricName"] == "SchedulerHeartbeat"]
    assert mwaas["Value"] == beats


def test_mwaas_metrics_have_the_names_and_dimensions_of_its_user_guide():
    told = {
        (each["MetricName"], each["Value"], each["Unit"], *(d["Value"] for d in each["Dimensions"]))
        for each in mwaa_metrics(MEASURED, "demo")
    }
    assert told == {
        ("QueuedTasks", 4, "Count", "Executor", "demo"),
        ("RunningTasks", 7, "Count", "Executor", "demo"),
        ("SchedulerHeartbeat", 1, "Count", "Scheduler", "demo"),
        ("ImportErrors", 2, "Count", "DAG Processing", "demo"),
        ("ApproximateAgeOfOldestTask", 130.5, "Seconds", "demo"),
    }
