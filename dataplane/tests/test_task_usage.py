"""What is counted is this task's, all of it and once: its tree, ended children's time, memory that forks share."""

import os
import subprocess
import sys
import time

import pytest

from hangar_agent.task_usage import Process, members, usage

BUSY = """
import os, sys, time
block = bytearray(60 * 1024 * 1024)
if os.fork() == 0:
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    os._exit(0)
os.wait()
if os.fork() == 0:
    print("ready", flush=True)
    time.sleep(600)
time.sleep(600)
"""


def process(parent, session, ticks=0):
    return Process(parent, session, ticks, 0)


def test_members_are_the_tree_and_what_an_ended_parent_left_in_a_components_session_each_once():
    processes = {
        1: process(0, 1),
        10: process(1, 10),
        11: process(10, 11),  # a component, leader of a session
        12: process(11, 12),  # which one of its children left
        13: process(1, 11),  # an orphan of the component's, and its child
        14: process(13, 14),
        20: process(1, 20),  # somebody else's
    }
    assert members(processes, 10, frozenset({11})) == {10, 11, 12, 13, 14}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_time_of_ended_children_counts_and_memory_that_a_fork_shares_counts_once():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, start_new_session=True) as child:
        try:
            assert child.stdout.readline() == b"ready\n"
            seen = usage(time.monotonic(), child.pid, ())
        finally:
            os.killpg(child.pid, 9)
    assert 0.3 <= seen.cpu_seconds < 5
    assert 60e6 < seen.memory_bytes < 110e6, "two processes have the block of 60 MB, one after the other's fork"


def test_where_there_is_no_proc_nothing_is_measured(tmp_path):
    assert usage(1.0, os.getpid(), (), tmp_path / "none") is None
    assert usage(1.0, os.getpid(), (), tmp_path) is None


def test_where_the_kernel_tells_no_share_the_resident_memory_counts(tmp_path):
    fields = ["S", "1", "7", "7", *["0"] * 7, "200", "100", "30", "20", *["0"] * 6, "5"]
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text(f"7 (a) b) {' '.join(fields)}\n")
    seen = usage(1.0, 7, (), tmp_path)
    assert seen.memory_bytes == 5 * os.sysconf("SC_PAGE_SIZE")
    assert seen.cpu_seconds == 350 / os.sysconf("SC_CLK_TCK")
