"""Ending everything a component started: each is the leader of a session, and whatever it forks stays in that session.

Loaded by the guardian process too, without site packages: imports as little as it can.
"""

import os
import signal
from contextlib import suppress

SESSION_FIELD = 3  # in /proc/<pid>/stat, counted after the closing bracket of the command


def kill_session(leader: int) -> None:
    """SIGKILL the leader's process group, then everything else left in its session. Nothing left is not an error."""
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    for pid in session_members(leader):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def session_members(leader: int) -> list[int]:
    """Return the pids, zombies aside, whose session is `leader`'s."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        pids = []
    return [pid for pid in pids if _is_member(pid, leader)] if pids else _members_by_ps(leader)


def _is_member(pid: int, leader: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            state, *fields = file.read().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return False
    return state != "Z" and int(fields[SESSION_FIELD - 1]) == leader


def _members_by_ps(leader: int) -> list[int]:
    import subprocess  # noqa: PLC0415 - only where there is no /proc

    listed = subprocess.run(["ps", "-A", "-o", "pid=,sess="], capture_output=True, text=True, timeout=10, check=False)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return [int(pair[0]) for pair in pairs if len(pair) == 2 and pair[1] == str(leader)]  # noqa: PLR2004
