"""A report tells a task's state as it is, and is sent when that state changed."""

import json

import pytest

from hangar_agent.canary import CanaryResult
from hangar_agent.duties import Duties
from hangar_agent.health import Verdict
from hangar_agent.report import TaskIdentity, TaskState, build_report, encode, worth_sending
from hangar_agent.supervisor import ComponentStatus

IDENTITY = TaskIdentity("t1", "scheduler", "e7", 4, "3.3.1", 1000.0)


@pytest.fixture
def state():
    statuses = (
        ComponentStatus("scheduler", pid=8, started_at=1001.0),
        ComponentStatus("triggerer", pid=9, started_at=1001.0),
    )
    return TaskState(
        statuses=statuses, verdicts={"scheduler": Verdict("running", "", 8), "triggerer": Verdict("running", "", 9)}
    )


def test_a_task_is_healthy_only_when_every_component_has_shown_it(state):
    assert build_report(IDENTITY, state, 1010.0)["healthy"] is True
    state.verdicts = {"scheduler": Verdict("running", "", 8)}
    report = build_report(IDENTITY, state, 1010.0)
    assert (report["healthy"], report["components"]["triggerer"]["state"]) == (False, "starting")


def test_a_verdict_on_a_predecessor_says_nothing_about_a_restarted_component(state):
    state.statuses = (ComponentStatus("scheduler", pid=12, started_at=1009.0, restarts=1, detail="exited with code 1"),)
    component = build_report(IDENTITY, state, 1010.0)["components"]["scheduler"]
    assert (component["state"], component["restarts"], component["detail"]) == ("starting", 1, "exited with code 1")


def test_a_component_without_a_process_is_stopped_whatever_was_seen_of_it(state):
    state.statuses = (ComponentStatus("scheduler", pid=None, started_at=1001.0),)
    assert build_report(IDENTITY, state, 1010.0)["components"]["scheduler"]["state"] == "stopped"


def test_a_component_that_is_not_to_run_is_waited_for_by_nobody(state):
    state.statuses = (state.statuses[0], ComponentStatus("triggerer", wanted=False))
    report = build_report(IDENTITY, state, 1010.0)
    assert (report["healthy"], report["components"]["triggerer"]["state"]) == (True, "stopped")
    state.statuses = tuple(ComponentStatus(name, wanted=False) for name in ("scheduler", "triggerer"))
    assert build_report(IDENTITY, state, 1010.0)["healthy"] is True, "a paused task is as it should be"


def test_that_a_task_is_held_and_how_far_its_pause_is_are_told_at_once(state):
    first = build_report(IDENTITY, state, 1010.0)
    assert (first["held"], first["pause"]) == (False, None)
    state.duties = Duties(frozenset({"scheduler"}), held=True, pause=None)
    second = build_report(IDENTITY, state, 1010.1)
    assert second["held"] is True
    assert worth_sending(second, first)
    state.pause = {"id": "o1", "state": "paused"}
    third = build_report(IDENTITY, state, 1010.2)
    assert third["pause"] == {"id": "o1", "state": "paused"}
    assert worth_sending(third, second)


def test_a_stopping_task_is_not_healthy(state):
    state.stopping = True
    report = build_report(IDENTITY, state, 1010.0)
    assert (report["healthy"], report["stopping"]) == (False, True)


def test_a_report_is_sent_on_change_and_every_thirty_seconds(state):
    first = build_report(IDENTITY, state, 1010.0)
    assert worth_sending(first, None)
    state.last_poll_at = 1011.0
    assert not worth_sending(build_report(IDENTITY, state, 1039.0), first)
    assert worth_sending(build_report(IDENTITY, state, 1040.0), first)
    state.canary = CanaryResult("c1", "success", 1.5, "a task ran")
    assert worth_sending(build_report(IDENTITY, state, 1011.0), first)


def test_what_a_worker_has_in_hand_is_told_within_five_seconds_of_its_change_and_at_once_while_it_drains(state):
    first = build_report(IDENTITY, state, 1010.0)
    assert "inHand" not in first
    state.in_hand = 2
    second = build_report(IDENTITY, state, 1014.9)
    assert second["inHand"] == 2
    assert not worth_sending(second, first), "tasks that come and go cost no request each"
    assert worth_sending(build_report(IDENTITY, state, 1015.0), first)
    state.drain = {"id": "d1", "state": "draining", "inFlight": 2}
    third = build_report(IDENTITY, state, 1015.5)
    assert worth_sending(third, second)
    state.drain = {"id": "d1", "state": "draining", "inFlight": 1}
    state.in_hand = 1
    assert worth_sending(build_report(IDENTITY, state, 1016.0), third)


def test_a_report_is_json_of_the_agreed_shape(state):
    report = json.loads(encode(build_report(IDENTITY, state, 1010.0)))
    assert report["schema"] == 1
    assert {
        "taskId",
        "role",
        "generation",
        "airflowVersion",
        "at",
        "startedAt",
        "epoch",
        "release",
        "staged",
    } <= report.keys()
    assert {"components", "healthy", "canary", "problems", "stopping", "lastPollAt", "drain"} <= report.keys()
    assert report["components"]["scheduler"].keys() == {"state", "pid", "restarts", "since", "detail"}


def test_what_is_waited_for_and_why_a_task_ends_are_told_and_news(state):
    before = build_report(IDENTITY, state, 100.0)
    state.hold = "database"
    held = build_report(IDENTITY, state, 101.0)
    assert (before["hold"], held["hold"]) == (None, "database")
    assert worth_sending(held, before)
    state.given_up, state.problems = "worker: it ended 4 times", {"control": "S3 is away"}
    assert build_report(IDENTITY, state, 102.0)["problems"] == ["worker: it ended 4 times", "S3 is away"]
