"""The thread behind the lines: bounded ends, nobody waits for the network, a fork repeats nothing."""

import os
import threading
import time

from small_logs import SmallLogs

from hangar_agent.log_buffer import LogStream
from hangar_agent.log_shipping import LogShipper

A = LogStream("g", "a")
FOREVER = 3600


def test_lines_gather_and_a_flush_does_not_wait_for_that():
    service = SmallLogs()
    shipper = LogShipper(service, gather_seconds=FOREVER)
    for number in range(100):
        shipper.add(A, str(number))
    assert service.puts == []
    assert shipper.flush(10)
    assert service.lines("g", "a") == [str(number) for number in range(100)]
    shipper.add(A, "later")
    assert shipper.close(10)
    assert service.lines("g", "a")[-1] == "later"


def test_groups_are_made_at_the_start_without_a_line():
    service = SmallLogs()
    shipper = LogShipper(service, ["g", "h"], gather_seconds=FOREVER)
    shipper.start()
    assert shipper.flush(10)
    assert service.groups == {"g", "h"}
    shipper.close(1)


def test_a_line_and_the_end_wait_for_no_service_that_hangs():
    hanging = threading.Event()

    class Hangs(SmallLogs):
        def create_stream(self, stream):
            hanging.set()
            released.wait(30)
            super().create_stream(stream)

    released = threading.Event()
    service = Hangs()
    shipper = LogShipper(service, gather_seconds=0)
    shipper.add(A, "one")
    assert hanging.wait(10)
    began = time.monotonic()
    shipper.add(A, "two")
    assert not shipper.flush(0.1)
    assert time.monotonic() - began < 5
    released.set()
    assert shipper.close(10)
    assert service.lines("g", "a") == ["one", "two"]


def test_a_flush_tells_that_lines_have_not_arrived():
    service = SmallLogs()
    service.refuses = ""
    shipper = LogShipper(service, gather_seconds=0)
    shipper.add(A, "one")
    assert not shipper.flush(0.2)
    shipper.close(0)


def test_a_child_of_a_fork_sends_its_own_lines_and_none_of_its_parent(tmp_path):
    service = SmallLogs()
    shipper = LogShipper(service, gather_seconds=FOREVER)
    shipper.add(A, "parent's")
    child = os.fork()
    if child == 0:
        shipper.add(A, "child's")
        shipper.flush(10)
        (tmp_path / "said").write_text("\n".join(service.lines("g", "a")))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "said").read_text() == "child's"
    assert shipper.close(10)
    assert service.lines("g", "a") == ["parent's"]
