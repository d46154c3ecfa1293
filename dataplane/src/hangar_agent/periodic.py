"""A loop on a thread of its own: one step, a pause, until told to end. A step that fails is logged, never the end."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Periodic:
    """Calls `step`, waits as many seconds as it returned, and again."""

    def __init__(
        self, name: str, step: Callable[[], float], log: Callable[[str], None], retry_seconds: float = 5
    ) -> None:
        self._step = step
        self._log = log
        self._retry_seconds = retry_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self, timeout: float) -> None:
        """Ask the loop to end and wait for its step, at most `timeout` seconds."""
        self._ended.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            try:
                pause = self._step()
            except Exception:  # noqa: BLE001 - the boundary of a loop: an unforeseen error must not end it silently
                self._log(f"{self._thread.name} failed, tries again:\n{traceback.format_exc()}")
                pause = self._retry_seconds
