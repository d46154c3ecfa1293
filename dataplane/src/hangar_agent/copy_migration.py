"""`hangar-agent migrate-copy`: a one-off task that migrates the copy of a database for an upgrade, once.

Writes that it begins, compares rows and secrets before and after Airflow's own migration, puts the hold on what was
migrated, and writes how it ended. Killed anywhere it leaves a row without an end, and no later start touches the copy:
a copy that is half migrated is thrown away.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hangar_agent.administration import SESSION_OPTIONS, connect, plain_words
from hangar_agent.airflow_environment import migration_environment
from hangar_agent.copy_hold import (
    StillHeld,
    hold_everything_but_the_canary,
    pending_callbacks,
    remove_what_an_earlier_hold_left,
)
from hangar_agent.copy_record import begin, end
from hangar_agent.copy_rows import (
    Counts,
    closed_secrets,
    count_rows,
    kept_tables,
    lost_rows,
    schema_head,
    schema_major,
)
from hangar_agent.fernet_check import UnusableKey, signing_keys
from hangar_agent.guardian import Guardian
from hangar_agent.layer_failure import Mask
from hangar_agent.layer_process import Ended, run_bounded
from hangar_agent.preparation import prepare_home
from hangar_agent.task_files import TaskFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.migration_settings import CopyMigrationSettings

MIGRATION_SECONDS = 24 * 3600.0
"""The operation has a shorter deadline of its own, and ends the task then."""
LAST_OUTPUT = 2_000
"""Characters of Airflow's own output that a failure quotes."""
WRITE_TRIES = 30
REFUSED = {
    "taken": "another task migrates this copy at this moment",
    "cut off": (
        "a migration of this copy has begun before and did not end well. It is not begun again, whatever it left: drop"
        " the copy and make another"
    ),
}


class MigrationFailed(Exception):
    """The copy is of no use; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the copy was before its migration."""

    head: str | None
    tables: tuple[str, ...]
    rows: Counts
    callbacks: int
    closed: frozenset[str]
    """Secrets that the key did not open before anything was done."""


@dataclass(frozen=True, slots=True)
class Report:
    """The detail of a migration that went well, as JSON."""

    seconds: float
    """Of Airflow's own migration."""
    head: tuple[str | None, str | None]
    """The schema's revision before and after."""
    rows: Counts
    secrets: int
    """Stored values that the Fernet key was tried on."""
    held: tuple[int, int]
    """DAGs that are paused, and callbacks that are kept away, until the commit."""
    lost_callbacks: int
    """Callbacks that waited and that Airflow's own migration removes (0093 of 3.2.0)."""


def migrate_copy(
    settings: CopyMigrationSettings, log: Callable[[str], None], run: Callable[..., Ended] = run_bounded
) -> int:
    """Migrate, and return the exit code: 0 when the copy is done, now or before; else 1."""
    import psycopg2  # noqa: PLC0415

    try:
        guard = connect(settings.migration.metadata)
    except psycopg2.Error as error:
        log(f"the migration cannot begin: {plain_words(error)}")
        return 1
    try:
        beginning = begin(guard, settings.operation_id)
        if beginning in REFUSED:
            log(f"the migration does not begin: {REFUSED[beginning]}")
            return 1
        if beginning == "begun":
            return _migrate_begun(settings, guard, log, run)
    except psycopg2.Error as error:
        log(f"the migration cannot begin: {plain_words(error)}")
        return 1
    finally:
        guard.close()
    log("this copy is migrated already")
    return 0


def _migrate_begun(
    settings: CopyMigrationSettings, guard: Any, log: Callable[[str], None], run: Callable[..., Ended]
) -> int:
    import psycopg2  # noqa: PLC0415

    try:
        _migrate(settings, guard, log, run)
    except (MigrationFailed, StillHeld, UnusableKey, LookupError, OSError, psycopg2.Error) as error:
        reason = str(error) if isinstance(error, MigrationFailed) else plain_words(error)
        log(f"the migration failed: {reason}")
        _write_failure(settings, reason, log)
        return 1
    log("the copy is migrated")
    return 0


