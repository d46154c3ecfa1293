"""Components are restarted with back-off, stopped together within a bound, and never doubled."""

from itertools import pairwise

import pytest

from hangar_agent.components import Component
from hangar_agent.health import Verdict
from hangar_agent.supervisor import Supervisor


class FakeProcess:
    """A process that ends when told, or never."""

    def __init__(self, pid, *, obeys=True):
        self.pid = pid
        self.obeys = obeys
        self.code = None
        self.killed = 0

    def poll(self):
        return self.code

    def terminate(self):
        if self.obeys:
            self.code = 0

    def kill_all(self):
        self.killed += 1
        self.code = -9 if self.code is None else self.code


class World:
    """A clock, a launcher and a guard, all by hand."""

    def __init__(self, *names, obeys=True, patience=float("inf")):
        self.now = 1000.0
        self.started = []
        self.guarded = set()
        self.obeys = obeys
        components = [Component(name, (name,), 0, None, patience) for name in names]
        self.supervisor = Supervisor(components, self.launch, self, clock=lambda: self.now)

    def launch(self, _component):
        self.started.append(FakeProcess(100 + len(self.started), obeys=self.obeys))
        return self.started[-1]

    def add(self, leader):
        self.guarded.add(leader)

    def remove(self, leader):
        self.guarded.discard(leader)

    def pause(self, seconds):
        self.now += seconds

    def after(self, seconds, *verdicts, **options):
        self.now += seconds
        self.given_up = self.supervisor.tick(dict(verdicts), **options)
        return len(self.started)


def test_a_component_that_died_is_started_again_after_the_delay_and_counted():
    world = World("scheduler")
    world.after(0)
    world.started[0].code = 1
    assert world.after(1) == 1
    assert world.after(0.4) == 1
    assert world.after(0.1) == 2
    (status,) = world.supervisor.statuses
    assert (status.restarts, status.pid, status.detail) == (1, 101, "exited with code 1 after 1 s")


def test_what_a_dead_component_left_in_its_session_is_killed_before_its_successor_starts():
    world = World("worker")
    world.after(0)
    world.started[0].code = -9
    world.after(1)
    assert (world.started[0].killed, world.guarded) == (1, set())


def test_a_component_that_keeps_dying_is_started_ever_more_rarely_and_after_three_restarts_the_task_is_given_up():
    world = World("scheduler", "triggerer")
    starts = []
    for _ in range(600):
        if world.after(0.1) > 1 + len(starts):
            starts.append(world.now)
            world.started[-1 if len(starts) > 1 else 0].code = 1
        if world.given_up:
            break
    gaps = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert gaps == [1, 2, 8]
    assert world.given_up.startswith("scheduler: it ended 4 times within ")
    assert "exited with code 1" in world.given_up
    assert world.started[1].code is None, "the others are stopped in order, by whoever was told"


def test_on_hold_nothing_is_started_and_after_it_at_once():
    world = World("scheduler")
    world.after(0)
    world.started[0].code = 1
    assert world.after(100, hold=True) == 1
    assert world.after(100, hold=True) == 1
    assert world.after(0) == 2


def test_what_hangs_is_killed_once_and_a_verdict_on_a_process_that_is_gone_does_not_hit_its_successor():
    world = World("scheduler")
    world.after(0)
    world.started[0].code = 1
    world.after(1)
    hangs = ("scheduler", Verdict("unhealthy", "it was silent", 100))
    world.after(1, hangs)
    world.after(1, hangs)
    assert world.started[1].killed == 0
    world.started[1].kill_all = lambda: setattr(world.started[1], "killed", world.started[1].killed + 1)
    for _ in range(3):
        world.after(0, ("scheduler", Verdict("unhealthy", "it is silent", 101)))
    assert world.started[1].killed == 1
    world.started[1].code = -9
    world.after(0)
    assert world.supervisor.statuses[0].detail.endswith("it is silent")


