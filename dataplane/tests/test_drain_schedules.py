"""Random schedules of agent, channel, tasks, ECS, control plane and kills against the rules of a drain.

Everything that can interleave does so between any two of its lines. A failing schedule is named by its seed.
"""

import random
from dataclasses import replace

import pytest
from schedules import chunks, play

from hangar_agent.control import ControlDocument, Drain
from hangar_agent.drain import Action, ChannelState, Memory, Released, Seen, decide, progress

SCHEDULES = 200  # what a rule left out breaks shows in one of twenty of them, or more
STEPS = 500
PATIENCE = 20_000
EVENTS = {
    "agent_goes_on": 45,
    "channel_goes_on": 40,
    "task_ends": 3,
    "control_changes_its_mind": 0.7,
    "endpoint_comes_or_goes": 0.5,
    "document_comes_or_goes": 0.5,
    "worker_comes_or_goes": 1,
    "agent_is_killed": 0.5,
    "hours_pass": 1,
}


SELF, OTHER = "t1", "t2"
FOR_THIS_TASK = (
    Drain("d1", "worker", 4),
    Drain("d2", "worker", 4, frozenset({SELF, OTHER})),
    Drain("d9", "worker", 5, frozenset({SELF})),
)
FOR_OTHERS = (
    Drain("d2", "worker", 4, frozenset({OTHER})),
    Drain("d3", "worker", 3),
    Drain("d4", "worker", 4, frozenset()),
)


class World:
    """One task of generation 4: its disk, its worker, what ECS knows of it. Broken promises raise AssertionError."""

    def __init__(self, chance):
        self.chance = chance
        self.now = 1000.0
        self.drains = []
        self.informed = True
        self.endpoint_answers = True
        self.protected_until = 0.0  # as ECS knows it
        self.pauses = 0
        self.pids = 0
        self.polls = 0
        self.pause = self.released = self.said = None  # the disk
        self.told_released = False
        self.begin()

    def begin(self):
        """Start an agent process, as `prepare_task` leaves the disk."""
        self.write_pause()
        self.said = None
        self.memory = Memory()
        self.agent = self.agent_lines()
        self.start_worker()

    def write_pause(self):
        self.pauses += 1
        self.pause = f"p{self.pauses}"

    # The worker process: kombu's channel, line by line as in broker.py.

    def start_worker(self):
        self.pids += 1
        self.pid = self.pids
        self.in_hand = 0
        self.out = False
        self.channel = self.channel_lines()

    def kill_worker(self):
        self.pid = self.channel = None
        self.in_hand = 0
        self.out = False

    def say(self, pause):
        self.said = (self.pid, ChannelState(self.now, None if self.out else pause, self.out, self.in_hand))

    def channel_lines(self):
        while True:
            pause = self.pause
            yield
            if pause is not None:
                self.say(pause)
                yield
                continue
            self.out = True  # from here on it will be sent, whatever happens
            self.say(None)
            yield
            self.poll_begins()
            for _ in range(self.chance.randrange(6)):
                yield
            self.in_hand += self.chance.randrange(3)
            yield
            self.out = False
            self.say(None)
            yield

    def poll_begins(self):
        self.polls += 1
        assert self.released is None, "a released worker polled"
        assert self.protected_until > self.now, "a worker polled without protection"

    # The agent's drain thread, line by line as in worker_drain.py.

    def agent_lines(self):
        while True:
            pause = self.pause
            yield
            pid = self.pid
            yield
            if pid is None:
                channel = ChannelState(self.now, pause, outstanding=False, in_flight=0)
            else:
                channel = self.said[1] if self.said and self.said[0] == pid else None
            ordered = self.document().drain_of("worker", 4, SELF) if self.informed else None
            seen = Seen(self.now, self.informed, ordered, pause, self.released, channel)
            self.memory, action = decide(self.memory, seen)
            meant = self.informed and any(drain in FOR_THIS_TASK for drain in self.drains)
            assert not (meant and action is Action.RESUME), "a drained worker resumed"
            told = progress(seen)
            if told and told["state"] == "released":
                assert self.protected_until <= self.now
                self.told_released = True
            assert not self.told_released or (told and told["state"] == "released"), "released was taken back"
            yield
            if action is Action.PAUSE:
                self.write_pause()
            elif action is Action.RESUME:
                self.pause = None
            elif action is Action.RELEASE:
                assert self.in_hand == 0, "released with tasks in hand"
                assert meant, "released by a drain for others"
                assert not self.out, "released with a long poll out"
                self.released = Released(seen.ordered, unprotected=False)
            elif action is not Action.WAIT:
                yield from self.ask_endpoint(action, seen)
            yield

    def ask_endpoint(self, action, seen):
        self.memory = replace(self.memory, asked_at=self.now)
        asked_at = self.now
        if not self.endpoint_answers:
            return
        self.protected_until = asked_at + 48 * 3600 if action is Action.PROTECT else 0.0
        yield
        if action is Action.PROTECT:
            self.memory = replace(self.memory, protected_until=asked_at + 48 * 3600)
        else:
            assert self.released
            self.released = Released(seen.released.drain, unprotected=True)

    # What happens to them.

    def step(self):
        self.now += self.chance.random() * 0.4
        (event,) = self.chance.choices(list(EVENTS), weights=list(EVENTS.values()))
        getattr(self, event)()

    def agent_goes_on(self):
        next(self.agent)

    def channel_goes_on(self):
        if self.channel:
            next(self.channel)

    def task_ends(self):
        self.in_hand = max(0, self.in_hand - 1)

    def document(self):
        return ControlDocument(7, "e7", None, None, 2, tuple(self.drains))

    def control_changes_its_mind(self):
        """Order drains, withdraw them, or let a drain name other tasks than before."""
        offered = FOR_THIS_TASK + FOR_OTHERS if self.chance.random() < 1 / 3 else FOR_OTHERS
        self.drains = self.chance.sample(offered, self.chance.randrange(len(offered) + 1))

    def endpoint_comes_or_goes(self):
        self.endpoint_answers = not self.endpoint_answers

    def document_comes_or_goes(self):
        self.informed = not self.informed

    def worker_comes_or_goes(self):
        if self.pid is None:
            self.start_worker()
        else:
            self.kill_worker()

    def agent_is_killed(self):
        self.begin()  # its worker died with it, the disk stayed

    def hours_pass(self):
        """Let up to forty go by; agent and channel look twice a second, so neither sleeps over a protection's end."""
        later = self.now + 3600 * self.chance.random() * 40
        for moment in (min(later, self.memory.protected_until - 30), later):
            self.now = max(self.now, moment)
            for _ in range(30):
                self.agent_goes_on()
                self.channel_goes_on()

    def calm(self, drains):
        """From now on nothing fails, and the control plane has made up its mind."""
        self.drains, self.informed, self.endpoint_answers = drains, True, True
        if self.pid is None:
            self.start_worker()
        for _ in range(10):  # what the agent has decided already, it does
            next(self.agent)

    def calm_step(self):
        self.now += 0.2
        next(self.agent)
        next(self.channel)
        self.in_hand = max(0, self.in_hand - (self.chance.random() < 0.3))


