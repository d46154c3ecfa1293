"""Becomes a component: `python -I -S child.py <agent's pid> <niceness> <program> <argument>…`.

Runs before exec in the new process instead of in a fork of the agent, whose other threads may hold locks.
Imports little: it is on the path of every start.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to the agent's life, lower its priority, and become the program."""
    agent, niceness = int(sys.argv[1]), int(sys.argv[2])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != agent:  # it died before the line above took effect
        sys.exit(1)
    if niceness:
        os.nice(niceness)
        # Where the kernel groups processes by session, niceness only counts inside the group: set the group's as well.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
    os.execve(sys.argv[3], sys.argv[3:], os.environ)  # noqa: S606


main()
