"""Lines on their way to CloudWatch Logs: a bounded store, cut into what one PutLogEvents takes. Pure.

When it is full the oldest lines of the longest stream give way, and the stream says how many: who writes never waits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MOST_EVENTS = 10_000
MOST_BYTES = 1_000_000
"""Of one batch; CloudWatch Logs takes 1,048,576 with 26 for each event."""
EVENT_BYTES = 26
MOST_EVENT_BYTES = 200_000
"""Of one line. CloudWatch Logs took 256 KB for long, and takes more today."""
LONGEST_SPAN_MILLISECONDS = 23 * 3_600_000
"""Of one batch; CloudWatch Logs allows 24 hours."""
MOST_HELD_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class LogStream:
    """Where a line goes."""

    group: str
    name: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line, with its time in milliseconds since the epoch."""

    at: int
    message: str
    size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request carries: events of one stream, in the order of time."""

    stream: LogStream
    events: tuple[LogEvent, ...]


@dataclass(slots=True)
class _Held:
    events: deque[LogEvent] = field(default_factory=deque)
    size: int = 0
    lost: int = 0


class LogBuffer:
    """Not safe to use from several threads: its owner holds a lock."""

    def __init__(self, most_bytes: int = MOST_HELD_BYTES) -> None:
        self._most_bytes = most_bytes
        self._streams: dict[LogStream, _Held] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._streams)

    def add(self, stream: LogStream, at: int, message: str) -> None:
        """Take a line; an empty one, which CloudWatch Logs refuses, is left out."""
        if not message.strip():
            return
        cut = message.encode("utf-8", "replace")
        if len(cut) > MOST_EVENT_BYTES:
            cut = cut[:MOST_EVENT_BYTES] + f" … ({len(cut) - MOST_EVENT_BYTES} bytes more)".encode()
        event = LogEvent(at, cut.decode("utf-8", "ignore"), len(cut) + EVENT_BYTES)
        held = self._streams.setdefault(stream, _Held())
        held.events.append(event)
        held.size += event.size
        self._size += event.size
        while self._size > self._most_bytes:
            self._drop_one()

    def take(self) -> Batch | None:
        """Remove and return what is to be sent next; the stream that has waited longest comes first."""
        while self._streams:
            stream, held = next(iter(self._streams.items()))
            events = self._cut(held)
            del self._streams[stream]
            if held.events:
                self._streams[stream] = held  # behind the others
            if events:
                return Batch(stream, events)
        return None

    def _cut(self, held: _Held) -> tuple[LogEvent, ...]:
        # Lines of one stream come from several threads and processes: nearly in order, and CloudWatch wants it exact.
        ordered = sorted(held.events, key=lambda event: event.at)
        size = 0
        end = 0
        for event in ordered[:MOST_EVENTS]:
            size += event.size
            if end and (size > MOST_BYTES or event.at - ordered[0].at > LONGEST_SPAN_MILLISECONDS):
                break
            end += 1
        taken, left = ordered[:end], ordered[end:]
        held.events = deque(left)
        gone = sum(event.size for event in taken)
        held.size -= gone
        self._size -= gone
        if taken and held.lost:
            text = f"hangar: {held.lost} lines are missing here, CloudWatch Logs did not take them in time"
            taken.insert(0, LogEvent(taken[0].at, text, len(text) + EVENT_BYTES))
            held.lost = 0
        return tuple(taken)

    def _drop_one(self) -> None:
        held = max(self._streams.values(), key=lambda each: each.size)
        event = held.events.popleft()
        held.size -= event.size
        held.lost += 1
        self._size -= event.size