def _migrate(
    settings: CopyMigrationSettings, guard: Any, log: Callable[[str], None], run: Callable[..., Ended]
) -> None:
    keys = signing_keys(settings.migration.fernet_key)
    with guard, guard.cursor() as cursor:
        remove_what_an_earlier_hold_left(cursor)
    before = _look_before(settings, guard, keys)
    began = time.monotonic()
    _run_airflow(settings, log, run)
    seconds = round(time.monotonic() - began, 2)
    with guard, guard.cursor() as cursor:  # the hold and the word that it is done, or neither
        rows = count_rows(guard, before.tables)
        if lost := lost_rows(before.rows, rows):
            raise MigrationFailed(f"Airflow's migration lost rows, or made some: {lost}")
        closed, tried = closed_secrets(guard, keys)
        if new := sorted(closed - before.closed):
            raise MigrationFailed(f"after the migration the Fernet key does not open {', '.join(new[:5])}")
        head = schema_head(guard)
        held = hold_everything_but_the_canary(cursor)
        lost_callbacks = max(0, before.callbacks - held[1])
        report = Report(seconds, (before.head, head), rows, tried, held, lost_callbacks)
        end(cursor, settings.operation_id, "done", json.dumps(asdict(report)))


def _look_before(settings: CopyMigrationSettings, guard: Any, keys: tuple[bytes, ...]) -> Before:
    with guard, guard.cursor() as cursor:
        head = schema_head(guard)
        callbacks = pending_callbacks(cursor)
        tables = kept_tables(schema_major(guard), settings.migration.image.major)
        rows = count_rows(guard, tables)
        closed, tried = closed_secrets(guard, keys)
    if tried and len(closed) == tried:
        first = min(closed)
        raise MigrationFailed(
            f"the environment's Fernet key opens none of the {tried} encrypted values in its database, {first} among"
            " them: it is not the key they were stored with"
        )
    return Before(head, tables, rows, callbacks, frozenset(closed))


def _run_airflow(settings: CopyMigrationSettings, log: Callable[[str], None], run: Callable[..., Ended]) -> None:
    """Run `airflow db migrate` to its end. Call it from the main thread, without a transaction open on the copy."""
    migration = settings.migration
    files = TaskFiles(migration.task_folder)
    prepare_home(files)
    guardian = Guardian()
    environment = {**migration_environment(migration), "PGOPTIONS": SESSION_OPTIONS}
    command = [str(migration.image.python), "-m", "hangar_airflow.migrate"]
    try:
        ended = run(command, environment, files.home, MIGRATION_SECONDS, guardian, on_line=log)
    finally:
        guardian.close()
    if ended.code == 0:
        return
    password = migration.metadata.password
    mask = Mask({password, quote(password, safe=""), migration.fernet_key})
    how = f"did not end within {MIGRATION_SECONDS:.0f} s" if ended.timed_out else f"ended with exit code {ended.code}"
    raise MigrationFailed(f"airflow db migrate {how}. It said last: {mask(ended.output)[-LAST_OUTPUT:].strip()}")


def _write_failure(settings: CopyMigrationSettings, reason: str, log: Callable[[str], None]) -> None:
    """Write the reason on a connection of its own: the server may have gone in the middle, and come back by now."""
    import psycopg2  # noqa: PLC0415

    for _ in range(WRITE_TRIES):
        try:
            connection = connect(settings.migration.metadata)
            try:
                with connection, connection.cursor() as cursor:
                    end(cursor, settings.operation_id, "failed", reason)
            finally:
                connection.close()
        except psycopg2.OperationalError as error:
            log(f"the failure cannot be written down yet: {plain_words(error)}")
            time.sleep(1)
        except (LookupError, psycopg2.Error) as error:
            log(f"the failure is not written down: {plain_words(error)}")
            return
        else:
            return
