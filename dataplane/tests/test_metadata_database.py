"""The canary can be run again in the tables of both major versions of Airflow."""

import pytest

from hangar_agent.metadata_database import MetadataDatabase
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
