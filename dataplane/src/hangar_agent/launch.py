"""Where a component is started: one small module, so that a preloading fork server can take its place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hangar_agent.sessions import kill_session

if TYPE_CHECKING:
    from collections.abc import Sequence

CHILD = Path(__file__).with_name("child.py")


class Running(Protocol):
    """A started component."""

    @property
    def pid(self) -> int:
        """Process id of the component's main process, which leads its own session."""

    def poll(self) -> int | None:
        """Return the exit code once it has ended (negative: the signal), None while it runs."""

    def terminate(self) -> None:
        """Send SIGTERM to the main process only: Celery's children must be left to their parent."""

    def kill_all(self) -> None:
        """SIGKILL the main process and all it started."""


class Process:
    """A component as an ordinary child process."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self.pid = popen.pid

    def poll(self) -> int | None:
        """Return the exit code once it has ended."""
        return self._popen.poll()

    def terminate(self) -> None:
        """Send SIGTERM to the main process only."""
        self._popen.terminate()

    def kill_all(self) -> None:
        """SIGKILL the whole session."""
        kill_session(self.pid)


def launch(
    arguments: Sequence[str], environment: dict[str, str], niceness: int, folder: Path, output: int | None = None
) -> Process:
    """Start a component in a session of its own, tied to this process's life.

    What it says goes to the descriptor `output`, or where what we say goes.
    Must be called from the main thread: the kernel ties the child to the thread that forked it.
    """
    return Process(
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(niceness), *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    )
