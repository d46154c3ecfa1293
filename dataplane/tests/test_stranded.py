"""A task is queued again when its message is lost for sure, and never while somebody may still start it."""

import random
from itertools import pairwise

import pytest
from schedules import chunks, play

from hangar_agent.stranded import SURE_SECONDS, Look, Memory, QueuedTask, consider

SCHEDULES = 300
STEPS = 400
SLOTS = 2


def task(name="a", queued_at=900.0):
    return QueuedTask(name, "t", "r", -1, queued_at)


TASKS = (task(),)


def rescued(looks):
    """Return the times at which somebody was rescued."""
    memory, at = Memory(), []
    for look in looks:
        memory, stranded = consider(memory, look)
        at += [look.at] if stranded else []
    return at


def looks(*, step=15.0, count=40, queued=TASKS, waiting=0, in_flight=1, full=()):
    return [Look(1000.0 + step * each, frozenset(queued), waiting, in_flight, frozenset(full)) for each in range(count)]


def test_a_message_in_the_hands_of_a_dead_worker_is_missed_within_minutes_not_twelve_hours():
    assert rescued(looks())[0] == 1000 + SURE_SECONDS


def test_a_task_that_waits_its_turn_is_never_rescued():
    assert rescued(looks(waiting=1)) == []


def test_a_worker_that_is_busy_all_the_time_may_hold_the_message_but_not_when_nothing_is_in_flight():
    assert rescued(looks(full={"w1"})) == []
    assert rescued(looks(full={"w1"}, in_flight=0))[0] == 1000 + SURE_SECONDS


def test_a_worker_that_had_a_free_slot_meanwhile_does_not_hold_it():
    some = looks(full={"w1", "w2"})
    some[3] = looks(full={"w2"})[3]
    some[5] = looks(full={"w1"})[5]
    assert rescued(some)[0] == 1000 + SURE_SECONDS


@pytest.mark.parametrize("gap", [None, *looks(waiting=1, count=1)])
def test_a_look_that_failed_or_saw_a_message_wait_begins_again(gap):
    some = looks()
    some[9] = gap
    assert rescued(some)[0] == some[10].at + SURE_SECONDS


def test_looks_too_far_apart_prove_nothing():
    assert rescued(looks(step=60.0)) == []


def test_a_task_that_is_queued_again_is_another_one():
    memory, at = Memory(), []
    for look in looks(count=80):
        queued = task(queued_at=900.0 if not at else at[-1])
        memory, stranded = consider(memory, Look(look.at, frozenset({queued}), 0, 1, frozenset()))
        at += [look.at] if stranded else []
    assert min(later - earlier for earlier, later in pairwise(at)) > SURE_SECONDS


class World:
    """A queue, workers that take, start, hang and die, and a watch that looks now and then."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - schedules, not secrets
        self.now, self.names, self.memory, self.next_look = 1000.0, 0, Memory(), 1000.0
        self.queue, self.lost = [], {}
        self.workers = {"w1": [], "w2": []}  # name to [task, started or not]
        self.hung = {}
        self.rescues, self.deaths = [], 0

    def step(self):
        self.now += self.chance.random() * 3
        self.act(self.chance.choices(["send", "end", "die", "hang"], weights=[2, 4, 0.05, 0.02])[0])
        for name, hands in self.workers.items():
            if self.now - self.hung.get(name, self.now) > 60:
                self.die(name)
            elif name not in self.hung:
                self.work(hands)
        if self.now >= self.next_look:
            self.next_look = self.now + 15
            self.look()

    def act(self, event):
        name = self.chance.choice(["w1", "w2"])
        if event == "send" and len(self.queue) < 4 and self.chance.random() < 0.1:
            self.names += 1
            self.queue.append(task(str(self.names), self.now))
        elif event == "end" and self.workers[name] and self.chance.random() < 0.1 and self.workers[name][0][1]:
            self.workers[name].pop(0)
        elif event == "die":
            self.die(name)
        elif event == "hang":
            self.hung.setdefault(name, self.now)

    def work(self, hands):
        """Take one more than there are slots, at the worst, and start what there is a slot for."""
        if self.queue and len(hands) <= SLOTS:
            hands.append([self.queue.pop(0), False])
        for each in hands[:SLOTS]:
            each[1] = True

    def die(self, name):
        self.deaths += 1
        for held, started in self.workers[name]:
            if not started:
                self.lost[held] = self.now
        self.workers[name] = []
        self.hung.pop(name, None)

    def look(self):
        held = [each for hands in self.workers.values() for each in hands]
        queued = {*self.queue, *self.lost, *(each for each, started in held if not started)}
        full = {name for name, hands in self.workers.items() if sum(started for _, started in hands) >= SLOTS}
        look = Look(self.now, frozenset(queued), len(self.queue), len(held) + len(self.lost), frozenset(full))
        self.memory, stranded = consider(self.memory, look)
        for each in stranded:
            assert each in self.lost, "a task was rescued that somebody still holds"
            del self.lost[each]
            self.rescues.append(each)


@pytest.mark.parametrize("seeds", chunks(SCHEDULES))
def test_no_schedule_rescues_a_task_that_somebody_holds_and_everybody_is_rescued_in_the_end(seeds):
    play(seeds, promises_are_kept)


def promises_are_kept(seed):
    world = World(seed)
    for _ in range(STEPS):
        world.step()
    world.hung = {}
    world.queue = []
    for hands in world.workers.values():
        del hands[SLOTS - 1 :]
    for _ in range(14):
        world.now += 15
        for hands in world.workers.values():
            world.work(hands)
        world.look()
    assert world.lost == {}


def test_the_schedules_reach_rescues_while_others_work():
    worlds = [World(seed) for seed in range(100)]
    for world in worlds:
        for _ in range(STEPS):
            world.step()
    assert sum(bool(world.rescues) for world in worlds) > 5
    assert sum(world.deaths > 0 for world in worlds) > 80
