"""How long a database may take to answer. libpq waits for ever for a server that hangs or has silently gone.

A statement's time-out is kept by the server, and a connection whose other end froze or moved looks open for minutes.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback

ANSWER_SECONDS = 8.0
"""More than any statement is given."""


def wait_at_most(connection: Any) -> None:
    """Wait for what a connection is about to do; raise psycopg2.OperationalError when that takes too long."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while (state := connection.poll()) != POLL_OK:
        left = deadline - time.monotonic()
        if left <= 0:
            raise psycopg2.OperationalError(f"no answer within {ANSWER_SECONDS:.0f} s")
        descriptors = [connection.fileno()]
        reads, writes = (descriptors, []) if state == POLL_READ else ([], descriptors)
        select.select(reads, writes, [], left)


set_wait_callback(wait_at_most)
