"""What the migration of a copy reads in it: how many rows, which secrets, which schema. Around a DB-API connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hangar_agent.fernet_check import opens

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SECRETS = 200
"""Of each kind, the newest."""

KEPT = (
    "ab_role",
    "ab_user",
    "ab_user_role",
    "connection",
    "dag",
    "dag_run",
    "dag_tag",
    "log",
    "slot_pool",
    "task_instance",
    "task_instance_history",
    "task_map",
    "task_reschedule",
    "trigger",
    "variable",
)
"""Tables that have as many rows after a migration as before.

Left out is what migrations remove on purpose: `serialized_dag` and `dag_code` (parsed again; 0047 of 3.0.0), datasets
without a user and duplicates (0036), `dag_priority_parsing_request` (0064), `import_error` (0069), callbacks that have
not run (0093 of 3.2.0), tables of Airflow 2 that 3 has not (`task_fail`, `sla_miss`, `dag_pickle`), `job`, `session`
and `rendered_task_instance_fields`, which Airflow itself throws away.
"""
KEPT_WITHIN_A_MAJOR = ("xcom",)
"""From 2 to 3 pickled values go to a table of their own (0049 of 3.0.0)."""
MAY_GROW = frozenset({"log"})
"""The command that migrates may write itself into the audit log."""

Counts = dict[str, int]


def kept_tables(major_before: int, major_after: int) -> tuple[str, ...]:
    """Return the tables to count for a migration between these major versions of Airflow."""
    return KEPT if major_before != major_after else (*KEPT, *KEPT_WITHIN_A_MAJOR)


def count_rows(connection: Any, tables: tuple[str, ...]) -> Counts:
    """Count the rows of those of the tables that are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select name from unnest(%s) as name where to_regclass('public.' || name) is not null", [[*tables]]
        )
        there = sorted(name for (name,) in cursor.fetchall())
        counts = {}
        for name in there:
            cursor.execute(f"select count(*) from public.{name}")  # noqa: S608 - one of the names above
            counts[name] = int(cursor.fetchone()[0])
    return counts


def lost_rows(before: Mapping[str, int], after: Mapping[str, int]) -> str | None:
    """Return a sentence that names each table that has not the rows it had; None when all is there."""
    wrong = []
    for table, rows in before.items():
        now = after.get(table)
        if now is None:
            wrong.append(f"table {table} is gone, which had {rows} rows")
        elif now < rows or (now > rows and table not in MAY_GROW):
            wrong.append(f"table {table} had {rows} rows before the migration and has {now} after it")
    return "; ".join(wrong) or None


def schema_head(connection: Any) -> str | None:
    """Return Airflow's revision of the schema; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute("select version_num from public.alembic_version limit 1")
        row = cursor.fetchone()
    return str(row[0]) if row else None


def schema_major(connection: Any) -> int:
    """Return the major version of the Airflow whose schema this is: `dag.is_stale` came with 3.0.0."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from information_schema.columns"
            " where table_schema = 'public' and table_name = 'dag' and column_name = 'is_stale'"
        )
        return 3 if cursor.fetchone()[0] else 2


def closed_secrets(connection: Any, keys: tuple[bytes, ...]) -> tuple[set[str], int]:
    """Return the names of what says it is encrypted and the keys do not open, and how many were tried."""
    statement = (
        "(select 'the password of connection ' || conn_id, password from public.connection"
        "   where is_encrypted and password <> '' order by id desc limit %(most)s)"
        " union all (select 'the extra of connection ' || conn_id, extra from public.connection"
        "   where is_extra_encrypted and extra <> '' order by id desc limit %(most)s)"
        " union all (select 'variable ' || key, val from public.variable"
        "   where is_encrypted and val <> '' order by id desc limit %(most)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"most": MOST_SECRETS})
        rows = cursor.fetchall()
    return {name for name, token in rows if not opens(keys, token)}, len(rows)
