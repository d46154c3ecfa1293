"""Ending everything a component started: each is the leader of a session, and whatever it forks stays in that session.

Imports the standard library only: the guardian loads it without site packages.
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

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
    proc = Path("/proc")
    if not proc.joinpath("self", "stat").exists():
        return _members_by_ps(leader)
    members = []
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, IndexError):
            state, *fields = entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()
            if state != "Z" and int(fields[SESSION_FIELD - 1]) == leader:
                members.append(int(entry.name))
    return members


def _members_by_ps(leader: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,sess="], capture_output=True, text=True, timeout=10, check=False)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return [int(pair[0]) for pair in pairs if len(pair) == 2 and pair[1] == str(leader)]  # noqa: PLR2004
