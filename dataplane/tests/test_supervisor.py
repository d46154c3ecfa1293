"""Components are restarted with back-off, stopped together within a bound, and never doubled."""

from itertools import pairwise

import pytest

from hangar_agent.components import Component
from hangar_agent.restarts import restart_delay
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

    def after(self, seconds, **options):
        self.now += seconds
        self.supervisor.tick(**options)
        return len(self.started)


def test_the_delay_doubles_from_half_a_second_to_thirty_and_starts_anew_after_a_steady_minute():
    delays = [restart_delay(None, 0)]
    for _ in range(8):
        delays.append(restart_delay(delays[-1], 1))
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert restart_delay(30, 60) == 0.5


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


def test_a_component_that_keeps_dying_is_started_ever_more_rarely():
    world = World("scheduler")
    starts = []
    for _ in range(1200):
        if world.after(0.1) > len(starts):
            starts.append(world.now)
            world.started[-1].code = 1
    gaps = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 30
    assert len(starts) <= 10


def test_on_hold_nothing_is_started_and_after_it_at_once():
    world = World("scheduler")
    world.after(0)
    world.started[0].code = 1
    assert world.after(100, hold=True) == 1
    assert world.after(0.6, hold=True) == 1
    assert world.after(0) == 2


def test_a_verdict_on_a_process_that_is_gone_does_not_hit_its_successor():
    world = World("scheduler")
    world.after(0)
    world.started[0].code = 1
    world.after(1)
    world.after(1)
    world.supervisor.restart(100, "it was silent")
    assert world.started[1].killed == 0
    world.supervisor.restart(101, "it is silent")
    assert world.started[1].killed == 1
    world.after(0)
    assert world.supervisor.statuses[0].detail.endswith("it is silent")


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
