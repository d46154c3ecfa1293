"""The worker's word to its agent is true whatever happened to its channels, and never half written."""

import json
from types import SimpleNamespace

import pytest

from hangar_airflow.in_hand import tasks_in_hand
from hangar_airflow.poll_file import PollFile


def channel(*tasks, ended=(), closed=False):
    delivered = {f"tag-{task}": SimpleNamespace(properties={"correlation_id": task}) for task in tasks}
    qos = SimpleNamespace(_delivered=delivered, _dirty={f"tag-{task}" for task in ended})
    return SimpleNamespace(qos=qos, closed=closed)


def requests(*tasks):
    return [SimpleNamespace(id=task) for task in tasks]


def test_a_task_counts_once_from_its_messages_arrival_until_it_is_finished_and_acknowledged():
    assert tasks_in_hand([], []) == 0
    assert tasks_in_hand([channel("a", "b")], requests("b")) == 2
    assert tasks_in_hand([channel("a", "b", ended=["a"])], requests("b")) == 1
    assert tasks_in_hand([channel("a")], []) == 1, "finished, but the queue does not know it yet"


def test_a_task_that_runs_on_after_its_connection_was_lost_counts():
    assert tasks_in_hand([channel("a", closed=True), channel()], requests("a")) == 1
    assert tasks_in_hand([channel("a", closed=True), channel()], []) == 0


class Clock:
    now = 100.0


@pytest.fixture
def book(tmp_path):
    clock = Clock()
    return SimpleNamespace(
        file=PollFile(str(tmp_path / "poll"), lambda: 1, lambda: clock.now),
        said=lambda: json.loads((tmp_path / "poll").read_text()),
        clock=clock,
        folder=tmp_path,
    )


def test_a_pause_counts_as_seen_only_while_no_long_poll_of_any_channel_is_out(book):
    old, new = object(), object()
    book.file.begin(old, "q")
    book.file.begin(new, "q")
    book.file.end(new, "q")
    book.file.write("p1")
    assert (book.said()["outstanding"], book.said()["pause"], book.said()["inFlight"]) == (True, None, 1)
    book.file.end(old, "q")
    book.file.write("p1")
    assert (book.said()["outstanding"], book.said()["pause"]) == (False, "p1")


def test_the_poll_of_a_lost_connection_is_out_until_it_must_have_ended(book):
    lost = object()
    book.file.begin(lost, "q")
    book.file.abandon(lost, 21)
    book.clock.now += 20
    book.file.write("p1")
    assert book.said()["outstanding"]
    book.clock.now += 2
    book.file.write("p1")
    assert (book.said()["outstanding"], book.said()["pause"]) == (False, "p1")


def test_the_file_is_written_at_once_on_change_and_again_after_half_a_second_without(book):
    written = []
    for seconds, pause in [(0, "p1"), (0.4, "p1"), (0.2, "p1"), (0, None)]:
        book.clock.now += seconds
        (book.folder / "poll").unlink(missing_ok=True)
        book.file.write(pause)
        written.append((book.folder / "poll").exists())
    assert written == [True, False, True, True]
    assert [file.name for file in book.folder.iterdir()] == ["poll"]