@pytest.mark.parametrize("seeds", chunks(SCHEDULES))
def test_no_schedule_releases_a_worker_with_work_or_makes_a_released_one_poll(seeds):
    play(seeds, promises_are_kept)


def promises_are_kept(seed):
    world = world_after(seed)
    mine = world.chance.choice([(), (), (), *((each,) for each in FOR_THIS_TASK)])
    world.calm([*world.chance.sample(FOR_OTHERS, 2), *mine])
    if world.released or mine:
        assert eventually(world, lambda: world.told_released), "a drain that is ordered ends"
        polls = world.polls
        world.drains = []
        assert not eventually(world, lambda: world.polls > polls, patience=200), "released is final"
        world.begin()
        assert not eventually(world, lambda: world.polls > polls, patience=200), "also for the next agent"
    else:
        polls = world.polls
        assert eventually(world, lambda: world.polls > polls), "without a drain a worker polls, or polls again"


def test_the_schedules_reach_releases_withdrawn_drains_and_restarted_workers():
    worlds = [world_after(seed) for seed in range(100)]
    assert 20 < sum(world.released is not None for world in worlds) < 80
    assert sum(world.polls > 5 for world in worlds) > 30
    assert sum(world.pids > 3 for world in worlds) > 50


def world_after(seed):
    world = World(random.Random(seed))  # noqa: S311 - schedules, not secrets
    for _ in range(STEPS):
        world.step()
    return world


def eventually(world, check, patience=PATIENCE):
    for _ in range(patience):
        if check():
            return True
        world.calm_step()
    return False
