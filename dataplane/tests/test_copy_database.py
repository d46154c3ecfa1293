"""A sealed database is copied whole by a role that can do nothing else, once, and what goes wrong is said plainly."""

import contextlib

import pytest
from psycopg2 import OperationalError
from small_schema import SmallSchema

from hangar_agent.copy_database import copy_database, read_copy_settings
from hangar_agent.variable_reader import SettingsError

ENVIRONMENT = {
    "HANGAR_COPY_SOURCE": "hangar_e7",
    "HANGAR_COPY_TARGET": "hangar_e7_g5",
    "HANGAR_COPY_USER": "hangar_e7_g5_copier",
    "HANGAR_COPY_PASSWORD": "copier-secret",
    "HANGAR_DATABASE_HOST": "127.0.0.1",
}


@pytest.fixture
def server(small_postgres):
    connection = small_postgres.connect()
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


@pytest.fixture
def source(small_postgres, server):
    source = SmallSchema(small_postgres, 3)
    server.execute(f"create role {source.name}_copier login createdb")
    server.execute(f"alter database {source.name} with allow_connections false is_template true")
    source.target = f"{source.name}_copy"
    yield source
    server.execute(f"alter database {source.name} with allow_connections true is_template false")
    server.execute(f"drop database if exists {source.target}")
    server.execute(f"drop role {source.name}_copier")
    source.close()


def settings(source):
    return read_copy_settings(
        {
            **ENVIRONMENT,
            "HANGAR_DATABASE_PORT": str(source.port),
            "HANGAR_COPY_SOURCE": source.name,
            "HANGAR_COPY_TARGET": source.target,
            "HANGAR_COPY_USER": f"{source.name}_copier",
        }
    )


def test_a_sealed_database_is_copied_once_and_found_there_from_then_on(source, server, small_postgres):
    log = []
    assert copy_database(settings(source), log.append) == 0
    server.execute("select oid from pg_database where datname = %s", [source.target])
    made = server.fetchall()
    assert copy_database(settings(source), log.append) == 0
    server.execute("select oid from pg_database where datname = %s", [source.target])
    assert server.fetchall() == made
    server.execute(f"alter database {source.target} with allow_connections true")
    with contextlib.closing(small_postgres.connect(source.target)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from dag_run")
        assert cursor.fetchone() == (3,)


def test_nobody_comes_into_a_copy_before_it_is_handed_over(source, small_postgres):
    assert copy_database(settings(source), [].append) == 0
    with pytest.raises(OperationalError, match="not currently accepting connections"):
        small_postgres.connect(source.target)


def test_what_is_not_sealed_is_not_the_copiers_to_copy_and_the_servers_words_are_told(source, server):
    server.execute(f"alter database {source.name} with is_template false")
    log = []
    assert copy_database(settings(source), log.append) == 1
    assert f"permission denied to copy database {source.name!r}".replace("'", '"') in log[0]
    server.execute("select 1 from pg_database where datname = %s", [source.target])
    assert server.fetchall() == []


def test_while_somebody_is_connected_nothing_is_copied(source, server, small_postgres):
    server.execute(f"alter database {source.name} with allow_connections true")
    guest = small_postgres.connect(source.name)
    log = []
    assert copy_database(settings(source), log.append) == 1
    assert "is being accessed by other users" in log[0]
    guest.close()


def test_a_server_that_is_away_is_told_in_words_without_the_password(unused_port):
    log = []
    given = read_copy_settings({**ENVIRONMENT, "HANGAR_DATABASE_PORT": str(unused_port)})
    assert copy_database(given, log.append) == 1
    assert "could not be copied" in log[0]
    assert "copier-secret" not in log[0] + repr(given)


@pytest.mark.parametrize("name", ["postgres", "hangar_", "hangar_E7", 'hangar_e7"; drop', "hangar_" + "a" * 57, ""])
@pytest.mark.parametrize("variable", ["HANGAR_COPY_SOURCE", "HANGAR_COPY_TARGET"])
def test_only_databases_of_hangar_are_named(name, variable):
    with pytest.raises(SettingsError, match=variable):
        read_copy_settings({**ENVIRONMENT, variable: name})
