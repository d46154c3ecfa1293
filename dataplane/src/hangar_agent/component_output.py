"""What one process says: on to where it went anyway, the task's own log, and line by line to whoever wants lines.

A thread reads it. It waits for nobody but the local disk: a process whose output nobody reads stops at a full pipe.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK_BYTES = 1 << 16
MOST_LINE_BYTES = 1 << 17
"""A longer line is passed on in pieces."""


class ComponentOutput:
    """The pipe of one process. Give `entrance` to it as stdout and stderr, then call `started`."""

    def __init__(self, on_line: Callable[[str], None], log_file: int = 2) -> None:
        """`log_file`: the descriptor of the task's own log, this process's stderr."""
        self._on_line = on_line
        self._log_file = log_file
        self._exit, self.entrance = os.pipe()
        self._thread = threading.Thread(target=self._read, name="component output", daemon=True)

    def started(self) -> None:
        """Leave the entrance to the process, and begin to read until it and all it started have closed it."""
        os.close(self.entrance)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until everything that was said has been passed on."""
        self._thread.join(seconds)

    def _read(self) -> None:
        held = b""
        try:
            while chunk := os.read(self._exit, CHUNK_BYTES):
                held += chunk
                end = held.rfind(b"\n") + 1 or (len(held) if len(held) > MOST_LINE_BYTES else 0)
                # Whole lines: other components and this agent write to the same file.
                self._pass_on(held[:end])
                held = held[end:]
            self._pass_on(held)
        finally:
            os.close(self._exit)

    def _pass_on(self, text: bytes) -> None:
        left = memoryview(text)
        # A disk without space costs these lines in the task's own log; the process itself goes on.
        with suppress(OSError):
            while left:
                left = left[os.write(self._log_file, left) :]
        for line in text.splitlines():
            self._on_line(line.decode("utf-8", "replace"))
