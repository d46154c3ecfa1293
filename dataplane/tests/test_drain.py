"""The rules of a drain, one by one; random schedules of everything at once are in test_drain_schedules.py."""

from dataclasses import replace

import pytest

from hangar_agent.drain import (
    PROTECTION_SECONDS,
    RENEW_SECONDS,
    Action,
    ChannelState,
    Memory,
    Released,
    Seen,
    decide,
    progress,
)

NOW = 1000.0
PROTECTED = Memory(protected_until=NOW + PROTECTION_SECONDS, asked_at=NOW - 60)
WORKING = Seen(
    now=NOW,
    informed=True,
    ordered=None,
    pause=None,
    released=None,
    channel=ChannelState(NOW - 1, None, outstanding=True, in_flight=1),
)
LEAVING, GONE = Released("d1", unprotected=False), Released("d1", unprotected=True)
DRAINING = replace(WORKING, ordered="d1", pause="p1")


def idle(at, pause="p1"):
    return ChannelState(at, pause, outstanding=False, in_flight=0)


def actions(memory, *looks):
    taken = []
    for seen in looks:
        memory, action = decide(memory, seen)
        taken.append(action)
    return taken


@pytest.mark.parametrize(
    ("case", "memory", "seen", "action"),
    [
        ("a worker at work goes on", PROTECTED, WORKING, Action.WAIT),
        ("a drain pauses", PROTECTED, replace(WORKING, ordered="d1"), Action.PAUSE),
        ("no protection, no polling", Memory(), WORKING, Action.PAUSE),
        ("a paused worker asks for protection", Memory(), replace(WORKING, pause="p1"), Action.PROTECT),
        ("with it, it polls", PROTECTED, replace(WORKING, pause="p1"), Action.RESUME),
        ("no document, no polling", PROTECTED, replace(WORKING, pause="p1", informed=False), Action.WAIT),
        ("a protection about to end is none", replace(PROTECTED, protected_until=NOW + 59), WORKING, Action.PAUSE),
        (
            "a protection is renewed every hour, the worker goes on meanwhile",
            replace(PROTECTED, protected_until=NOW + PROTECTION_SECONDS - RENEW_SECONDS - 1),
            WORKING,
            Action.PROTECT,
        ),
        (
            "a failing endpoint is not asked all the time",
            Memory(asked_at=NOW - 4),
            replace(WORKING, pause="p"),
            Action.WAIT,
        ),
        ("a draining worker renews too: it may hold work", Memory(), DRAINING, Action.PROTECT),
        ("a released one does not", Memory(), replace(DRAINING, released=GONE), Action.WAIT),
        ("it gives its protection up", Memory(), replace(DRAINING, released=LEAVING), Action.UNPROTECT),
        ("released is final", PROTECTED, replace(WORKING, pause="p1", released=GONE), Action.WAIT),
        (
            "it pauses, whoever took the pause away",
            PROTECTED,
            replace(WORKING, released=GONE),
            Action.PAUSE,
        ),
    ],
)
def test_one_look(case, memory, seen, action):
    assert decide(memory, seen)[1] is action, case


def test_a_worker_seen_idle_twice_under_its_pause_is_released():
    first, second = replace(DRAINING, channel=idle(NOW)), replace(DRAINING, channel=idle(NOW + 0.6))
    assert actions(PROTECTED, first, second) == [Action.WAIT, Action.RELEASE]


@pytest.mark.parametrize(
    ("case", "between"),
    [
        ("the same word of the channel is no second look", replace(DRAINING, now=NOW + 9, channel=idle(NOW))),
        ("a task", replace(DRAINING, channel=replace(idle(NOW + 1), in_flight=1))),
        ("a long poll that is out", replace(DRAINING, channel=replace(idle(NOW + 1), outstanding=True))),
        ("an earlier pause", replace(DRAINING, channel=idle(NOW + 1, "p0"))),
        ("a channel that has seen no pause", replace(DRAINING, channel=idle(NOW + 1, None))),
        ("a new worker process that said nothing yet", replace(DRAINING, channel=None)),
        ("another drain", replace(DRAINING, ordered="d2", channel=idle(NOW + 1))),
    ],
)
def test_what_is_not_idle_is_never_released_and_idleness_counts_from_the_beginning_after_it(case, between):
    looks = [replace(DRAINING, channel=idle(NOW)), between]
    if between.now == NOW:
        looks.append(replace(DRAINING, channel=idle(NOW + 2)))
    assert Action.RELEASE not in actions(PROTECTED, *looks), case


def test_a_drain_that_disappears_resumes_and_its_idleness_does_not_count_for_the_next():
    drained, withdrawn = replace(DRAINING, channel=idle(NOW)), replace(DRAINING, ordered=None, channel=idle(NOW + 1))
    again = replace(DRAINING, pause="p2", channel=idle(NOW + 2, "p2"))
    assert actions(PROTECTED, drained, withdrawn, again) == [Action.WAIT, Action.RESUME, Action.WAIT]


def test_the_report_says_released_only_when_the_disk_says_that_the_protection_is_gone():
    assert progress(WORKING) is None
    assert progress(DRAINING) == {"id": "d1", "state": "draining", "inFlight": 1}
    assert progress(replace(DRAINING, channel=None)) == {"id": "d1", "state": "draining", "inFlight": 0}
    leaving, gone = (replace(DRAINING, ordered=None, released=released) for released in (LEAVING, GONE))
    assert progress(leaving) == {"id": "d1", "state": "draining", "inFlight": 0}
    assert progress(gone) == {"id": "d1", "state": "released", "inFlight": 0}
