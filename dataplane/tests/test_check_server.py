"""Whatever a DAG file does when it is imported, it does to its own check only; what is found is what Airflow finds.

With a real Airflow: HANGAR_TEST_AIRFLOW=/image/bin/python pytest tests/test_check_server.py
"""

import itertools
import os
import re
import shutil
import socket
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
from small_airflow import PYTHONS, SmallAirflow

from hangar_agent.dag_check_knowledge import Tree
from hangar_agent.dag_check_run import DagChecks, read_reply

pytestmark = [pytest.mark.process, pytest.mark.real]
numbers = itertools.count()


@pytest.fixture(scope="module", params=PYTHONS or [None], ids=str)
def airflow(request, small_postgres):
    if request.param is None:
        pytest.skip("HANGAR_TEST_AIRFLOW names no Python with Airflow")
    folder = Path(tempfile.mkdtemp(prefix="hangar-small-airflow-"))
    server = SmallAirflow(request.param, small_postgres, folder, f"airflow_{next(numbers)}")
    server.airflow("variables", "set", "present", "here")
    server.airflow("variables", "set", "my_password", "hunter2hunter2")
    server.airflow("connections", "add", "present", "--conn-uri", "http://user:pass@host/")
    yield server
    server.close()
    shutil.rmtree(folder)


@pytest.fixture
def check(airflow, tmp_path):
    head = "from airflow.models import DAG, Variable\nfrom airflow.hooks.base import BaseHook\n"
    if airflow.version.startswith("3"):
        head = "from airflow.sdk import DAG, BaseHook, Variable\n"

    def write_and_import(text, path="team/a.py", **others):
        for name, content in {path: head + text, **others}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return read_reply(airflow.ask(ask="import", root=str(tmp_path), path=path), tmp_path, path)

    return write_and_import


GOOD = 'dag = DAG("good", schedule=None)\n'


def test_a_good_file_has_its_dags_and_exactly_the_files_it_opened(check):
    found = check(
        GOOD + "import lib.deep\nopen(__file__.replace('a.py', 'x.yaml')).read()\nprint('secret')\n",
        **{"lib/__init__.py": "", "lib/deep.py": "", "lib/other.py": "", "team/x.yaml": "a: 1"},
    )
    assert (found.dag_ids, found.failure) == (("good",), None)
    assert found.opened == {"team/a.py", "lib/__init__.py", "lib/deep.py", "team/x.yaml"}
    assert "lib.deep" in found.sought


def test_a_folder_that_a_file_lists_is_told_and_the_import_systems_own_look_is_not(check):
    text = "import lib.deep, glob, os\nfrom pathlib import Path\nhere = Path(__file__).parent\n"
    asks = "glob.glob(f'{here}/data/*.csv'); list((here / 'sql').iterdir()); list((here / 'gone').glob('*'))\n"
    found = check(
        text + asks + GOOD,
        **{"lib/__init__.py": "", "lib/deep.py": "", "team/data/x.csv": "1", "team/sql/x.sql": "1"},
    )
    assert found.failure is None
    assert {"team/data", "team/sql"} <= found.listed <= {"team/data", "team/sql", "team/gone"}


CYCLE = """from airflow.providers.standard.operators.empty import EmptyOperator
with DAG("c", schedule=None):
    a, b = EmptyOperator(task_id="a"), EmptyOperator(task_id="b")
    a >> b >> a
"""


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("x = 1 / 0\n", "ZeroDivisionError", 3),
        ("def f(:\n", "SyntaxError", 3),
        ("import no_such_module\n", "No module named 'no_such_module'", 3),
        ("import sys; sys.exit('bye')\n", "SystemExit", 3),
        ("x = bytearray(2 << 30)\n", "MemoryError", 3),
        ("while True: pass\n", "(?i)timeout", 3),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt", 3),
        ("import os; os._exit(3)\n", "exit code 3", None),
        ("import os; os.abort()\n", "SIGABRT", None),
        ("import os; os.kill(os.getppid(), 9)\n", "", None),
        (CYCLE, "Cycle", None),
    ],
)
def test_a_bad_file_harms_only_its_own_check_and_its_fault_is_said(airflow, check, text, said, line):
    if "providers.standard" in text and airflow.version.startswith("2"):
        text = text.replace("airflow.providers.standard.operators.empty", "airflow.operators.empty")
    if airflow.version.startswith("3"):
        line = line and line - 1
    began = time.monotonic()
    if "getppid" in text:
        assert airflow.ask  # what imports it dies: there is no answer, and the agent says so
        root = Path(tempfile.mkdtemp())
        (root / "a.py").write_text(f"# airflow DAG\n{text}")
        assert airflow.ask(ask="import", root=str(root), path="a.py") is None
        shutil.rmtree(root)
    else:
        failure = check(text).failure
        assert failure is not None
        assert re.search(said, failure.message + failure.traceback), failure
        assert failure.line == line
    assert time.monotonic() - began < 20
    assert check(GOOD, "b.py").dag_ids == ("good",)


def test_a_loop_that_swallows_its_time_out_is_ended(check):
    failure = check("import time\nwhile True:\n  try:\n    time.sleep(1)\n  except BaseException: pass\n").failure
    assert failure is not None
    assert "did not end within 12 s" in failure.message


