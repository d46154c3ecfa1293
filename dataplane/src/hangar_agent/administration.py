"""A connection for what one-off tasks do to a database: statements may last, and end with whoever asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hangar_agent.settings import DatabaseLogin

SESSION_OPTIONS = "-c client_connection_check_interval=2000"
"""A statement whose client was killed ends within two seconds: whoever takes its work back need not wait for it."""
CONNECT_SECONDS = 15


def connect(login: DatabaseLogin) -> Any:
    """Return a psycopg2 connection. Raises psycopg2.OperationalError when the server does not take it."""
    import psycopg2  # noqa: PLC0415 - not on the path of a component's start

    return psycopg2.connect(
        host=login.host,
        port=login.port,
        dbname=login.database,
        user=login.user,
        password=login.password,
        sslmode=login.ssl_mode or "prefer",
        connect_timeout=CONNECT_SECONDS,
        application_name="hangar-agent",
        options=SESSION_OPTIONS,
        # A server that has silently gone is noticed within a minute, however long a statement may take.
        keepalives_idle=30,
        keepalives_interval=5,
        keepalives_count=5,
    )


def plain_words(error: Exception) -> str:
    """Return what the server said, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
