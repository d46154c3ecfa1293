"""A thread that brings lines to CloudWatch Logs, in batches, a second after they were written.

Fork-safe: a child of the process begins with an empty buffer and a thread of its own, and repeats nothing.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from hangar_agent.log_buffer import Batch, LogBuffer, LogStream
from hangar_agent.log_sending import LogSending

if TYPE_CHECKING:
    from collections.abc import Collection

    from hangar_agent.log_service import LogService

GATHER_SECONDS = 1.0
"""From the first line to the call that sends it and whatever else was said meanwhile."""


class LogShipper:
    """Safe to use from any thread. Nothing it does raises, and `add` never waits for the network."""

    def __init__(
        self, service: LogService, groups: Collection[str] = (), gather_seconds: float = GATHER_SECONDS
    ) -> None:
        """Take `groups` to make at `start`, whether or not a line is ever written."""
        self._service = service
        self._groups = tuple(groups)
        self._gather_seconds = gather_seconds
        self._begin_anew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._buffer = LogBuffer()
        self._changed = threading.Condition()
        self._sending = LogSending(self._service, self._take, self._groups)
        self._thread: threading.Thread | None = None
        self._hurry = False
        self._resting = True
        self._ended = False

    @property
    def problem(self) -> str | None:
        """Return why lines do not arrive, None while they do."""
        return self._sending.problem

    def start(self) -> None:
        """Begin without waiting for a first line. Begun already is fine."""
        with self._changed:
            self._wake()

    def add(self, stream: LogStream, message: str, at: float | None = None) -> None:
        """Take a line; `at` is in epoch seconds, now unless given."""
        when = int((time.time() if at is None else at) * 1000)
        with self._changed:
            self._buffer.add(stream, when, message)
            self._wake()

    def flush(self, seconds: float) -> bool:
        """Send what there is without gathering, wait for it at most so long; tell whether all of it has arrived."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            while not self._clean() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            return self._clean()

    def close(self, seconds: float) -> bool:
        """`flush`, then end the thread."""
        arrived = self.flush(seconds)
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        return arrived

    def _clean(self) -> bool:
        return self._thread is None or (not self._buffer and self._resting and self._sending.idle)

    def _wake(self) -> None:
        if not self._resting or self._ended:
            return
        self._resting = False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log shipping", daemon=True)
            self._thread.start()
        else:
            self._changed.notify_all()

    def _take(self) -> Batch | None:
        with self._changed:
            return self._buffer.take()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._resting and not self._ended:
                    self._changed.wait()
                if self._ended:
                    return
                self._pause(self._gather_seconds)
            pause = self._sending.step()
            with self._changed:
                if pause == 0 and not self._buffer:
                    self._resting = True
                    self._hurry = False
                    self._changed.notify_all()
                elif pause:
                    self._hurry = False
                    self._pause(pause)

    def _pause(self, seconds: float) -> None:
        """Wait, less where somebody is in a hurry. The lock is held."""
        deadline = time.monotonic() + seconds
        while not self._hurry and not self._ended and (left := deadline - time.monotonic()) > 0:
            self._changed.wait(left)