def test_nothing_that_a_file_starts_outlives_its_check(airflow, check, tmp_path):
    text = (
        f"import os, subprocess, sys, time\nos.chdir({str(tmp_path)!r})\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    time.sleep(600)\n  os._exit(0)\n"
    )
    assert check(text + GOOD).dag_ids == ("good",)
    deadline = time.monotonic() + 5
    while processes_below(airflow.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert running_in(tmp_path) == []


def processes_below(parent):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if entry.name.isdigit() and int(fields[1]) == parent:
            found.append(int(entry.name))
    return found


def running_in(folder):
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_a_broken_helper_is_named_as_the_culprit_and_the_line_is_the_dag_files(airflow, check):
    failure = check("import helper\n" + GOOD, **{"helper.py": "x = undefined\n"}).failure
    assert failure is not None
    assert (failure.message, failure.culprit) == ("NameError: name 'undefined' is not defined", "helper.py")
    assert failure.line == (2 if airflow.version.startswith("3") else 3)


def test_variables_and_connections_are_read_as_the_dag_processor_reads_them(check):
    text = "assert Variable.get('present') == 'here'\nassert BaseHook.get_connection('present').host == 'host'\n"
    assert check(text + GOOD).failure is None


WRAPPED = "try:\n  Variable.get('absent')\nexcept Exception as error:\n  raise RuntimeError('config') from error\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Variable.get('absent')\n", "Variable absent"),
        ("BaseHook.get_connection('absent')\n", "Connection absent"),
        (WRAPPED, "Variable absent"),
    ],
)
def test_a_missing_one_is_told_as_missing(check, text, missing):
    failure = check(text + GOOD).failure
    assert failure is not None
    assert failure.missing == missing


def test_nothing_is_written_by_a_check_and_a_file_that_writes_is_not_blamed(airflow, check):
    found = check("Variable.set('written', '1')\n" + GOOD)
    assert found.works or not found.broken
    assert "written" not in airflow.airflow("variables", "list", "-o", "plain")


def test_a_secret_variable_in_an_error_is_blotted_out(check):
    failure = check("raise ValueError(Variable.get('my_password'))\n").failure
    assert failure is not None
    assert "hunter2" not in failure.message + failure.traceback


def test_airflows_own_rules_say_which_files_are_dag_files(airflow, tmp_path):
    for path in ("a.py", "ignored/b.py", "sub/c.py", "sub/skip_me.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("from airflow import DAG\n")
    (tmp_path / "plain.py").write_text("x = 1\n")
    (tmp_path / ".airflowignore").write_text("ignored\n")
    (tmp_path / "sub" / ".airflowignore").write_text("skip_me.py\n")
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("d.py", "from airflow import DAG\n")
    files = airflow.ask(ask="list", root=str(tmp_path))["files"]
    assert files == ["a.py", "pack.zip", "sub/c.py"]


def test_an_archive_is_imported_and_its_fault_told(airflow, tmp_path):
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("d.py", "from airflow import DAG\nx = 1 / 0\n")
    found = read_reply(airflow.ask(ask="import", root=str(tmp_path), path="pack.zip"), tmp_path, "pack.zip")
    assert found.failure is not None
    assert "ZeroDivisionError" in found.failure.message
    assert "pack.zip" in found.opened


def test_hanging_up_ends_the_import(airflow, check, tmp_path):
    (tmp_path / "a.py").write_text("# airflow DAG\nimport time; time.sleep(600)\n")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(airflow.socket))
        connection.sendall(b'{"ask": "import", "root": "%s", "path": "a.py", "seconds": 30}\n' % os.fsencode(tmp_path))
        time.sleep(0.5)
    began = time.monotonic()
    assert check(GOOD, "b.py").dag_ids == ("good",)
    assert time.monotonic() - began < 5


def test_a_survey_of_files_that_exit_loop_or_allocate_ends_and_knows_every_one(airflow, tmp_path):
    root, head = tmp_path / "r1", "# airflow DAG\n"
    good = ("from airflow.sdk import DAG\n" if airflow.version.startswith("3") else "from airflow import DAG\n") + GOOD
    files = {
        "exits.py": head + "import os; os._exit(3)\n",
        "loops.py": head + "while True: pass\n",
        "eats.py": head + "x = bytearray(2 << 30)\n",
        "good.py": good + "#" * 500,
    }
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)

    class Link:
        def ask(self, request, _superseded, *, patient=True):  # noqa: ARG002
            asked = {"ask": "import" if request.path else "list", "root": str(request.root), "path": request.path}
            return airflow.ask(**asked, seconds=request.seconds, nice=request.niceness)

    checks = DagChecks(Link(), tmp_path / "trials", lambda: False)
    tree = Tree({name: str(number) for number, name in enumerate(files)})
    surveyed = 0
    while checks.survey((tree, root)):
        surveyed += 1
        assert surveyed <= len(files)
    assert surveyed == len(files)
    assert {name: found.works for name in files if (found := checks.known(name, tree))} == {
        name: name == "good.py" for name in files
    }
