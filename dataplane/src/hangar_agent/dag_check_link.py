"""The agent's line to the checker: an Airflow that forks a process for each DAG file it is asked to import.

One is forked off the dag-processor as that starts, and lives as long. If it is gone while the dag-processor lives on,
another is started on its own, a few times in ten minutes at most.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.launch import Running

FALLBACK_SECONDS = 20.0
"""How long a checker may be away before another is started: a dag-processor that restarts brings its own."""
PATIENCE_SECONDS = 60.0
STARTS = 3
STARTS_SECONDS = 600.0
GRACE_SECONDS = 15.0
TICK_SECONDS = 0.1
MOST_BYTES = 8_000_000


class CheckerAway(Exception):
    """There is no checker, and none can be started; the message says why."""


class CheckerLost(Exception):
    """The checker hung up in the middle of a request."""


class Superseded(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the checker is asked: to import a file of a folder, or (no path) to list its DAG files."""

    root: Path
    path: str | None
    seconds: float
    niceness: int = 0


class CheckerLink:
    """Asks whichever checker there is. `start` starts one at a socket; used from one thread.

    `fallback_seconds`: how long the own one may be away before another is started; 0 where there never is one.
    `patience_seconds`: how long one may take to be there.
    """

    def __init__(
        self,
        own: Path,
        fallback: Path,
        start: Callable[[Path], Running],
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        fallback_seconds: float = FALLBACK_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._own = own
        self._fallback = fallback
        self._start = start
        self._clock = clock
        self._pause = pause
        self._fallback_seconds = fallback_seconds
        self._patience_seconds = patience_seconds
        self._running: Running | None = None
        self._starts: list[float] = []

    def ask(self, request: Request, superseded: Callable[[], bool], *, patient: bool = True) -> dict[str, Any]:
        """Return the checker's reply. Raises CheckerAway, CheckerLost, Superseded.

        Without patience it is only asked if it is there now.
        """
        connection = self._connect(superseded, patient=patient)
        try:
            asked = {"ask": "import" if request.path else "list", "root": str(request.root), "path": request.path}
            connection.sendall(
                json.dumps({**asked, "seconds": request.seconds, "nice": request.niceness}).encode() + b"\n"
            )
            return self._read(connection, request.seconds + GRACE_SECONDS, superseded)
        except OSError as error:
            raise CheckerLost(str(error)) from error
        finally:
            connection.close()

    def close(self) -> None:
        """End a checker that was started here."""
        if self._running is not None:
            self._running.kill_all()
            self._running.poll()
            self._running = None

    def _connect(self, superseded: Callable[[], bool], *, patient: bool) -> socket.socket:
        began = self._clock()
        while True:
            connection = connect(self._own)
            if connection is not None:
                self.close()  # there is no need for two
                return connection
            connection = connect(self._fallback) if self._running is not None else None
            if connection is not None:
                return connection
            waited = self._clock() - began
            if not patient or waited > self._patience_seconds:
                raise CheckerAway("no Airflow to import DAG files with is running beside the dag-processor")
            if superseded():
                raise Superseded
            if waited >= self._fallback_seconds and (self._running is None or self._running.poll() is not None):
                self._start_one()
            self._pause(TICK_SECONDS)

    def _start_one(self) -> None:
        now = self._clock()
        self._starts = [at for at in self._starts if now - at < STARTS_SECONDS]
        if len(self._starts) >= STARTS:
            raise CheckerAway(f"the interpreter that imports DAG files ended {STARTS} times in ten minutes")
        self._starts.append(now)
        self.close()
        self._running = self._start(self._fallback)

    def _read(self, connection: socket.socket, seconds: float, superseded: Callable[[], bool]) -> dict[str, Any]:
        deadline, received = self._clock() + seconds, b""
        while not received.endswith(b"\n"):
            if superseded():
                raise Superseded
            if self._clock() > deadline or len(received) > MOST_BYTES:
                raise CheckerLost("no answer in time")
            if select.select([connection], [], [], TICK_SECONDS)[0]:
                chunk = connection.recv(1 << 16)
                if not chunk:
                    raise CheckerLost("it hung up")
                received += chunk
        try:
            return dict(json.loads(received))
        except (ValueError, TypeError) as error:
            raise CheckerLost("its answer cannot be read") from error


def connect(path: Path) -> socket.socket | None:
    """Connect to a socket at a path of any length (the kernel's limit is 107 characters); None when nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            connection.connect(f"/proc/self/fd/{folder}/{path.name}" if sys.platform == "linux" else str(path))
        finally:
            os.close(folder)
    except OSError:
        connection.close()
        return None
    return connection
