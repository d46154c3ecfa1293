"""Runs one program to its end, within a time, and keeps the last of what it said. Nothing it started outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.launch import CHILD
from hangar_agent.sessions import kill_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hangar_agent.supervisor import Guard

KEPT_BYTES = 64 * 1024
TICK_SECONDS = 0.02
LAST_WORDS_SECONDS = 1.0
LONGEST_LINE = 8192


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `code` is negative for a signal."""

    code: int
    output: str
    """The last 64 KB of stdout and stderr together."""
    timed_out: bool = False
    stopped: bool = False
    """`told_to_stop` said so."""


def run_bounded(
    arguments: Sequence[str],
    environment: dict[str, str],
    folder: Path,
    seconds: float,
    guard: Guard,
    *,
    on_line: Callable[[str], None] | None = None,
    told_to_stop: Callable[[], bool] = lambda: False,
    keep_background: bool = False,
) -> Ended:
    """Run a program (absolute path first) in a session of its own, without input; call it from the main thread.

    At the end, or after `seconds`, its whole session is killed. `keep_background` leaves running what a program that
    ended well left behind; the guard still has it, and kills it when this process dies.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), "0", *arguments],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    guard.add(process.pid)
    tail = _Tail(process, on_line)
    deadline = time.monotonic() + seconds
    timed_out = stopped = False
    while process.poll() is None:
        timed_out = time.monotonic() >= deadline
        stopped = told_to_stop()
        if timed_out or stopped:
            break
        time.sleep(TICK_SECONDS)
    if not (keep_background and process.returncode == 0):
        kill_session(process.pid)
        guard.remove(process.pid)
    code = process.wait()
    tail.join(LAST_WORDS_SECONDS)
    return Ended(code, tail.text(), timed_out, stopped)


class _Tail(threading.Thread):
    """Reads what a program says. A thread: a program that nobody reads from stops at a full pipe."""

    def __init__(self, process: subprocess.Popen[bytes], on_line: Callable[[str], None] | None) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._on_line = on_line
        self._kept = bytearray()
        self._lock = threading.Lock()
        self.start()

    def run(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        with self._process.stdout as stream:
            while line := stream.readline(LONGEST_LINE):
                with self._lock:
                    self._kept += line
                    del self._kept[:-KEPT_BYTES]
                if self._on_line:
                    self._on_line(line.decode(errors="replace").rstrip("\r\n"))

    def text(self) -> str:
        with self._lock:
            return self._kept.decode(errors="replace")
