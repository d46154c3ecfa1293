"""`hangar-agent copy-online`: a one-off task that copies a database that is in use, as it is at one moment.

Where `copy-database` needs a sealed database and copies its files, this one reads within a single snapshot of the
server (repeatable read) while Airflow goes on, and fills an empty database within a single transaction: the target is
whole or empty, and the source is only read. It is slower, and for what must not take the environment away: rehearsals,
and snapshots somebody asks for.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hangar_agent.administration import connect, plain_words
from hangar_agent.database_schema import Table, UnknownKind, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.copy_database import CopySettings

HAND = 4_708_541_322_017
"""An advisory lock of the target: one hand at a time fills it."""
WHOLE = "select to_regclass('public.alembic_version') is not null"
"""What no empty database has, and every one of Airflow; it comes with the transaction that fills the target."""
EMPTY = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'"
LOCK_SECONDS = 30
"""Reading waits for nobody but who alters or drops a table, and then only so long."""


class CopyFailed(Exception):
    """Nothing was copied; `str()` says why."""


def copy_online(settings: CopySettings, log: Callable[[str], None]) -> int:
    """Copy, and return the exit code: 0 when the target is whole, now or already, else 1 with a line in the log.

    `settings.login` may read the source, and owns the target.
    """
    import psycopg2  # noqa: PLC0415

    connections: list[Any] = []

    def open_database(name: str) -> Any:
        connection = connect(replace(settings.login, database=name))
        connections.append(connection)
        return connection

    try:
        began = time.monotonic()
        target = open_database(settings.target)
        with target, target.cursor() as cursor:
            if not _take(cursor):
                log(f"database {settings.target} is whole already")
                return 0
            source = open_database(settings.source)
            source.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with source, source.cursor() as reader:
                tables, rows = _fill(reader, cursor)
        log(f"{rows} rows of {tables} tables are copied, in {time.monotonic() - began:.1f} s")
        target.autocommit = True
        with target.cursor() as cursor:
            cursor.execute("analyze")  # whoever migrates it next has plans that fit
    except (psycopg2.Error, UnknownKind, CopyFailed, OSError) as error:
        log(
            f"database {settings.source} could not be copied to {settings.target}: {plain_words(error)}."
            " The source is as it was and the target as empty as before; once the cause is gone it can be copied again"
        )
        return 1
    finally:
        for connection in connections:
            connection.close()
    return 0


def _take(cursor: Any) -> bool:
    """Wait for an earlier hand to end; tell whether anything is to be done. Raises CopyFailed: it is not empty."""
    cursor.execute("select pg_advisory_xact_lock(%s)", [HAND])
    cursor.execute(WHOLE)
    if cursor.fetchone()[0]:
        return False
    cursor.execute(EMPTY)
    if found := cursor.fetchone()[0]:
        raise CopyFailed(f"the target holds {found} relations that no copy of Airflow's database has made")
    return True


def _fill(reader: Any, writer: Any) -> tuple[int, int]:
    """Make the definition and the rows of one database in another; return how many tables and rows."""
    reader.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
    schema = read_schema(reader)
    writer.execute("set local search_path = ''; set local check_function_bodies = off")
    for statement in (*schema.before, *(table.create for table in schema.tables)):
        writer.execute(statement)
    rows = sum(_copy_rows(table, reader, writer) for table in schema.tables)
    for name in schema.sequences:  # after the rows: the value of a sequence is never of an earlier moment than they are
        reader.execute(f"select last_value, is_called from {name}")  # noqa: S608 - quoted by the server
        writer.execute("select setval(%s, %s, %s)", [name, *reader.fetchone()])
    for statement in schema.after:
        writer.execute(statement)
    return len(schema.tables), rows


def _copy_rows(table: Table, reader: Any, writer: Any) -> int:
    """Copy one table's rows through a pipe, whatever their number; return it."""
    if not table.columns:
        return 0
    columns = ", ".join(table.columns)
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def read() -> None:
        try:
            with os.fdopen(write_end, "wb") as pipe:
                reader.copy_expert(f"copy {table.name} ({columns}) to stdout (format binary)", pipe)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failed.append(error)

    thread = threading.Thread(target=read, name=f"read {table.name}", daemon=True)
    thread.start()
    try:
        with os.fdopen(read_end, "rb") as pipe:
            writer.copy_expert(f"copy {table.name} ({columns}) from stdin (format binary)", pipe)
    except Exception:
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError):
            raise failed[0] from None  # it saw only that the rows ended too early
        raise
    thread.join()
    if failed:
        raise failed[0]
    return int(writer.rowcount)
