"""A period is measured and told, or it is skipped: never told late, never told twice, never guessed."""

from itertools import pairwise

import pytest

from hangar_agent.aws_json import AwsError
from hangar_agent.control import WorkerBounds
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.monitor import Monitor
from hangar_agent.monitor_metrics import EnvironmentCounts, Wanted


class World:
    """Database, queue and CloudWatch, each of which can be away; `seconds` is what a look at the database takes."""

    def __init__(self):
        self.now = 1000.0
        self.seconds = 0.0
        self.away = set()
        self.running = 0
        self.queued = 0
        self.wanted = Wanted(1, WorkerBounds(1, 5))
        self.put = []
        self.monitor = Monitor(
            self,
            self,
            self.store,
            lambda: self.wanted,
            ("t1", "demo", "e7"),
            5,
            10.0,
            lambda: self.now,
        )

    def environment_counts(self, hostname, stranded_seconds):
        assert (hostname, stranded_seconds) == ("t1", 120)
        self.now += self.seconds
        if "database" in self.away:
            raise DatabaseAway("connection refused")
        self.running += 1
        return EnvironmentCounts(self.running, self.queued, 0.0, 0, 0, 1.0)

    def messages(self):
        if "queue" in self.away:
            raise AwsError("no connection")
        return 2

    def store(self, namespace, data):
        if "cloudwatch" in self.away:
            raise AwsError("400 Throttling: Rate exceeded")
        self.put.append((namespace, {each["MetricName"]: each["Value"] for each in data}))

    def step(self):
        pause = self.monitor.step()
        self.now += pause
        return pause

    def told(self):
        return [data["Running"] for namespace, data in self.put if namespace == "Hangar/MWAA"]


@pytest.fixture
def world():
    return World()


def test_each_period_is_told_once_under_both_namespaces(world):
    world.step()
    world.step()
    assert [namespace for namespace, _ in world.put] == ["Hangar/MWAA", "AmazonMWAA"] * 2
    assert world.told() == [1, 2]


@pytest.mark.parametrize("what", ["database", "cloudwatch"])
def test_a_period_that_could_not_be_measured_or_told_is_skipped_and_never_made_up_for(world, what):
    world.step()
    world.away = {what}
    world.step()
    world.step()
    world.away = set()
    world.step()
    assert world.told() == [1, world.running]
    assert len(world.put) == 4


def test_a_queue_that_does_not_answer_costs_its_own_metrics_only(world):
    world.away = {"queue"}
    world.step()
    (_, own), (_, mwaas) = world.put
    assert "Need" in own
    assert not {"QueueMessages", "LostMessages"} & own.keys()
    assert "QueuedTasks" in mwaas


@pytest.mark.parametrize("what", ["database", "cloudwatch", "queue"])
def test_trouble_is_told_after_three_periods_in_a_row_and_forgotten_with_the_first_good_one(world, what):
    problems = []
    for away in (True, True, False, True, True, True, True, False):
        world.away = {what} if away else set()
        world.step()
        problems.append(world.monitor.problem is not None)
    assert problems == [False, False, False, False, False, True, True, False]


def test_periods_begin_a_period_apart_and_those_missed_are_not_caught_up(world):
    begun = []
    for seconds in (0.0, 3.0, 9.95, 12.0, 0.0):
        begun.append(world.now)
        world.seconds = seconds
        world.step()
    apart = [round(later - earlier, 3) for earlier, later in pairwise(begun)]
    assert apart == [10, 10, pytest.approx(10.05), 20]


def deficits(world):
    return [data["Deficit"] for namespace, data in world.put if namespace == "Hangar/MWAA"]


def test_growth_is_told_between_periods_once_and_to_scaling_only(world):
    world.step()
    world.queued = 7
    world.monitor.tell_growth()
    world.monitor.tell_growth()
    assert deficits(world) == [0, 1]
    assert [namespace for namespace, _ in world.put] == ["Hangar/MWAA", "AmazonMWAA", "Hangar/MWAA"]
    assert "LostMessages" not in world.put[-1][1]  # the queue was not asked
    world.queued = 20
    world.monitor.tell_growth()
    assert deficits(world) == [0, 1, 4]
    world.queued = 0
    world.monitor.tell_growth()
    assert deficits(world) == [0, 1, 4]


def test_growth_that_a_decision_has_met_is_not_told_again(world):
    world.step()
    world.queued = 7
    world.monitor.tell_growth()
    world.wanted = Wanted(2, WorkerBounds(1, 5))
    world.monitor.tell_growth()
    assert deficits(world) == [0, 1]


def test_growth_that_cloudwatch_did_not_take_is_left_to_the_next_period(world):
    world.step()
    world.queued = 7
    world.away = {"cloudwatch"}
    world.monitor.tell_growth()
    world.away = set()
    world.monitor.tell_growth()
    assert deficits(world) == [0]
    world.step()
    assert deficits(world) == [0, 1]


@pytest.mark.parametrize("what", ["database", "cloudwatch"])
def test_looking_for_growth_while_something_is_away_is_no_trouble_of_its_own(world, what):
    world.step()
    world.queued = 7
    world.away = {what}
    world.monitor.tell_growth()
    assert world.monitor.problem is None


def test_nothing_is_told_of_growth_before_the_first_period(world):
    world.queued = 7
    world.monitor.tell_growth()
    assert world.put == []
