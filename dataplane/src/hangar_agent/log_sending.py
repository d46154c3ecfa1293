"""Sends buffered lines to CloudWatch Logs, step by step: when to send, what to do about a refusal, when to try again.

Whoever writes a line never waits for it. While CloudWatch Logs is away lines are kept as far as the buffer goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsError
from hangar_agent.log_service import NOT_THERE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hangar_agent.log_buffer import Batch, LogStream
    from hangar_agent.log_service import LogService

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
FAILURES_WORTH_TELLING = 3
"""One after the other: a region that restarts is nobody's business."""
NEVER_TAKEN = frozenset({"InvalidParameterException", "SerializationException", "DataAlreadyAcceptedException"})
"""What is wrong with the lines, or their stream's name (512 characters at most): the same would be refused again."""
MOST_STREAMS_REMEMBERED = 1000


class LogSending:
    """Used from one thread at a time. `take` gives the next batch, None when there is none."""

    def __init__(self, service: LogService, take: Callable[[], Batch | None], groups: Collection[str] = ()) -> None:
        """Take `groups` to make before anything is sent: they are there although nobody has written a line yet."""
        self._service = service
        self._take = take
        self._groups = list(groups)
        self._unsent: Batch | None = None
        self._made: set[LogStream] = set()
        self._failures = 0
        self.problem: str | None = None
        """Why lines do not arrive, in a sentence."""

    @property
    def idle(self) -> bool:
        """Tell whether nothing is left from the last step."""
        return self._unsent is None and not self._groups

    def step(self) -> float:
        """Send all there is; return how many seconds to wait before it makes sense to try again, 0 for none."""
        try:
            while self._groups:
                self._service.create_group(self._groups[0])
                self._groups.pop(0)
            while batch := self._unsent or self._take():
                self._unsent = batch
                self._send(batch)
                self._unsent = None
                self._failures = 0
                self.problem = None
        except AwsError as error:
            self._failures += 1
            if self._failures >= FAILURES_WORTH_TELLING:
                self.problem = f"log lines do not arrive at CloudWatch Logs: {error}"
            return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10))
        self._failures = 0
        return 0.0

    def _send(self, batch: Batch) -> None:
        try:
            if batch.stream not in self._made:
                self._make(batch.stream)
            try:
                self._service.put(batch)
            except AwsError as error:
                if error.kind != NOT_THERE:
                    raise
                self._make(batch.stream)  # somebody has deleted it
                self._service.put(batch)
        except AwsError as error:
            if error.kind not in NEVER_TAKEN:
                raise

    def _make(self, stream: LogStream) -> None:
        if len(self._made) >= MOST_STREAMS_REMEMBERED:
            self._made.clear()
        self._service.create_stream(stream)
        self._made.add(stream)
