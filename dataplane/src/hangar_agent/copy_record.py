"""What the migration of a copy writes into the copy itself: `hangar.migration`, one row. The control plane reads it.

The container service forgets tasks, the row does not: a migration that has begun never begins again.
"""

from __future__ import annotations

from typing import Any, Literal

LOCK = 0x68616E676172
"""Of this database alone, and none of Airflow's own (which are small numbers)."""

Beginning = Literal["begun", "done already", "taken", "cut off"]
MOST_DETAIL = 4_000

TABLE = (
    "create schema if not exists hangar",
    (
        "create table if not exists hangar.migration (operation_id text not null, began_at timestamptz not null,"
        " ended_at timestamptz, outcome text check (outcome in ('done', 'failed')), detail text)"
    ),
)


def begin(connection: Any, operation_id: str) -> Beginning:
    """Write that a migration begins, and commit, unless one has begun here before or begins elsewhere now.

    The lock is held until the connection closes. A row of an earlier operation that is done is history: this database
    is a copy of the one it made.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return "taken"
        cursor.execute("select to_regclass('hangar.migration') is not null")
        if cursor.fetchone()[0]:
            cursor.execute("select operation_id, outcome from hangar.migration")
            for operation, outcome in cursor.fetchall():
                if outcome != "done":
                    return "cut off"
                if operation == operation_id:
                    return "done already"
            cursor.execute("delete from hangar.migration")
        else:
            for statement in TABLE:
                cursor.execute(statement)
        cursor.execute(
            "insert into hangar.migration (operation_id, began_at) values (%s, clock_timestamp())", [operation_id]
        )
    return "begun"


def end(cursor: Any, operation_id: str, outcome: Literal["done", "failed"], detail: str) -> None:
    """Write what became of it. The caller commits; a row that has its end keeps it."""
    cursor.execute(
        "update hangar.migration set ended_at = clock_timestamp(), outcome = %s, detail = %s"
        " where operation_id = %s and ended_at is null",
        [outcome, detail[:MOST_DETAIL], operation_id],
    )
    if cursor.rowcount != 1:
        raise LookupError(f"hangar.migration has no open row of operation {operation_id}")
