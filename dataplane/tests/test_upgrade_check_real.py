"""On real Airflow 3: what a release that runs on 2 comes to, without a database and with a migrated copy at hand."""

import contextlib
import os
import subprocess

import pytest
from cryptography.fernet import Fernet
from layer_files import SOURCE, find_image
from test_upgrade_check import Checker

pytestmark = [pytest.mark.process, pytest.mark.real]
VERSION = "3.3.1"
DAGS = {
    "good.py": "from airflow.sdk import DAG\nwith DAG('good', schedule=None):\n    pass\n",
    "old.py": "from airflow import DAG\nfrom airflow.utils.dates import days_ago\n"
    "dag = DAG('old', schedule_interval=None, start_date=days_ago(1))\n",
    "asks.py": "from airflow.sdk import DAG, Variable\ndag = DAG(Variable.get('name_of_dag'), schedule=None)\n",
    "ends.py": "import os\n# airflow DAG\nos._exit(3)\n",
}


@pytest.fixture
def checker(small_s3, tmp_path):
    image = find_image(VERSION)
    if image is None:
        pytest.skip("no image of 3.3.1: HANGAR_TEST_IMAGES names a folder with one")
    return Checker(small_s3, tmp_path, image)


def test_each_file_is_judged_by_itself_and_lines_that_3_has_removed_are_named(checker):
    found = checker.check(DAGS, seconds=600)
    files = found["files"]
    assert files["good.py"] == {"dagIds": ["good"], "error": None}
    assert files["old.py"]["error"]["line"] == 2
    assert "days_ago" in files["old.py"]["error"]["message"] or "dates" in files["old.py"]["error"]["message"]
    assert files["asks.py"]["error"]["missing"] == "Variable name_of_dag"
    assert "exit code 3" in files["ends.py"]["error"]["message"]
    assert [(each["file"], each["line"], each["rule"]) for each in found["rules"] if each["rule"] == "AIR301"] == [
        ("old.py", 3, "AIR301"),
        ("old.py", 3, "AIR301"),
    ]


def test_with_a_migrated_copy_variables_are_there_and_dags_in_use_are_listed(checker, small_postgres, tmp_path):
    name, key = f"hangar_check_{os.getpid()}", Fernet.generate_key().decode()
    with contextlib.closing(small_postgres.connect()) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"create role {name} login password 'password'")
        connection.cursor().execute(f"create database {name} owner {name}")
    image = find_image(VERSION)
    home = tmp_path / "airflow"
    home.mkdir()
    (home / "airflow.cfg").touch()
    environment = {
        "PATH": f"{image}:/usr/bin:/bin",
        "PYTHONPATH": str(SOURCE),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__FERNET_KEY": key,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": (
            f"postgresql+psycopg2://{name}:password@127.0.0.1:{small_postgres.port}/{name}"
        ),
    }
    for program in (["db", "migrate"], ["variables", "set", "name_of_dag", "sales"]):
        command = [image / "python", "-m", "airflow", *program]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    checker.environment |= {
        "HANGAR_DATABASE_HOST": "127.0.0.1",
        "HANGAR_DATABASE_PORT": str(small_postgres.port),
        "HANGAR_METADATA_DATABASE": name,
        "HANGAR_METADATA_USER": name,
        "HANGAR_METADATA_PASSWORD": "password",
        "HANGAR_FERNET_KEY": key,
    }
    found = checker.check({"asks.py": DAGS["asks.py"]}, seconds=600)
    assert found["files"] == {"asks.py": {"dagIds": ["sales"], "error": None}}
    assert (found["activeDags"], found["migration"]) == ({}, None)
