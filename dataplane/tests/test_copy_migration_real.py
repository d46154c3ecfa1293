"""On real Airflow: a database of 2.11.2, or of 3.2.1, with rows becomes one of 3.3.1 that holds all but the canary."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from layer_files import find_image

pytestmark = [pytest.mark.process, pytest.mark.real]
TESTS = Path(__file__).resolve().parent
SOURCE = TESTS.parent / "src"
TO = "3.3.1"
BUNDLES = [
    {
        "name": "hangar-canary",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(SOURCE / "hangar_airflow" / "canary")},
    }
]


class Database:
    """A database with a login role of its own, as environments have them."""

    def __init__(self, server, folder, name):
        self.name = name
        self.key = Fernet.generate_key().decode()
        self._server = server
        self._folder = folder
        with contextlib.closing(server.connect()) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"create role {self.name} login password 'password'")
            connection.cursor().execute(f"create database {self.name} owner {self.name}")

    def rows(self, statement):
        with contextlib.closing(self._server.connect(self.name)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def airflow(self, image, *program, **more):
        """Run the image's Python on this database."""
        home = self._folder / f"home-{image.parent.name}"
        home.mkdir(exist_ok=True)
        (home / "airflow.cfg").touch()
        address = f"postgresql+psycopg2://{self.name}:password@127.0.0.1:{self._server.port}/{self.name}"
        environment = {
            "PATH": f"{image}:/usr/bin:/bin",
            "PYTHONPATH": str(SOURCE),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__FERNET_KEY": self.key,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
            **more,
        }
        done = subprocess.run(
            [image / "python", *program], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def migrate_copy(self, image):
        """Run the one-off task; return its exit code and log."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(SOURCE),
            "HANGAR_OPERATION_ID": "o1",
            "HANGAR_AIRFLOW_VERSION": TO,
            "HANGAR_IMAGE_BIN": str(image),
            "HANGAR_DATABASE_HOST": "127.0.0.1",
            "HANGAR_DATABASE_PORT": str(self._server.port),
            "HANGAR_METADATA_DATABASE": self.name,
            "HANGAR_METADATA_USER": self.name,
            "HANGAR_METADATA_PASSWORD": "password",
            "HANGAR_FERNET_KEY": self.key,
            "HANGAR_TASK_FOLDER": str(self._folder / "task"),
        }
        command = [sys.executable, "-P", "-m", "hangar_agent", "migrate-copy"]
        done = subprocess.run(command, env=environment, cwd=self._folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr


KEPT = {"dag_run": 81, "task_instance": 81, "task_instance_history": 5, "task_reschedule": 5, "connection": 2}
FROM_TWO = ("2.11.2", "rows_of_airflow_2.py", KEPT, {"held": [2, 0], "lost_callbacks": 1})
FROM_THREE = ("3.2.1", "rows_of_airflow_3.py", {**KEPT, "xcom": 81}, {"held": [2, 1], "lost_callbacks": 0})


@pytest.mark.parametrize(
    ("version", "script", "kept", "reported"), [FROM_TWO, FROM_THREE], ids=["from 2.11.2", "from 3.2.1"]
)
def test_everything_is_there_after_it_nothing_runs_and_the_canary_fires_once_more_through_its_own_queue(
    small_postgres, tmp_path, version, script, kept, reported
):
    old, new = find_image(version), find_image(TO)
    if old is None or new is None:
        pytest.skip(f"needs images of Airflow {version} and {TO}: HANGAR_TEST_IMAGES, or a region's images folder")
    database = Database(small_postgres, tmp_path, f"hangar_real_{version.replace('.', '_')}_{os.getpid()}")
    database.airflow(old, "-m", "airflow", "db", "migrate")
    database.airflow(old, TESTS / script)
    code, log = database.migrate_copy(new)
    assert code == 0, log[-3000:]

    ((outcome, detail),) = database.rows("select outcome, detail from hangar.migration")
    report = json.loads(detail)
    assert (outcome, report["secrets"]) == ("done", 3)
    assert reported.items() <= report.items()
    assert kept.items() <= report["rows"].items()
    assert database.rows("select dag_id from dag where is_paused order by 1") == [
        ("deferring",),
        ("every_minute",),
        ("resting",),
    ]
    unfinished = "select dag_id, state from task_instance where state <> 'success' order by 1"
    assert database.rows(unfinished) == [("deferring", "deferred"), ("every_minute", "scheduled")]

    # what the dag-processor does when it parses the canary, and what the scheduler asks before it makes a run
    database.airflow(
        new,
        *("-m", "airflow", "dags", "reserialize"),
        AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST=json.dumps(BUNDLES),
        HANGAR_CANARY_QUEUE_NAME="canary-queue",
    )
    due = (
        "select dag_id from dag where not is_paused and not is_stale and not has_import_errors"
        " and not exceeds_max_non_backfill and next_dagrun_create_after <= now()"
    )
    assert database.rows(due) == [("_hangar_canary",)]
    ((serialized,),) = database.rows("select data::text from serialized_dag where dag_id = '_hangar_canary'")
    assert '"queue": "canary-queue"' in serialized

    again, said = database.migrate_copy(new)
    assert (again, "migrated already" in said) == (0, True)
