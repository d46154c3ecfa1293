"""kombu's SQS transport with a pause switch and a sign of life.

Pausing issues no ReceiveMessage but keeps the consumer registered: cancelling the consumer instead strands the message
of the outstanding long poll for its whole visibility timeout. Imports no Airflow: kombu loads it by name.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from kombu.transport import SQS

LOOK_AGAIN_SECONDS = 0.5


class PollFile:
    """Tells the agent when the channel last polled (modification time) and whether a long poll is out (1 or 0)."""

    def __init__(self, path: str | None) -> None:
        self._path = Path(path) if path else None
        self._written_at = 0.0
        self._outstanding: bool | None = None

    def mark(self, *, outstanding: bool) -> None:
        """Record a poll's begin or end; at most twice a second unless something changed."""
        now = time.monotonic()
        if self._path is None or (outstanding == self._outstanding and now - self._written_at < LOOK_AGAIN_SECONDS):
            return
        self._written_at, self._outstanding = now, outstanding
        self._path.write_text("1" if outstanding else "0", encoding="ascii")


class Channel(SQS.Channel):
    """kombu's channel, which asks for nothing while the pause file exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pause_file = os.environ.get("HANGAR_PAUSE_FILE")
        self._pause_file = Path(pause_file) if pause_file else None
        self._poll_file = PollFile(os.environ.get("HANGAR_POLL_FILE"))
        super().__init__(*args, **kwargs)

    def _paused(self) -> bool:
        return self._pause_file is not None and self._pause_file.exists()

    def _schedule_queue(self, queue: str) -> None:
        if self._paused():
            self._poll_file.mark(outstanding=False)
            if queue in self._active_queues:
                self.hub.call_later(LOOK_AGAIN_SECONDS, self._schedule_queue, queue)
            return
        self._poll_file.mark(outstanding=queue in self._active_queues and self.qos.can_consume())
        super()._schedule_queue(queue)

    def _loop1(self, queue: str, _: Any = None) -> None:
        self._poll_file.mark(outstanding=False)
        super()._loop1(queue, _)

    def _get_bulk(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        if self._paused():
            raise SQS.Empty
        return super()._get_bulk(queue, *args, **kwargs)


class Transport(SQS.Transport):
    """What `broker_transport` names."""

    Channel = Channel
