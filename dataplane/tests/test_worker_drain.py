"""A worker comes into service protected, leaves it for good once it is idle, and what it said of that stays true."""

import json
import os

import pytest

from hangar_agent.control import ControlDocument, Drain
from hangar_agent.task_files import TaskFiles
from hangar_agent.task_protection import ProtectionError, TaskProtection
from hangar_agent.worker_drain import WorkerDrain, pause_polling

PID = 812
REFUSED = (200, {"failure": {"Arn": "a", "Reason": "TASK_NOT_VALID", "Detail": "The task is not part of a service."}})


class Task:
    """The disk of one worker task, its channel's word, and agents that come and go."""

    def __init__(self, folder, agent_uri):
        self.files = TaskFiles(folder)
        self.agent_uri = agent_uri
        self.now = 1000.0
        self.pid = PID
        self.start_agent()

    def start_agent(self):
        pause_polling(self.files)
        self.files.poll.unlink(missing_ok=True)
        protection = TaskProtection(self.agent_uri, lambda: self.now)
        self.drain = WorkerDrain(
            self.files, 4, "t1", protection, lambda: self.pid, lambda _line: None, lambda: self.now
        )

    def channel_says(self, in_flight=0, *, outstanding=False, pid=PID):
        pause = self.files.pause.read_text() if self.paused else None
        said = {"pid": pid, "pause": None if outstanding else pause, "outstanding": outstanding, "inFlight": in_flight}
        self.files.poll.write_text(json.dumps(said))
        os.utime(self.files.poll, (self.now, self.now))

    def step(self, document, seconds=1.0):
        self.now += seconds
        self.drain.step(document)
        return self.drain.progress

    @property
    def paused(self):
        return self.files.pause.exists()


@pytest.fixture
def task(tmp_path, small_ecs):
    return Task(tmp_path, small_ecs.url)


def document(*drains):
    return ControlDocument(7, "e7", None, None, 2, drains)


DRAINED = document(Drain("d1", "worker", 4))


def release(task):
    task.step(DRAINED)
    task.channel_says()
    task.step(DRAINED)
    task.now += 1
    task.channel_says()
    return task.step(DRAINED, seconds=6)


def test_a_worker_asks_for_tasks_once_it_is_protected_for_two_days_and_knows_that_it_is_wanted(task, small_ecs):
    assert task.step(None) is None
    assert task.paused
    task.step(document())
    assert not task.paused
    assert small_ecs.asked == [{"ProtectionEnabled": True, "ExpiresInMinutes": 2880}]


def test_no_protection_no_polling_and_the_report_says_why(task, small_ecs):
    small_ecs.answers = [REFUSED, (500, {"error": "later"})]
    task.step(document())
    assert task.paused
    assert "TASK_NOT_VALID" in task.drain.problem
    task.step(document(), seconds=6)
    assert (task.paused, "500" in task.drain.problem) == (True, True)
    task.step(document(), seconds=6)
    assert (task.paused, task.drain.problem) == (False, None)


def test_without_ecs_a_worker_works_unprotected_and_can_be_drained(tmp_path):
    task = Task(tmp_path, None)
    task.step(document())
    assert not task.paused
    assert release(task)["state"] == "released"


@pytest.mark.parametrize(
    ("drain", "drains"),
    [
        (Drain("d", "worker", 4), True),
        (Drain("d", "worker", 5), True),
        (Drain("d", "worker", 3), False),
        (Drain("d", "scheduler", 4), False),
        (Drain("d", "worker", 4, frozenset({"t2", "t1"})), True),
        (Drain("d", "worker", 4, frozenset({"t2"})), False),
    ],
)
def test_a_drain_is_for_the_workers_of_its_generation_and_older_that_it_names(task, drain, drains):
    assert (task.step(document(drain)) is not None) is drains


