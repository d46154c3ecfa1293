"""A copy is migrated once: what is lost, closed or refused is written down, and a cut-off migration never goes on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from small_schema import TO_3, SmallSchema

from hangar_agent.copy_migration import migrate_copy
from hangar_agent.copy_record import LOCK
from hangar_agent.layer_process import Ended
from hangar_agent.migration_settings import read_copy_migration_settings
from hangar_agent.variable_reader import SettingsError

SOURCE = Path(__file__).resolve().parent.parent / "src"
KEY = Fernet.generate_key().decode()
PASSWORD = "metadata/secret"


@pytest.fixture
def copy(small_postgres):
    copy = SmallSchema(small_postgres, 2)
    token = Fernet(KEY).encrypt(b"x").decode()
    copy.do(f"insert into variable (key, val, is_encrypted) values ('v', '{token}', true)")  # noqa: S608
    yield copy
    copy.close()


def environment_of(copy, folder, **more):
    return {
        "HANGAR_OPERATION_ID": "o1",
        "HANGAR_AIRFLOW_VERSION": "3.3.1",
        "HANGAR_IMAGE_BIN": str(folder),
        "HANGAR_DATABASE_HOST": "127.0.0.1",
        "HANGAR_DATABASE_PORT": str(copy.port),
        "HANGAR_METADATA_DATABASE": copy.name,
        "HANGAR_METADATA_USER": copy.name,
        "HANGAR_METADATA_PASSWORD": PASSWORD,
        "HANGAR_FERNET_KEY": KEY,
        "HANGAR_TASK_FOLDER": str(folder),
        **more,
    }


class Airflow:
    """`airflow db migrate`, by hand: does something to the copy, and says something."""

    def __init__(self, copy, statements=TO_3, code=0, output=""):
        self._copy = copy
        self._statements = statements
        self._ended = Ended(code, output)
        self.runs = 0
        self.environment = {}

    def __call__(self, _command, environment, _folder, _seconds, _guard, **_options):
        self.runs += 1
        self.environment = environment
        if self._statements:
            self._copy.do(self._statements)
        return self._ended


def migrate(copy, folder, airflow, **more):
    log = []
    settings = read_copy_migration_settings(environment_of(copy, folder, **more), folder)
    return migrate_copy(settings, log.append, airflow), log


def record(copy):
    rows = copy.rows("select operation_id, ended_at >= began_at, outcome, detail from hangar.migration")
    assert len(rows) == 1
    return rows[0]


def held(copy):
    return copy.rows("select to_regclass('hangar.held_dag') is not null")[0][0]


def test_a_migration_that_goes_well_is_held_and_done_at_one_moment_with_what_it_found(copy, tmp_path):
    airflow = Airflow(copy)
    assert migrate(copy, tmp_path, airflow)[0] == 0
    operation, ordered, outcome, detail = record(copy)
    assert (operation, ordered, outcome, held(copy)) == ("o1", True, "done", True)
    report = json.loads(detail)
    assert (report["head"], report["secrets"], report["held"], report["lost_callbacks"]) == (["2", "3"], 1, [1, 0], 1)
    assert report["rows"]["dag_run"] == 3
    assert airflow.environment["PGOPTIONS"] == "-c client_connection_check_interval=2000"


def test_what_is_done_is_not_done_again_and_the_next_operation_begins_anew(copy, tmp_path):
    migrate(copy, tmp_path, Airflow(copy))
    again = Airflow(copy)
    assert (migrate(copy, tmp_path, again)[0], again.runs) == (0, 0)
    copy.do("drop table hangar.held_dag, hangar.held_callback")
    other = Airflow(copy, statements="")
    assert (migrate(copy, tmp_path, other, HANGAR_OPERATION_ID="o2")[0], other.runs) == (0, 1)
    assert record(copy)[0] == "o2"


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ("delete from dag_run where run_id = 'r2'", "table dag_run had 3 rows before the migration and has 2"),
        ("drop table task_instance", "table task_instance is gone, which had 3 rows"),
        ("update variable set val = 'gAAAAA=='", "the Fernet key does not open variable v"),
    ],
)
def test_a_migration_that_loses_something_fails_by_name_and_leaves_no_hold(copy, tmp_path, statements, reason):
    assert migrate(copy, tmp_path, Airflow(copy, TO_3 + statements))[0] == 1
    _, ended, outcome, detail = record(copy)
    assert (ended, outcome, held(copy)) == (True, "failed", False)
    assert reason in detail


def test_a_migration_that_airflow_gives_up_is_told_with_its_last_words_bounded_and_without_secrets(copy, tmp_path):
    said = "x" * 5000 + f"\nno connection to postgresql://u:{PASSWORD}@h/d with {PASSWORD}\nboom\n"
    assert migrate(copy, tmp_path, Airflow(copy, "", 3, said))[0] == 1
    detail = record(copy)[3]
    assert detail.startswith("airflow db migrate ended with exit code 3. It said last: x")
    assert detail.endswith("boom")
    assert len(detail) < 2100
    assert PASSWORD not in detail


def test_a_key_that_opens_nothing_is_noticed_before_anything_is_touched(copy, tmp_path):
    airflow, before = Airflow(copy), copy.everything()
    assert migrate(copy, tmp_path, airflow, HANGAR_FERNET_KEY=Fernet.generate_key().decode())[0] == 1
    assert (airflow.runs, copy.everything()) == (0, before)
    assert "opens none of the 1 encrypted values" in record(copy)[3]


def test_a_value_that_was_closed_before_does_not_stand_in_the_way(copy, tmp_path):
    copy.do("insert into variable (key, val, is_encrypted) values ('old', 'gAAAAA==', true)")
    assert migrate(copy, tmp_path, Airflow(copy))[0] == 0


@pytest.mark.parametrize("ending", ["cut off", "failed"])
def test_a_migration_that_did_not_end_well_is_never_begun_again(copy, tmp_path, ending):
    migrate(copy, tmp_path, Airflow(copy, "", 3))
    if ending == "cut off":
        copy.do("update hangar.migration set ended_at = null, outcome = null")
    before, said = copy.everything(), record(copy)
    for operation in ("o1", "o2"):
        airflow = Airflow(copy)
        code, log = migrate(copy, tmp_path, airflow, HANGAR_OPERATION_ID=operation)
        assert (code, airflow.runs) == (1, 0)
        assert "has begun before" in log[0]
    assert (copy.everything(), record(copy)) == (before, said)


def test_of_two_at_once_one_begins(copy, tmp_path):
    with contextlib.closing(copy.connect()) as other:
        other.cursor().execute("select pg_advisory_lock(%s)", [LOCK])
        airflow = Airflow(copy)
        code, log = migrate(copy, tmp_path, airflow)
        assert (code, airflow.runs) == (1, 0)
        assert "another task migrates this copy" in log[0]
        assert copy.rows("select to_regclass('hangar.migration')") == [(None,)]


def test_while_airflow_migrates_nothing_of_this_task_stands_in_its_way(copy, tmp_path):
    class Impatient(Airflow):
        def __call__(self, *arguments, **options):
            copy.do("set lock_timeout = '1s'; lock table dag, dag_run, variable in access exclusive mode")
            return super().__call__(*arguments, **options)

    assert migrate(copy, tmp_path, Impatient(copy))[0] == 0


def test_where_the_server_ends_the_task_s_own_connection_the_failure_is_still_written(copy, small_postgres, tmp_path):
    class Interrupted(Airflow):
        def __call__(self, *arguments, **options):
            with contextlib.closing(small_postgres.connect()) as administrator:
                administrator.cursor().execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [copy.name]
                )
            return super().__call__(*arguments, **options)

    assert migrate(copy, tmp_path, Interrupted(copy))[0] == 1
    assert record(copy)[2] == "failed"


@pytest.mark.parametrize("name", ["HANGAR_OPERATION_ID", "HANGAR_FERNET_KEY", "HANGAR_METADATA_PASSWORD"])
def test_what_is_missing_is_named(copy, tmp_path, name):
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        read_copy_migration_settings(environment_of(copy, tmp_path, **{name: ""}), tmp_path)


@pytest.mark.process
def test_killed_in_the_middle_it_leaves_a_beginning_and_no_process_and_does_not_begin_again(copy, tmp_path):
    image = tmp_path / "python"
    image.write_text(
        f"#!{sys.executable}\nimport os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    image.chmod(0o755)
    environment = environment_of(copy, tmp_path, PYTHONPATH=str(SOURCE))
    command = [sys.executable, "-m", "hangar_agent", "migrate-copy"]
    pid_file = tmp_path / "airflow" / "pid"
    task = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(task.pid, signal.SIGKILL)
    task.wait()
    child = int(pid_file.read_text())
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert record(copy)[1:] == (None, None, None)
    again = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "has begun before" in again.stderr or "another task migrates" in again.stderr
