"""What a task does follows from its definition and the document in force, and a task that was free once stays free."""

import json

import pytest

from hangar_agent.control import Refused, consider
from hangar_agent.duties import Post, duties_of, pause_progress
from hangar_agent.supervisor import ComponentStatus

SCHEDULER = ("dag-processor", "scheduler", "triggerer")
ALL = frozenset(SCHEDULER)


def post(role="scheduler", generation=5, canary_queue="canary"):
    return Post(role, generation, canary_queue, {"scheduler": SCHEDULER, "worker": ("worker",)}[role])


def document(**fields):
    base = {"epoch": 1, "environmentId": "e7", "release": None, "canary": None, "workersWanted": 1}
    read = consider(json.dumps({**base, **fields}).encode(), None, "e7")
    assert not isinstance(read, Refused), read
    return read


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        (None, True),
        ({"generation": 4}, True),
        ({"generation": 5}, False),
        ({"generation": 6}, False),
        ({}, False),
    ],
    ids=["before any document", "the older generation is live", "its own", "a later one", "a plane without upgrades"],
)
def test_a_task_of_an_upgrade_runs_no_triggerer_until_its_generation_is_live(fields, held):
    duties = duties_of(post(), document(**fields) if fields is not None else None, freed=False)
    assert duties.held is held
    assert duties.components == (ALL - {"triggerer"} if held else ALL)


def test_a_task_without_a_canary_queue_is_held_by_nothing():
    assert duties_of(post(canary_queue=None), None, freed=False).components == ALL
    assert not duties_of(post(canary_queue=None), document(generation=1), freed=False).held


def test_a_task_that_was_freed_is_never_held_again():
    assert not duties_of(post(), document(generation=4), freed=True).held


@pytest.mark.parametrize(
    ("role", "generation", "paused"),
    [("scheduler", 4, True), ("scheduler", 3, True), ("scheduler", 5, False), ("worker", 4, False)],
)
def test_a_pause_stops_all_components_of_schedulers_of_its_generation_and_older_and_of_nobody_else(
    role, generation, paused
):
    mine = post(role, generation, canary_queue=None)
    duties = duties_of(mine, document(pause={"id": "o1", "generation": 4}, generation=4), freed=False)
    assert duties.components == (frozenset() if paused else frozenset(mine.components))
    assert duties.pause == ("o1" if paused else None)


def test_a_pause_is_told_as_paused_only_when_the_last_process_has_gone():
    paused = duties_of(post(canary_queue=None), document(pause={"id": "o1", "generation": 9}), freed=False)
    one_left = [ComponentStatus("scheduler"), ComponentStatus("triggerer", pid=9)]
    assert pause_progress(paused, one_left) == {"id": "o1", "state": "pausing"}
    assert pause_progress(paused, one_left[:1]) == {"id": "o1", "state": "paused"}
    assert pause_progress(duties_of(post(), None, freed=False), one_left[:1]) is None