def test_what_a_worker_has_in_hand_is_known_with_and_without_a_drain_once_its_channel_has_spoken(task):
    task.step(document())
    assert task.drain.in_hand is None
    task.channel_says(in_flight=3)
    task.step(document())
    assert task.drain.in_hand == 3
    task.step(DRAINED)
    assert task.drain.in_hand == 3
    task.pid = 813
    task.step(DRAINED)
    assert task.drain.in_hand is None, "its successor has not been heard yet"


def test_a_drained_worker_finishes_gives_its_protection_up_and_only_then_reports_released(task, small_ecs):
    task.step(document())
    assert task.step(DRAINED) == {"id": "d1", "state": "draining", "inFlight": 0}
    assert task.paused
    task.channel_says(in_flight=2)
    assert task.step(DRAINED) == {"id": "d1", "state": "draining", "inFlight": 2}
    assert small_ecs.protected
    small_ecs.answers = [(500, {})]
    task.channel_says()
    task.step(DRAINED)
    task.channel_says()
    assert task.step(DRAINED, seconds=6)["state"] == "draining", "the endpoint did not answer"
    assert task.step(DRAINED, seconds=6) == {"id": "d1", "state": "released", "inFlight": 0}
    assert not small_ecs.protected


def test_a_drain_that_disappears_or_changes_its_id_begins_again(task):
    task.step(DRAINED)
    task.channel_says()
    task.step(DRAINED)
    assert task.step(document()) is None
    assert not task.paused
    task.step(document(Drain("d2", "worker", 4)))
    assert task.paused
    assert task.step(document(Drain("d2", "worker", 4)))["state"] == "draining", "the word of the earlier pause is old"


def test_released_is_final_for_every_later_agent_and_told_before_its_first_step(task, small_ecs):
    assert release(task) == {"id": "d1", "state": "released", "inFlight": 0}
    asked = len(small_ecs.asked)
    task.start_agent()
    task.drain.look(document())
    assert task.drain.progress == {"id": "d1", "state": "released", "inFlight": 0}
    for ordered in (document(), document(Drain("d2", "worker", 9)), None):
        assert task.step(ordered, seconds=7200)["state"] == "released"
        assert task.paused
    task.files.pause.unlink()
    task.step(document())
    assert task.paused
    assert len(small_ecs.asked) == asked


def test_an_agent_that_died_between_the_release_and_the_endpoint_goes_on_there(task, small_ecs):
    task.step(DRAINED)
    task.files.released.write_text('{"drain": "d1", "unprotected": false}')
    task.start_agent()
    task.drain.look(document())
    assert task.drain.progress["state"] == "draining"
    assert task.step(document(), seconds=6)["state"] == "released"
    assert not small_ecs.protected


def test_what_a_dead_worker_process_had_in_hand_does_not_hold_the_drain_up(task):
    task.step(DRAINED)
    task.channel_says(in_flight=3)
    assert task.step(DRAINED)["inFlight"] == 3
    task.pid = 813
    assert task.step(DRAINED) == {"id": "d1", "state": "draining", "inFlight": 0}
    assert task.step(DRAINED)["state"] == "draining", "its successor has not been heard yet"
    task.pid = None
    task.step(DRAINED)
    task.step(DRAINED)
    assert task.step(DRAINED, seconds=6)["state"] == "released"


def test_a_stopping_worker_waits_for_its_poll_and_nothing_resumes_it(task):
    task.step(document())
    task.channel_says(outstanding=True)
    task.drain.stop()
    assert task.drain.poll_is_out()
    task.step(document())
    assert task.paused
    task.channel_says()
    assert not task.drain.poll_is_out()


def test_a_stopping_worker_whose_process_never_polled_has_no_poll_to_wait_for(task):
    task.drain.stop()
    assert not task.drain.poll_is_out()


def test_an_endpoint_that_does_not_answer_is_an_error_that_says_so(unused_port):
    with pytest.raises(ProtectionError, match="refused"):
        TaskProtection(f"http://127.0.0.1:{unused_port}").protect()
