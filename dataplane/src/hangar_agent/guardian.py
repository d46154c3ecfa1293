"""The agent's end of the pipe to its guardian process, which kills the components should the agent die."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROCESS = Path(__file__).with_name("guardian_process.py")


class Guardian:
    """Knows which sessions are to be killed should this process die. Started anew when it was killed itself."""

    def __init__(self) -> None:
        self._leaders: set[int] = set()
        self._process = self._start()

    def add(self, leader: int) -> None:
        """Have the session of `leader` killed should this process die."""
        self._leaders.add(leader)
        self._tell(f"add {leader}\n")

    def remove(self, leader: int) -> None:
        """Forget a session that has ended: its number may be another's tomorrow."""
        self._leaders.discard(leader)
        self._tell(f"remove {leader}\n")

    def close(self) -> None:
        """End the guardian; sessions still on the list are killed."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=10)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROCESS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # what ends the agent's group must not end this
            cwd="/",
        )

    def _tell(self, line: str) -> None:
        for _ in range(2):
            try:
                assert self._process.stdin is not None  # noqa: S101 - for the type checker
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()
            except BrokenPipeError:  # it was killed: start another, and tell it everything
                self._process.wait()
                self._process = self._start()
                line = "".join(f"add {leader}\n" for leader in self._leaders)
            else:
                return
