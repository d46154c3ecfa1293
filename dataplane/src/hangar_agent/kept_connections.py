"""Connections to one server that are used again: 5,000 small files are not 5,000 handshakes.

A connection is one request's at a time. What lay idle for long, or has anything to say unasked (it was closed, say), is
not used again.
"""

from __future__ import annotations

import select
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator

MOST_KEPT = 8
IDLE_SECONDS = 2.0
"""Well below the five seconds after which servers begin to close what is idle."""


class KeptConnections:
    """Makes connections with `make`, and keeps those that are still good. Safe to use from several threads."""

    def __init__(
        self, make: Callable[[], http.client.HTTPConnection], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._clock = clock
        self._guard = threading.Lock()
        self._kept: list[tuple[float, http.client.HTTPConnection]] = []
        weakref.finalize(self, _close, self._kept)

    @contextmanager
    def lent(self) -> Iterator[http.client.HTTPConnection]:
        """Lend a connection for one request, whose answer is read to the end. An error closes it."""
        connection = self._take() or self._make()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._guard:
            self._kept.append((self._clock(), connection))
            old = [self._kept.pop(0) for _ in range(len(self._kept) - MOST_KEPT)]
        _close(old)

    def _take(self) -> http.client.HTTPConnection | None:
        while True:
            with self._guard:
                if not self._kept:
                    return None
                since, connection = self._kept.pop()
            if self._clock() - since < IDLE_SECONDS and _is_silent(connection):
                return connection
            connection.close()


def _is_silent(connection: http.client.HTTPConnection) -> bool:
    return connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]


def _close(kept: list[tuple[float, http.client.HTTPConnection]]) -> None:
    for _, connection in kept:
        connection.close()
