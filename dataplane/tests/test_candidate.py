"""Each candidate is answered for once, with what was found or why nothing could be; nobody waits for what is not."""

import json

import pytest
from test_control_link import MemoryStorage

from hangar_agent.candidate import STAGING_SECONDS, CandidateWatch
from hangar_agent.control import ControlDocument, ReleasePointer
from hangar_agent.control_link import stage_release
from hangar_agent.dag_check import CheckedFile, Verdict
from hangar_agent.dag_check_error import ImportFailure
from hangar_agent.dag_check_knowledge import Imported
from hangar_agent.dag_check_link import CheckerAway, Superseded
from hangar_agent.object_storage import StorageError
from hangar_agent.release_store import ReleaseStore


class FakeChecks:
    """Checks that find what they are told to."""

    def __init__(self):
        self.found, self.checked, self.surveys, self.waited = Verdict(), [], 0, None

    def check(self, base, candidate, waited_seconds):
        self.waited = waited_seconds
        self.checked.append((base[1] and base[1].name, candidate[1].name))
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def survey(self, _live):
        self.surveys += 1
        return True


class World:
    def __init__(self, folder):
        self.storage, self.releases, self.checks = MemoryStorage(), ReleaseStore(folder / "dags"), FakeChecks()
        self.document, self.now = None, 1_000.0
        self.watch = CandidateWatch(
            self.storage, self.releases, "t1", lambda: self.document, {"fernet-secret"}, lambda: self.now
        )

    def publish(self, release_id, number, *, staged=True):
        pointer = ReleasePointer(**self.storage.release(release_id, number, release_id.encode()))
        if staged:
            stage_release(self.storage, self.releases, pointer.id, pointer.manifest)
        return pointer

    def control(self, release, candidate):
        self.document = ControlDocument(1, "e7", release, None, 1, candidate=candidate)

    def step(self, *, settled=True):
        return self.watch.step(self.checks, settled=settled)

    def answer(self, release_id):
        body = self.storage.objects.get(f"checks/{release_id}.json")
        return json.loads(body) if body else None


def refuse(_key, _body):
    raise StorageError("SlowDown")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


FAILED = Imported(("d",), ImportFailure("ValueError: fernet-secret", 3, "… fernet-secret", "a.py"), frozenset({"a.py"}))


def test_a_candidate_is_checked_against_the_live_release_and_answered_for_once(world):
    world.control(world.publish("r1", 1), world.publish("r2", 2))
    world.checks.found = Verdict({"a.py": CheckedFile(FAILED, "ok")}, {"a.py": "a.py: ValueError: fernet-secret"})
    world.step()
    assert world.answer("r2") == {
        "schema": 1,
        "candidate": "r2",
        "base": "r1",
        "taskId": "t1",
        "at": 1000.0,
        "seconds": 0.0,
        "state": "checked",
        "problem": None,
        "files": {
            "a.py": {
                "state": "failed",
                "dagIds": ["d"],
                "error": {"message": "ValueError: ***", "line": 3, "traceback": "… ***"},
                "before": "ok",
                "missing": None,
            }
        },
        "held": [{"path": "a.py", "because": "a.py: ValueError: ***"}],
    }
    world.step()
    assert world.checks.checked == [("r1", "r2")]


def test_before_the_first_release_a_candidate_has_no_base(world):
    world.control(None, world.publish("r1", 1))
    world.step()
    assert (world.checks.checked, world.answer("r1")["base"]) == ([(None, "r1")], None)


def test_a_candidate_that_cannot_be_checked_is_answered_for_with_the_reason(world):
    world.control(world.publish("r1", 1), world.publish("r2", 2))
    world.checks.found = CheckerAway("no Airflow is there")
    world.step()
    answer = world.answer("r2")
    assert (answer["state"], answer["files"], answer["held"]) == ("impossible", {}, [])
    assert "no Airflow is there" in answer["problem"]


def test_a_candidate_is_waited_for_until_it_is_staged_but_not_for_ever(world):
    candidate = world.publish("r2", 2, staged=False)
    world.control(world.publish("r1", 1), candidate)
    world.step()
    assert (world.answer("r2"), world.checks.checked) == (None, [])
    world.now += STAGING_SECONDS + 1
    world.step()
    assert world.answer("r2")["state"] == "impossible"


def test_a_candidate_of_which_more_and_more_comes_is_waited_for_and_given_up_once_nothing_more_does(world):
    world.control(world.publish("r1", 1), world.publish("r2", 2, staged=False))
    for _ in range(4):
        world.step()
        world.now += STAGING_SECONDS - 1
        world.releases.brought += 1
    world.step()
    assert world.answer("r2") is None
    world.now += STAGING_SECONDS - 1
    world.step()
    assert world.answer("r2") is None
    world.now += 1
    world.step()
    assert world.answer("r2")["state"] == "impossible"


def test_what_came_before_a_candidate_is_no_progress_of_it(world):
    world.control(world.publish("r1", 1), None)
    world.step()
    world.now += 10 * STAGING_SECONDS
    world.control(world.document.release, world.publish("r2", 2, staged=False))
    world.step()
    world.now += STAGING_SECONDS
    world.step()
    assert world.answer("r2")["state"] == "impossible"


def test_a_check_is_told_how_much_of_its_time_staging_took(world):
    candidate = world.publish("r2", 2, staged=False)
    world.control(world.publish("r1", 1), candidate)
    world.step()
    world.now += 40
    stage_release(world.storage, world.releases, candidate.id, candidate.manifest)
    world.step()
    assert (world.answer("r2")["state"], world.checks.waited) == ("checked", 40)


def test_an_answer_that_could_not_be_stored_is_kept_and_the_trouble_told(world):
    world.control(world.publish("r1", 1), world.publish("r2", 2))
    world.storage.put, put = refuse, world.storage.put
    world.step()
    assert "r2" in world.watch.problem
    world.storage.put = put
    world.step()
    assert (world.answer("r2")["state"], world.watch.problem, len(world.checks.checked)) == ("checked", None, 1)


def test_a_check_nobody_waits_for_any_more_is_not_stored_and_the_next_candidate_is_checked(world):
    world.control(world.publish("r1", 1), world.publish("r2", 2))
    world.checks.found = Superseded()
    assert world.step() == 0.0
    assert not world.watch.superseded()
    world.control(world.document.release, world.publish("r3", 3))
    assert world.watch.superseded()
    world.checks.found = Verdict()
    world.step()
    assert (world.answer("r2"), world.answer("r3")["state"]) == (None, "checked")


def test_the_live_release_is_surveyed_only_while_there_is_no_candidate_and_airflow_has_started(world):
    world.control(world.publish("r1", 1), None)
    world.releases.activate("r1")
    world.step(settled=False)
    assert world.checks.surveys == 0
    world.step()
    assert world.checks.surveys == 1
    world.control(world.document.release, world.publish("r2", 2))
    assert world.watch.superseded()
    world.step()
    assert world.checks.surveys == 1
