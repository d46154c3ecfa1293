"""On real Airflow: the whole schema of both major versions, as `airflow db migrate` makes it, comes into a copy."""

import contextlib
import subprocess

import pytest
from layer_files import find_image

from hangar_agent.copy_database import read_copy_settings
from hangar_agent.copy_online import copy_online
from hangar_agent.database_schema import read_schema

pytestmark = [pytest.mark.process, pytest.mark.real, pytest.mark.usefixtures("no_wait_callback")]


@pytest.mark.parametrize("version", ["3.3.1", "2.11.2"])
def test_a_copy_of_a_database_in_use_has_every_table_index_and_row_of_it(version, small_postgres, tmp_path):
    image = find_image(version)
    if image is None:
        pytest.skip(f"needs an image of Airflow {version}: HANGAR_TEST_IMAGES, or a region's images folder")
    source = f"hangar_online_{version.replace('.', '_')}"
    target = f"{source}_copy"
    with contextlib.closing(small_postgres.connect()) as server:
        server.autocommit = True
        for name in (source, target):
            server.cursor().execute(f"create role {name} login password 'password'")
            server.cursor().execute(f"create database {name} owner {name}")
        server.cursor().execute(f"grant pg_read_all_data to {target}")
    (tmp_path / "airflow.cfg").touch()
    environment = {
        "PATH": f"{image}:/usr/bin:/bin",
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": (
            f"postgresql+psycopg2://{source}:password@127.0.0.1:{small_postgres.port}/{source}"
        ),
    }
    command = [image / "python", "-m", "airflow", "db", "migrate"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]

    log = []
    settings = read_copy_settings(
        {
            "HANGAR_COPY_SOURCE": source,
            "HANGAR_COPY_TARGET": target,
            "HANGAR_COPY_USER": target,
            "HANGAR_COPY_PASSWORD": "password",
            "HANGAR_DATABASE_HOST": "127.0.0.1",
            "HANGAR_DATABASE_PORT": str(small_postgres.port),
        }
    )
    with contextlib.closing(small_postgres.connect(source)) as in_use, in_use.cursor() as cursor:
        cursor.execute("select * from public.connection")
        assert copy_online(settings, log.append) == 0, log
    schemas, rows = [], []
    for name in (source, target):
        with contextlib.closing(small_postgres.connect(name)) as connection, connection.cursor() as cursor:
            schemas.append(read_schema(cursor))
            counts = []
            for table in schemas[-1].tables:
                digest = "md5(string_agg(t::text, ',' order by t::text))"
                cursor.execute(f"select count(*), {digest} from {table.name} t")  # noqa: S608 - quoted by the server
                counts.append((table.name, *cursor.fetchone()))
            rows.append(counts)
    assert schemas[0] == schemas[1]
    assert rows[0] == rows[1]
    assert len(schemas[0].tables) > 30
    assert sum(count for _, count, _ in rows[0]) > 0
