"""What the agent asks of the database is right in the tables of both major versions of Airflow."""

import os
import signal

import pytest
from small_postmaster import SmallPostmaster

from hangar_agent import database_patience
from hangar_agent.dag_status import ParsedDag
from hangar_agent.metadata_database import DatabaseAway, MetadataDatabase
from hangar_agent.monitor_metrics import EnvironmentCounts
from hangar_agent.settings import DatabaseLogin

# As `airflow db migrate` of 3.3.1 and 2.11.2 makes them, as far as they are used here.
TABLES = {
    3: (
        "create table dag (dag_id text, is_paused bool, fileloc text, bundle_name text, relative_fileloc text)",
        "create table dag_priority_parsing_request (id text primary key, bundle_name text, relative_fileloc text)",
        "insert into dag values ('_hangar_canary', true, '/c/canary.py', 'hangar-canary', 'canary.py')",
    ),
    2: (
        "create table dag (dag_id text, is_paused bool, fileloc text)",
        "create table dag_priority_parsing_request (id text primary key, fileloc text)",
        "insert into dag values ('_hangar_canary', true, '/c/canary.py')",
    ),
}


@pytest.mark.parametrize(("major", "asked"), [(3, ("hangar-canary", "canary.py")), (2, ("/c/canary.py",))])
def test_to_run_again_the_canary_is_unpaused_and_its_file_is_asked_for_once(small_postgres, major, asked):
    connection = small_postgres.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop table if exists dag, dag_priority_parsing_request")
    for statement in TABLES[major]:
        cursor.execute(statement)
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""), major)
    for _ in range(2):
        database.release_canary()
    database.close()
    cursor.execute("select * from dag_priority_parsing_request")
    assert [row[1:] for row in cursor.fetchall()] == [asked]
    cursor.execute("select is_paused from dag")
    assert cursor.fetchall() == [(False,)]
    connection.close()


PARSED = {
    3: (
        (
            "create table dag (dag_id text, fileloc text, relative_fileloc text, bundle_name text, bundle_version text,"
            " is_stale bool, last_parsed_time timestamptz)"
        ),
        "create table import_error (filename text, bundle_name text, timestamp timestamptz, stacktrace text)",
        (
            "insert into dag values ('a', '/r/r1/a.py', 'a.py', 'releases', 'r1', false, to_timestamp(5)),"
            " ('gone', '/r/r1/b.py', 'b.py', 'releases', 'r1', true, to_timestamp(5)),"
            " ('_hangar_canary', '/c/c.py', 'c.py', 'hangar-canary', null, false, to_timestamp(5))"
        ),
        (
            "insert into import_error values ('a.py', 'releases', to_timestamp(6), 'x' || repeat('y', 30000)),"
            " ('c.py', 'hangar-canary', to_timestamp(6), 'x')"
        ),
    ),
    2: (
        "create table dag (dag_id text, fileloc text, is_active bool, last_parsed_time timestamptz)",
        "create table import_error (filename text, timestamp timestamptz, stacktrace text)",
        (
            "insert into dag values ('a', '/dags/current/a.py', true, to_timestamp(5)),"
            " ('gone', '/dags/current/b.py', false, to_timestamp(5))"
        ),
        "insert into import_error values ('/dags/current/a.py', to_timestamp(6), 'x' || repeat('y', 30000))",
    ),
}


@pytest.mark.parametrize(
    ("major", "dag", "file"),
    [(3, ("a.py", "a", 5.0, "r1"), "a.py"), (2, ("/dags/current/a.py", "a", 5.0, None), "/dags/current/a.py")],
)
def test_parsed_dags_and_import_errors_are_those_of_the_releases_as_they_are_now(small_postgres, major, dag, file):
    connection = small_postgres.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop table if exists dag, import_error")
    for statement in PARSED[major]:
        cursor.execute(statement)
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""), major)
    assert database.parsed_dags() == [ParsedDag(*dag)]
    (error,) = database.import_errors()
    assert (error.file, error.at, len(error.text)) == (file, 6.0, 20_000)
    database.close()
    connection.close()


COUNTED = (
    "create table task_instance (dag_id text, state text, queued_dttm timestamptz)",
    "create table job (job_type text, hostname text, state text, latest_heartbeat timestamptz)",
    (
        "insert into task_instance select * from (values ('a', 'running', null), ('a', 'restarting', null),"
        " ('a', 'success', null), ('a', 'deferred', null), ('a', null, null), ('_hangar_canary', 'running', null))"
        " as t (dag_id, state, queued_dttm)"
    ),
    (
        "insert into task_instance values ('a', 'queued', now() - interval '300 s'),"
        " ('b', 'queued', now() - interval '60 s'), ('b', 'scheduled', now() - interval '900 s'),"
        " ('_hangar_canary', 'queued', now() - interval '900 s')"
    ),
    (
        "insert into job values ('SchedulerJob', 't1', 'running', now() - interval '20 s'),"
        " ('SchedulerJob', 't0', 'running', now()), ('SchedulerJob', 't1', 'failed', now()),"
        " ('TriggererJob', 't1', 'running', now())"
    ),
)


@pytest.mark.parametrize("major", [3, 2])
def test_the_monitor_counts_unfinished_tasks_of_everybody_but_the_canary(small_postgres, major):
    connection = small_postgres.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop table if exists dag, import_error, task_instance, job")
    for statement in (*PARSED[major], *(each.replace("null, null)", "null, null::timestamptz)") for each in COUNTED)):
        cursor.execute(statement)
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""), major)
    counts = database.environment_counts("t1", 120)
    assert (counts.running, counts.queued, counts.stranded, counts.import_errors) == (2, 2, 1, 1)
    assert 300 <= counts.oldest_seconds < 310
    assert counts.heartbeat_seconds is not None
    assert 20 <= counts.heartbeat_seconds < 30
    cursor.execute("delete from task_instance; delete from job; delete from import_error")
    assert database.environment_counts("t1", 120) == EnvironmentCounts(0, 0, 0.0, 0, 0, None)
    cursor.execute("drop table task_instance")
    with pytest.raises(DatabaseAway):
        database.environment_counts("t1", 120)
    database.close()
    connection.close()


def test_a_server_that_takes_the_connection_and_says_nothing_is_away(monkeypatch):
    monkeypatch.setattr(database_patience, "ANSWER_SECONDS", 0.2)
    server = SmallPostmaster(encryption=None)
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", server.port, "postgres", "postgres", ""), 3)
    with pytest.raises(DatabaseAway, match="no answer"):
        database.running_by_worker()
    server.close()


def test_a_server_that_freezes_in_the_middle_of_a_connection_is_away_and_back_when_it_thaws(
    small_postgres, monkeypatch
):
    connection = small_postgres.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop table if exists task_instance")
    cursor.execute("create table task_instance (hostname text, state text)")
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""), 3)
    assert database.running_by_worker() == {}
    cursor.execute("select pid from pg_stat_activity where application_name = 'hangar-agent'")
    ((backend,),) = cursor.fetchall()
    os.kill(backend, signal.SIGSTOP)
    monkeypatch.setattr(database_patience, "ANSWER_SECONDS", 0.2)
    with pytest.raises(DatabaseAway, match="no answer"):
        database.running_by_worker()
    monkeypatch.undo()
    assert database.running_by_worker() == {}, "on a connection of its own"
    os.kill(backend, signal.SIGCONT)
    database.close()
    connection.close()
