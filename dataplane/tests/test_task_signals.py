"""A minute is told once, when it is over, or it is lost: what hinders is said, and nothing waits for it."""

import json

import pytest
from small_http import SmallHandler, SmallServer

from hangar_agent.aws_json import AwsError
from hangar_agent.control import WorkerBounds
from hangar_agent.metric_minute import MOST_SERIES, MetricMinute
from hangar_agent.monitor_metrics import Wanted
from hangar_agent.task_metadata import TaskLimits
from hangar_agent.task_signals import TaskSignals, limits_of
from hangar_agent.task_usage import Usage


class World:
    """A task whose processes use half a CPU of one, and CloudWatch, which can be away."""

    def __init__(self):
        self.now = 6000.0 + 25
        self.away = False
        self.limits = TaskLimits(1.0, 1000)
        self.put = []
        self.log = []
        self.minute = MetricMinute("worker", 3, "demo")
        self.signals = TaskSignals(
            ("worker", "demo"),
            self.minute,
            self.store,
            lambda: Wanted(1, WorkerBounds(1, 5)),
            (lambda: Usage(self.now, self.now / 2, 300), lambda: self.limits),
            self.log.append,
            lambda: self.now,
        )

    def store(self, namespace, data):
        if self.away:
            raise AwsError("400 Throttling: Rate exceeded")
        self.put.append((namespace, data))

    def step(self):
        self.now += self.signals.step()

    def values(self):
        return [{each["MetricName"]: each.get("Value") for each in data} for _, data in self.put]


@pytest.fixture
def world():
    return World()


def test_a_minute_is_told_when_it_is_over_dated_where_it_began_in_one_request(world):
    world.step()
    assert world.put == []
    world.minute.hear(b"airflow.ti_failures:1|c", world.now)
    world.step()
    world.step()
    assert [namespace for namespace, _ in world.put] == ["AmazonMWAA", "AmazonMWAA"]
    usage = {"CPUUtilization": 50.0, "MemoryUtilization": 30.0}
    assert world.values() == [usage | {"TaskInstanceFailures": 1}, usage]
    (first, second) = ({each["Timestamp"] for each in data} for _, data in world.put)
    assert (first, second) == ({6025.0}, {6060.0})
    dimensions = {(each["Name"], each["Value"]) for each in world.put[0][1][0]["Dimensions"]}
    assert dimensions == {("Cluster", "BaseWorker"), ("Environment", "demo")}


def test_steps_within_a_minute_tell_nothing_twice(world):
    world.step()
    world.signals.step()
    world.signals.step()
    world.signals.step()
    assert len(world.put) == 1


def test_a_minute_cloudwatch_does_not_take_is_lost_and_said_and_the_next_one_is_told(world):
    world.step()
    world.minute.hear(b"airflow.ti_failures:1|c", world.now)
    world.away = True
    world.step()
    assert "Throttling" in world.signals.problem
    world.away = False
    world.step()
    assert world.signals.problem is None
    assert [set(values) for values in world.values()] == [{"CPUUtilization", "MemoryUtilization"}]


def test_without_limits_airflows_metrics_are_told_all_the_same(world):
    world.limits = None
    world.step()
    world.minute.hear(b"airflow.ti_failures:1|c", world.now)
    world.step()
    assert world.values() == [{"TaskInstanceFailures": 1}]


def test_that_series_are_dropped_is_said_once(world):
    world.step()
    for _ in range(3):
        for number in range(MOST_SERIES["worker"] + 2):
            world.minute.hear(f"airflow.task.duration,dag_id=d,task_id=t{number}:1|ms".encode(), world.now)
        world.step()
    assert len(world.log) == 1


def test_the_limits_are_those_of_the_tasks_metadata_and_none_where_it_names_none():
    class Handler(SmallHandler):
        def do_GET(self):  # noqa: N802 - http.server's name
            told = {"/v4/a/task": {"Limits": {"CPU": 0.5, "Memory": 1024}}, "/v4/b/task": {}}
            self.answer(200, json.dumps(told[self.path]).encode())

    server = SmallServer(Handler)
    assert limits_of(f"{server.url}/v4/a")() == TaskLimits(0.5, 1 << 30)
    assert limits_of(f"{server.url}/v4/b")() is None
    server.close()
    assert limits_of(None)() is None
