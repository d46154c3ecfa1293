"""A minute's samples come to what CloudWatch would say of them one by one, and never to more series than the bound."""

import pytest

from hangar_agent.metric_minute import MOST_SERIES, SILENT_SECONDS, MetricMinute


@pytest.fixture
def minute():
    return MetricMinute("scheduler", 3, "demo")


def told(minute):
    return {
        (each["MetricName"], *(d["Value"] for d in each["Dimensions"])): each.get("Value") or each["StatisticValues"]
        for each in minute.take(600.0)
    }


def hear(minute, *lines, now=0.0):
    for line in lines:
        minute.hear(f"airflow.{line}".encode(), now)


def test_counters_add_up_gauges_are_the_last_and_timers_are_a_statistic_set(minute):
    hear(minute, "ti_failures:1|c", "ti_failures:2|c|@0.5", "dagbag_size:3|g", "dagbag_size:9|g", "dagbag_size:-2|g")
    hear(minute, *(f"scheduler.scheduler_loop_duration:{ms}|ms" for ms in (5, 2, 11)))
    assert told(minute) == {
        ("TaskInstanceFailures", "All", "All", "demo"): 5,
        ("DagBagSize", "DAG Processing", "demo"): 7,
        ("SchedulerLoopDuration", "Scheduler", "demo"): {"SampleCount": 3, "Sum": 18, "Minimum": 2, "Maximum": 11},
    }


def test_what_said_nothing_in_a_minute_is_not_in_it(minute):
    hear(minute, "dagbag_size:3|g")
    assert told(minute)
    assert minute.take(660.0) == []


def test_a_datum_is_as_put_metric_data_takes_it(minute):
    hear(minute, "dag_processing.total_parse_time:0.4|g")
    assert minute.take(600.0) == [
        {
            "MetricName": "TotalParseTime",
            "Value": 0.4,
            "Unit": "Seconds",
            "Dimensions": [
                {"Name": "Function", "Value": "DAG Processing"},
                {"Name": "Environment", "Value": "demo"},
            ],
            "Timestamp": 600.0,
            "StorageResolution": 60,
        }
    ]


def test_no_more_series_than_the_bound_and_those_beyond_it_are_counted(minute):
    most = MOST_SERIES["scheduler"]
    for number in range(most + 40):
        hear(minute, f"dagrun.schedule_delay,dag_id=d{number}:1|ms")
    hear(minute, "dagrun.schedule_delay,dag_id=d0:1|ms")
    assert (len(minute.take(0.0)), minute.beyond) == (most, 40)


def test_a_series_that_was_silent_for_an_hour_makes_way_and_one_that_speaks_does_not(minute):
    most = MOST_SERIES["scheduler"]
    for number in range(most):
        hear(minute, f"dagrun.schedule_delay,dag_id=d{number}:1|ms")
    hear(minute, "dagrun.schedule_delay,dag_id=d0:1|ms", now=SILENT_SECONDS - 1)
    minute.take(0.0)
    hear(minute, "dagrun.schedule_delay,dag_id=new:1|ms", now=SILENT_SECONDS - 1)
    assert (minute.take(0.0), minute.beyond) == ([], 1)
    hear(minute, "dagrun.schedule_delay,dag_id=new:1|ms", "dagrun.schedule_delay,dag_id=d0:1|ms", now=SILENT_SECONDS)
    assert [each["Dimensions"][0]["Value"] for each in minute.take(0.0)] == ["new", "d0"]


def test_what_cannot_be_read_is_counted_and_what_is_not_mwaas_is_not(minute):
    hear(minute, "my.own.metric:1|c", "ti_failures:x|c", "ti_failures")
    assert (minute.take(0.0), minute.unreadable, minute.beyond) == ([], 2, 0)


def test_all_roles_together_have_five_hundred_series():
    assert sum(MOST_SERIES.values()) == 500
