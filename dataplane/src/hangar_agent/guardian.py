"""A tiny process beside the agent that outlives it for one purpose: no component may run without its agent.

Started as `python -I -S guardian.py` with a pipe as standard input. Reads `add <leader>` and `remove <leader>`; when
the pipe closes, which the kernel does for us at any death of the agent, SIGKILLs every session still on the list.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path


class Guardian:
    """The agent's end of the pipe."""

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
            [sys.executable, "-I", "-S", __file__],
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


def watch() -> None:
    """Run as the guardian until the pipe closes."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from sessions import kill_session  # type: ignore[import-not-found]  # noqa: PLC0415

    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    leaders: set[int] = set()
    for line in sys.stdin:
        verb, leader = line.split()
        (leaders.add if verb == "add" else leaders.discard)(int(leader))
    for leader in leaders:
        kill_session(leader)
    os._exit(0)


if __name__ == "__main__":
    watch()