def test_what_is_beyond_repair_is_left_alone_and_its_task_given_up():
    world = World("worker")
    world.after(0)
    world.after(1, ("worker", Verdict("unhealthy", "no sign of life for 301 s", 100, beyond_repair=True)))
    assert (world.given_up, world.started[0].killed) == ("worker: no sign of life for 301 s", 0)


def test_all_components_are_asked_to_stop_at_once_and_forgotten_by_the_guard():
    world = World("scheduler", "dag-processor", "triggerer")
    world.after(0)
    world.supervisor.stop(10, world.pause)
    assert [process.code for process in world.started] == [0, 0, 0]
    assert (world.now, world.guarded) == (1000.0, set())


def test_a_component_that_does_not_stop_is_killed_at_the_bound_with_all_it_started():
    world = World("triggerer", obeys=False)
    world.after(0)
    world.supervisor.stop(12, world.pause)
    assert world.started[0].killed >= 1
    assert world.now == pytest.approx(1012, abs=0.2)
    assert world.supervisor.statuses[0].pid is None


def test_a_component_of_less_patience_is_killed_earlier_than_the_others():
    world = World("scheduler", "triggerer", obeys=False, patience=4)
    world.after(0)
    world.supervisor.stop(12, world.pause)
    assert world.now == pytest.approx(1004, abs=0.2)


def test_what_is_not_wanted_is_stopped_gracefully_and_nothing_of_it_counts():
    world = World("scheduler", "triggerer")
    for _ in range(6):  # more often than a component may end by itself
        world.after(1)
        started = len(world.started)
        world.after(0, wanted={"scheduler"})
        world.after(0, wanted={"scheduler"})
        triggerer = world.supervisor.statuses[1]
        assert (triggerer.pid, triggerer.wanted, triggerer.restarts) == (None, False, 0)
        assert len(world.started) == started
    world.after(0)
    assert [status.pid is None for status in world.supervisor.statuses] == [False, False]
    assert world.given_up is None
    assert world.started[0].code is None, "the other one was left alone"


def test_what_is_not_wanted_from_the_beginning_is_not_started_until_it_is():
    world = World("scheduler", "triggerer")
    assert world.after(0, wanted={"scheduler"}) == 1
    assert world.after(60, wanted={"scheduler"}) == 1
    assert world.after(0.2) == 2
    assert world.supervisor.statuses[1].restarts == 0


def test_what_does_not_stop_when_it_is_not_wanted_is_killed_at_its_patience_also_on_hold():
    world = World("triggerer", obeys=False, patience=4)
    world.after(0)
    world.after(0, wanted=(), hold=True)
    world.after(4, wanted=(), hold=True)
    assert world.started[0].killed == 0
    world.after(0.1, wanted=(), hold=True)
    assert world.started[0].killed == 1
    world.after(0, wanted=(), hold=True)
    assert (world.supervisor.statuses[0].pid, world.guarded) == (None, set())


def test_what_is_wanted_again_while_it_still_ends_is_started_only_after_its_end():
    world = World("triggerer", obeys=False, patience=4)
    world.after(0)
    world.after(0, wanted=())
    assert world.after(1) == 1
    assert world.after(3.1) == 1, "killed at its patience, whoever wants it by now"
    assert world.started[0].killed == 1
    assert world.after(0) == 2
    (status,) = world.supervisor.statuses
    assert (status.wanted, status.restarts) == (True, 0)


def test_what_ended_before_it_was_not_wanted_is_forgotten_when_it_is_wanted_again():
    world = World("scheduler")
    world.after(0)
    for _ in range(3):
        world.started[-1].code = 1
        world.after(10)
        world.after(10)
    world.after(1, wanted=())
    world.after(1, wanted=())
    world.after(1)
    world.started[-1].code = 1
    world.after(1)
    world.after(20)
    assert (world.given_up, world.supervisor.statuses[0].pid is None) == (None, False)
