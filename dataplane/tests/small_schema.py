"""As much of Airflow's schema as the migration of a copy looks at, of both major versions, with some rows."""

import contextlib
import itertools

COMMON = """
create table alembic_version (version_num text);
create table connection (id serial, conn_id text, password text, extra text, is_encrypted bool,
  is_extra_encrypted bool);
create table variable (id serial, key text, val text, is_encrypted bool);
create table dag_run (id serial primary key, dag_id text, run_id text);
create table task_instance (dag_id text, run_id text, run_pk int references dag_run (id) on delete cascade);
insert into dag_run (dag_id, run_id) values ('every_minute', 'r1'), ('every_minute', 'r2'), ('_hangar_canary', 'r1');
insert into task_instance select dag_id, run_id, id from dag_run;
"""
OF_VERSION = {
    2: """
create table dag (dag_id text primary key, is_paused bool, is_active bool, next_dagrun timestamptz,
  next_dagrun_create_after timestamptz);
create table callback_request (id serial primary key, callback_data json, callback_type text);
insert into callback_request (callback_data, callback_type) values ('{}', 'DagCallbackRequest');
insert into alembic_version values ('2');
""",
    3: """
create table dag (dag_id text primary key, is_paused bool, is_stale bool, next_dagrun timestamptz,
  next_dagrun_create_after timestamptz);
create table callback (id uuid primary key default gen_random_uuid(), type text not null, data json);
insert into callback (type) values ('dag_processor'), ('executor');
insert into alembic_version values ('3');
""",
}
DAGS = """
insert into dag (dag_id, is_paused, next_dagrun_create_after)
  values ('every_minute', false, now()), ('resting', true, now()), ('_hangar_canary', true, now());
"""
TO_3 = """
alter table dag rename is_active to is_stale;
delete from callback_request;
drop table callback_request;
create table callback (id uuid primary key default gen_random_uuid(), type text not null, data json);
update alembic_version set version_num = '3';
"""
_numbers = itertools.count()


class SmallSchema:
    """A database of its own, owned by a role of its own, which is all that a task may log in with."""

    def __init__(self, server, major):
        self.port = server.port
        self.name = f"hangar_small_{next(_numbers)}"
        self._server = server
        with contextlib.closing(server.connect()) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"create role {self.name} login")
            cursor.execute(f"create database {self.name} owner {self.name}")
        self.do(COMMON + OF_VERSION[major] + DAGS)

    def connect(self):
        return self._server.connect(self.name, self.name)

    def do(self, statements):
        with contextlib.closing(self.connect()) as connection, connection:
            connection.cursor().execute("set lock_timeout = '10s'")  # a test that waits for itself fails
            connection.cursor().execute(statements)

    def rows(self, statement):
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def everything(self):
        """Return what Airflow's tables hold, for a comparison."""
        tables = [name for (name,) in self.rows("select tablename from pg_tables where schemaname = 'public'")]
        return {table: sorted(map(str, self.rows(f"select * from public.{table}"))) for table in tables}  # noqa: S608

    def close(self):
        with contextlib.closing(self._server.connect()) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"drop database {self.name} with (force)")
            cursor.execute(f"drop role {self.name}")
