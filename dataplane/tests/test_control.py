"""Only a well-formed, own, not older control document is acted on."""

import json

import pytest

from hangar_agent.control import ControlDocument, Refused, WorkerBounds, consider

RELEASE = {"id": "r12-0a1b2c3d", "number": 12, "manifest": "releases/r12-0a1b2c3d.json"}


def document(**changes):
    fields = {"epoch": 5, "environmentId": "e7", "release": RELEASE, "canary": {"id": "c1"}, "workersWanted": 2}
    return json.dumps({**fields, "drains": [], "holds": [], **changes}).encode()


def accepted(**changes):
    verdict = consider(document(**changes), None, "e7")
    assert isinstance(verdict, ControlDocument)
    return verdict


def test_a_document_says_what_to_run():
    verdict = accepted()
    assert (verdict.epoch, verdict.canary, verdict.workers_wanted) == (5, "c1", 2)
    assert verdict.release is not None
    assert verdict.release.id == "r12-0a1b2c3d"
    assert accepted(release=None, canary=None).release is None


def test_a_lower_epoch_is_refused_and_an_equal_or_higher_one_accepted():
    current = accepted(epoch=5)
    assert isinstance(consider(document(epoch=4), current, "e7"), Refused)
    assert isinstance(consider(document(epoch=5, canary=None), current, "e7"), ControlDocument)
    assert isinstance(consider(document(epoch=6), current, "e7"), ControlDocument)


def test_another_environments_document_is_refused():
    verdict = consider(document(environmentId="e8"), None, "e7")
    assert isinstance(verdict, Refused)
    assert "e8" in verdict.reason


def test_fields_this_agent_does_not_know_are_ignored():
    assert accepted(somethingNew={"a": 1}).epoch == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        document(epoch="5"),
        document(epoch=-1),
        document(epoch=True),
        document(environmentId=7),
        document(workersWanted=None),
        document(canary={}),
        document(release={**RELEASE, "id": "../../etc"}),
        document(release={**RELEASE, "id": "none"}),
        document(release={**RELEASE, "manifest": "../e8/releases/r1.json"}),
        document(release={"id": "r1"}),
    ],
)
def test_a_malformed_document_is_refused_with_a_reason(body):
    verdict = consider(body, None, "e7")
    assert isinstance(verdict, Refused)
    assert verdict.reason.startswith("control.json is malformed")


def test_a_drain_is_for_tasks_of_its_role_of_its_generation_and_older_and_the_first_counts():
    drains = [{"id": name, "role": "worker", "generation": number} for name, number in (("d4", 4), ("d5", 5))]
    verdict = accepted(drains=drains)
    assert [verdict.drain_of("worker", generation, "t1") for generation in (3, 4, 5, 6)] == ["d4", "d4", "d5", None]
    assert verdict.drain_of("scheduler", 4, "t1") is None
    assert accepted(drains=[]).drain_of("worker", 1, "t1") is None


def test_a_drain_that_names_tasks_is_for_those_of_them_that_it_would_be_for_without_naming_them():
    named = {"id": "d4", "role": "worker", "generation": 4, "tasks": ["t1", "t2"]}
    verdict = accepted(drains=[named, {"id": "d3", "role": "worker", "generation": 3}])
    ordered = [verdict.drain_of("worker", generation, task) for generation in (3, 4, 5) for task in ("t1", "t3")]
    assert ordered == ["d4", "d3", "d4", None, None, None]
    assert accepted(drains=[{**named, "tasks": []}]).drain_of("worker", 4, "t1") is None


def test_how_many_workers_there_may_be_is_unknown_unless_the_document_tells():
    assert accepted().workers is None
    assert accepted(workers={"min": 1, "max": 5}).workers == WorkerBounds(1, 5)


@pytest.mark.parametrize("workers", [None, [1, 5], {"min": 1}, {"min": -1, "max": 5}, {"min": 2, "max": 1}])
def test_malformed_bounds_of_workers_are_refused_and_the_document_in_force_stays(workers):
    assert isinstance(consider(document(workers=workers), None, "e7"), Refused)


WORKERS = {"id": "d", "role": "worker", "generation": 4}


@pytest.mark.parametrize(
    "drains",
    [
        ["d4"],
        [{**WORKERS, "id": ""}],
        [{"id": "d", "role": "worker"}],
        4,
        {"id": "d"},
        [{**WORKERS, "tasks": None}],
        [{**WORKERS, "tasks": "t1"}],
        [{**WORKERS, "tasks": [""]}],
    ],
)
def test_a_malformed_drain_is_refused_and_the_document_in_force_stays(drains):
    assert isinstance(consider(document(drains=drains), None, "e7"), Refused)


def test_a_candidate_is_none_unless_the_document_names_one():
    assert accepted().candidate is None
    assert accepted(candidate=None).candidate is None
    candidate = accepted(candidate={**RELEASE, "id": "r13-0a1b2c3d"}).candidate
    assert candidate is not None
    assert candidate.id == "r13-0a1b2c3d"


@pytest.mark.parametrize(
    "candidate", ["r13", [], {"id": "r13"}, {**RELEASE, "id": "../r13"}, {**RELEASE, "manifest": "../x"}]
)
def test_a_malformed_candidate_is_refused_and_the_document_in_force_stays(candidate):
    assert isinstance(consider(document(candidate=candidate), None, "e7"), Refused)


def test_the_canary_is_watched_by_the_scheduler_of_its_generation_and_by_any_where_none_is_named():
    named = accepted(canary={"id": "c1", "generation": 5})
    assert (named.canary_for(5), named.canary_for(4)) == ("c1", None)
    assert accepted(canary={"id": "c1"}).canary_for(4) == "c1"
    assert accepted(canary=None).canary_for(4) is None


def test_a_document_of_an_older_control_plane_pauses_nobody_and_tells_no_generation():
    assert (accepted().pause, accepted().generation, accepted(pause=None).pause) == (None, None, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"pause": "o1"},
        {"pause": {"id": "o1"}},
        {"pause": {"id": "", "generation": 4}},
        {"generation": None},
        {"generation": "5"},
        {"canary": {"id": "c1", "generation": -1}},
    ],
)
def test_a_malformed_pause_or_generation_is_refused_and_the_document_in_force_stays(fields):
    assert isinstance(consider(document(**fields), None, "e7"), Refused)
