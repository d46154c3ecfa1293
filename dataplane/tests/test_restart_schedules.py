"""Random schedules of crashes, hangs, slow starts and outages against the rules of care. A failing one has a seed."""

import random

import pytest
from schedules import chunks, play

from hangar_agent.health import Verdict
from hangar_agent.restarts import Action, Past, Seen, decide

SCHEDULES = 200  # what a rule left out breaks shows in one of ten of them, or more
STEPS = 400
MOST_STARTS_IN_TEN_MINUTES = 4


class World:
    """One component, and what its database does to it. Broken promises raise AssertionError."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - schedules, not secrets
        self.now = 1000.0
        self.past = Past()
        self.alive = self.ended = self.hold = self.given_up = False
        self.verdict = None
        self.starts, self.holds, self.outages = [], [], 0
        self.kinds = self.chance.choice(["crashes", "hangs", "lives", "anything"])

    def step(self):
        self.now += self.chance.choice([0.2, 0.2, 1, 10, 60])
        if self.chance.random() < 0.02:
            self.hold = not self.hold
            self.outages += self.hold
        if self.hold:
            self.holds.append(self.now)
        self.live()
        self.look()

    def live(self):
        """Something happens to the process, as its kind is."""
        if not self.alive:
            return
        kind = self.kinds if self.kinds != "anything" else self.chance.choice(["crashes", "hangs", "lives"])
        dies = {"crashes": 0.3, "hangs": 0.01, "lives": 0.002}[kind] + (0.2 if self.hold else 0)
        if self.chance.random() < dies:
            self.die()
        elif not self.hold:  # on hold a verdict stays as it is
            weights = {"crashes": (5, 5, 0), "hangs": (1, 5, 2), "lives": (0, 1, 0)}[kind]
            self.verdict = Verdict(self.chance.choices(["starting", "running", "unhealthy"], weights=weights)[0])

    def die(self):
        self.alive, self.ended, self.verdict = False, True, None

    def look(self):
        ends = self.past.ends
        self.past, action = decide(self.past, Seen(self.now, self.alive, self.ended, self.verdict, self.hold))
        ended, self.ended = self.ended, False
        assert not (self.hold and action is not Action.WAIT), "something was done to a component on hold"
        assert not (self.alive and action is Action.START), "a second copy was started"
        assert not (action is Action.KILL and self.verdict.state != "unhealthy"), "a healthy one was killed"
        recent_hold = bool(self.holds) and self.now - self.holds[-1] <= 60
        assert not (ended and recent_hold and len(self.past.ends) > len(ends)), "an outage was held against it"
        assert not (ended and not recent_hold and len(self.past.ends) <= len(ends)), "an end was forgotten"
        if action is Action.START:
            self.alive = True
            self.starts.append(self.now)
        elif action is Action.KILL:
            self.die()
        elif action is Action.GIVE_UP:
            assert len(self.past.ends) > 3, "given up too early"
            self.given_up = True


def world_after(seed):
    world = World(seed)
    for _ in range(STEPS):
        world.step()
        if world.given_up:
            break
    return world


@pytest.mark.parametrize("seeds", chunks(SCHEDULES))
def test_no_schedule_gives_up_what_an_outage_broke_or_starts_what_is_broken_for_ever(seeds):
    play(seeds, promises_are_kept)


def promises_are_kept(seed):
    world = world_after(seed)
    if not world.outages:
        for first in range(len(world.starts)):
            crowd = [at for at in world.starts[first:] if at - world.starts[first] <= 600]
            healthy_between = 1 if world.kinds in {"lives", "anything"} else 0
            assert len(crowd) <= MOST_STARTS_IN_TEN_MINUTES * (1 + healthy_between)
    if world.given_up:
        return
    world.hold = False
    for _ in range(200):  # from now on nothing fails: it comes back, and is forgiven
        world.now += 5
        world.verdict = Verdict("running") if world.alive else None
        world.look()
    assert (world.given_up, world.alive, world.past.ends) == (False, True, ())


def test_a_component_that_only_crashes_or_hangs_is_always_given_up_once_the_outages_are_over():
    for seed in range(100):
        world = world_after(seed)
        world.hold = False
        for _ in range(200):
            if world.given_up:
                break
            world.now += 301
            world.verdict = Verdict("unhealthy") if world.alive else None
            world.look()
        assert world.given_up


def test_the_schedules_reach_given_up_components_survivors_and_outages():
    worlds = [world_after(seed) for seed in range(100)]
    assert 20 < sum(world.given_up for world in worlds) < 80
    assert sum(len(world.starts) > 3 for world in worlds) > 30
    assert sum(world.outages > 1 for world in worlds) > 30
