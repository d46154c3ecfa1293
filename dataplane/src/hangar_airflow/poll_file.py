"""What the worker tells its agent: one small file, replaced at each change and twice a second while something goes on.

    {"pid": 812, "pause": null, "outstanding": true, "inFlight": 2}

`pause` is the text of the pause file the channel has seen while no long poll was out: from then on, and as long as
that file lies there, no message can arrive any more.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WRITE_AGAIN_SECONDS = 0.5


class PollFile:
    """One a process, whatever channels come and go in it: a lost connection's long poll is still out.

    `in_hand` is asked at each writing, for the number of tasks received and not finished. Without a path (a process
    that is no worker) nothing is written.
    """

    def __init__(
        self, path: str | None, in_hand: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = Path(path) if path else None
        self._in_hand = in_hand
        self._clock = clock
        self._polls: dict[tuple[int, str], float] = {}
        """Until when a long poll may still bring something, by channel and queue."""
        self._written: dict[str, Any] | None = None
        self._written_at = 0.0

    def begin(self, channel: object, queue: str) -> None:
        """Record that a long poll is about to be sent."""
        self._polls[id(channel), queue] = float("inf")
        self.write()

    def end(self, channel: object, queue: str) -> None:
        """Record that it came back, and that what it brought is in hand."""
        self._polls.pop((id(channel), queue), None)
        self.write()

    def abandon(self, channel: object, seconds: float) -> None:
        """Record that a channel is gone which may not hear of its poll's end: it counts as out for `seconds` more."""
        for key in self._polls:
            if key[0] == id(channel):
                self._polls[key] = self._clock() + seconds

    def write(self, pause: str | None = None) -> None:
        """Tell the state now, and which pause was seen; at most twice a second unless something changed."""
        if self._path is None:
            return
        now = self._clock()
        self._polls = {key: until for key, until in self._polls.items() if until > now}
        outstanding = bool(self._polls)
        state = {
            "pid": os.getpid(),
            "pause": None if outstanding else pause,
            "outstanding": outstanding,
            "inFlight": self._in_hand(),
        }
        if state == self._written and now - self._written_at < WRITE_AGAIN_SECONDS:
            return
        fresh = self._path.with_name(f".{self._path.name}.new")
        fresh.write_text(json.dumps(state), encoding="ascii")
        fresh.replace(self._path)  # a reader sees the old or the new state, never half of one
        self._written, self._written_at = state, now
