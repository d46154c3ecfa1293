"""Since when does something that components need answer? Asked only when there is a doubt, and not too often."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.settings import DatabaseLogin

ASK_AGAIN_SECONDS = 2.0
ANSWER_SECONDS = 3.0
PROTOCOL_3 = 196_608
SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
NOT_NOW = b"C57P03\0"
"""The code of an error that says: starting up, shutting down, or recovering."""


class Reachability:
    """What one question, asked again and again, has told so far."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        self._answers = answers
        self._asked_at = float("-inf")
        self._since: float | None = 0.0

    def since(self, now: float) -> float | None:
        """Return since when it answers without a break, as far as it was asked; 0 is for ever, None: it does not."""
        if now - self._asked_at >= ASK_AGAIN_SECONDS:
            self._asked_at = now
            if not self._answers():
                self._since = None
            elif self._since is None:
                self._since = now
        return self._since


def endpoint_answers(host: str, port: int) -> bool:
    """Tell whether somebody takes connections there."""
    try:
        socket.create_connection((host, port), timeout=ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def database_answers(login: DatabaseLogin) -> bool:
    """Tell whether PostgreSQL takes logins, as `pg_isready` does: without one, and without a driver in memory.

    A server that is stopped, hangs, starts or recovers does not. One that wants encryption and says so, does.
    https://www.postgresql.org/docs/current/protocol-message-formats.html
    """
    fields = b"".join(text.encode() + b"\0" for text in ("user", login.user, "database", login.database))
    hello = struct.pack("!i", PROTOCOL_3) + fields + b"\0"
    try:
        with socket.create_connection((login.host, login.port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(SSL_REQUEST)
            if connection.recv(1) == b"S":
                return True
            connection.sendall(struct.pack("!i", len(hello) + 4) + hello)
            answer = connection.recv(4096)
    except OSError:
        return False
    return answer[:1] in {b"R", b"E"} and NOT_NOW not in answer
