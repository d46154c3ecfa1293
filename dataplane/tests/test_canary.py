"""The canary's result reaches whoever asked, once, and its traces are removed in every order of events."""

import pytest

from hangar_agent.canary import CanaryResult, CanaryWatch, decide
from hangar_agent.metadata_database import CanaryRow


def row(state=None, *, paused=False, seconds=None, task=None):
    return CanaryRow(paused, state, seconds, task)


SUCCESS = CanaryResult("c1", "success", 1.5, "a task ran")


@pytest.mark.parametrize("seen", [None, row(), row("queued"), row("running", task="queued, attempt 1")])
def test_until_its_run_has_ended_the_canary_is_running_and_left_alone(seen):
    result, action = decide("c1", None, seen)
    assert (result.id, result.state, action) == ("c1", "running", "none")


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_finished_run_is_reported_and_cleaned_away(state):
    result, action = decide("c1", None, row(state, seconds=1.5, task="failed, attempt 4"))
    assert (result.state, result.seconds, action) == (state, 1.5, "clean")


def test_a_result_is_final_even_when_its_traces_are_gone():
    assert decide("c1", SUCCESS, row(paused=True)) == (SUCCESS, "none")
    assert decide("c1", SUCCESS, None) == (SUCCESS, "none")


def test_cleaning_goes_on_where_a_crash_interrupted_it():
    assert decide("c1", SUCCESS, row("success"))[1] == "clean"
    assert decide("c1", SUCCESS, row("success", paused=True))[1] == "clean"
    assert decide("c1", SUCCESS, row())[1] == "clean"


def test_a_run_that_ended_before_anybody_asked_answers_the_first_who_asks_and_nobody_else():
    early, action = decide(None, None, row("success", seconds=1.5))
    assert (early.id, action) == ("", "clean")
    kept, _ = decide(None, early, row(paused=True))
    answered, action = decide("c1", kept, row(paused=True))
    assert (answered, action) == (SUCCESS, "none")
    again, action = decide("c2", answered, row(paused=True))
    assert (again.id, again.state, action) == ("c2", "running", "run-again")


def test_what_an_earlier_canary_left_behind_is_no_answer_to_a_new_one():
    for leftover in (row("success", paused=True), row("failed", paused=True)):
        result, action = decide("c2", None, leftover)
        assert (result.state, action) == ("running", "run-again")


def test_with_nobody_asking_leftovers_are_removed_and_nothing_is_started():
    assert decide(None, None, row("failed", paused=True))[1] == "clean"
    assert decide(None, None, row(paused=True))[1] == "none"


class FakeDatabase:
    """The canary's rows, and a scheduler that finishes a run between two looks."""

    def __init__(self):
        self.paused, self.run = False, "running"

    def canary(self):
        seen = CanaryRow(self.paused, self.run, 1.0 if self.run == "success" else None, None)
        if self.run == "running":
            self.run = "success"
        return seen

    def pause_canary(self, *, paused):
        self.paused = paused

    def delete_canary_runs(self):
        self.run = None

    def release_canary(self):
        self.paused, self.run = False, "running"


def test_two_canaries_one_after_the_other_both_run_and_leave_nothing():
    database = FakeDatabase()
    watch = CanaryWatch(database)
    for asked in ("c1", "c2"):
        results = [watch.look(asked) for _ in range(4)]
        assert [result.state for result in results if result][-1] == "success"
        assert (database.paused, database.run, watch.waiting) == (True, None, False)
    assert watch.look(None) is None
