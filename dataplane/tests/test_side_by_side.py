"""Work side by side is all done, or ends with the first error and leaves nothing running."""

import threading

import pytest

from hangar_agent.side_by_side import for_each


def test_everything_is_done_once_and_one_thing_costs_no_thread():
    done, threads = [], set()

    def work(item):
        done.append(item)
        threads.add(threading.current_thread())

    for_each(range(1000), work, 4)
    assert sorted(done) == list(range(1000))
    threads.clear()
    for_each(["one"], work, 4)
    for_each([], work, 4)
    assert (done[-1], threads) == ("one", {threading.current_thread()})


def test_an_error_is_raised_when_nothing_is_under_way_any_more_and_nothing_new_is_begun():
    begun, ended, failed = [], [], threading.Event()

    def work(item):
        begun.append(item)
        if item == 1:
            failed.set()
            raise ValueError("one")
        assert failed.wait(10)
        threading.Event().wait(0.02)  # still busy while the other has failed
        ended.append(item)

    with pytest.raises(ValueError, match="one"):
        for_each(range(100), work, 3)
    assert sorted(ended) == sorted(set(begun) - {1})
    assert len(begun) <= 5


def test_an_error_that_ends_iterations_is_not_taken_for_the_end_of_the_work():
    def work(_item):
        raise StopIteration

    with pytest.raises(StopIteration):
        for_each([1, 2, 3], work, 2)
