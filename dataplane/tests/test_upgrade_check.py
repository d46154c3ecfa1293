"""An upgrade check says what another Airflow makes of a release: run as its task is, on an image in small."""

import hashlib
import json
import subprocess
import sys

import pytest
from layer_files import PREFIX, Builder, make_wheel, make_zip
from small_image import make_image

pytestmark = pytest.mark.process
CHECK = "c" * 26
RELEASE = "r7-0a1b2c3d"
OFFLINE = "--no-index\n--find-links /usr/local/airflow/plugins\n"
AIRFLOW = {
    "airflow/settings.py": "DAGS_FOLDER = ''\n",
    "airflow/configuration.py": "class conf:\n    getfloat = staticmethod(lambda *names: 20.0)\n",
    "airflow/utils/__init__.py": "",
    "airflow/utils/file.py": """
import pathlib
def list_py_file_paths(folder):
    return [str(each) for each in pathlib.Path(folder).rglob("*.py") if "dag" in each.read_text()]
""",
    "airflow/dag_processing/__init__.py": "",
    "airflow/dag_processing/processor.py": """
import runpy, traceback, types
class DagFileParseRequest:
    model_fields = {"file": None, "bundle_path": None}
    def __init__(self, **fields):
        self.__dict__.update(fields)
def _parse_file(request, log):
    try:
        names = runpy.run_path(request.file)
    except Exception:
        return types.SimpleNamespace(serialized_dags=[], import_errors={request.file: traceback.format_exc()})
    dags = [types.SimpleNamespace(dag_id=each) for each in names.get("dags", [])]
    return types.SimpleNamespace(serialized_dags=dags, import_errors={})
""",
    "structlog.py": "def get_logger(**names):\n    return None\n",
    "sqlalchemy/orm.py": "def configure_mappers():\n    pass\n",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Return an image whose Airflow takes the list `dags` of a file for its DAGs."""
    image_bin = make_image(tmp_path_factory.mktemp("image"))
    site = next((image_bin.parent / "lib").glob("python*/site-packages"))
    for name, text in AIRFLOW.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    return image_bin


class Checker(Builder):
    """Runs `hangar-agent check-upgrade` as its task does, over a small S3."""

    def ask(self, dags, *, from_version="2.11.2", version="3.3.1", seconds=60, **files):
        """Put release and request; `dags`: text by path, or None for no release; `files` as the builder takes them."""
        self.offer(**files)
        recipe = next(json.loads(body) for key, body in self.s3.objects.items() if key.endswith("recipe.json"))
        request = {
            "schema": 1,
            "id": CHECK,
            "fromVersion": from_version,
            "airflowVersion": version,
            "image": recipe["image"],
            "importSeconds": seconds,
            "release": dags and {"id": RELEASE, "manifest": f"releases/{RELEASE}.json"},
            **{part: recipe[part] for part in ("requirements", "plugins", "startup")},
        }
        listed = [self._blob(path, text.encode()) for path, text in (dags or {}).items()]
        manifest = {"id": RELEASE, "number": 7, "files": listed}
        self.s3.objects[f"{PREFIX}/releases/{RELEASE}.json"] = json.dumps(manifest).encode()
        self.s3.objects[f"{PREFIX}/upgrade-checks/{CHECK}/request.json"] = json.dumps(request).encode()

    def run(self):
        """Return the exit code of one task."""
        for each in ("home", "task"):
            (self.folder / each).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hangar_agent", "check-upgrade"],
            env={**self.environment, "HANGAR_CHECK_ID": CHECK},
            cwd=self.folder / "task",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.log = done.stdout + done.stderr
        return done.returncode

    def check(self, dags, **more):
        """Ask and run; return the result."""
        self.ask(dags, **more)
        assert self.run() == 0, self.log
        assert not (self.folder / "task" / "upgrade-check").exists()
        return json.loads(self.s3.objects[f"{PREFIX}/upgrade-checks/{CHECK}/result.json"])

    def _blob(self, path, body):
        sha256 = hashlib.sha256(body).hexdigest()
        self.s3.objects[f"{PREFIX}/blobs/{sha256}"] = body
        return {"path": path, "size": len(body), "sha256": sha256, "versionId": "v"}


@pytest.fixture
def checker(small_s3, tmp_path, image):
    constraints = image.parent.parent / "constraints.txt"
    variables = {"HANGAR_IMAGE_CONSTRAINTS": str(constraints), "UV_CACHE_DIR": str(tmp_path / "cache")}
    return Checker(small_s3, tmp_path, image, **variables)


def test_dags_are_found_by_importing_each_file_with_what_the_target_installs(checker):
    wheel = dict([make_wheel("acme-tools")])
    dags = {
        "a.py": "import acme_tools, helpers.h\ndags = ['a', acme_tools.VERSION]\n",
        "helpers/h.py": "X = 1\n",
        "team/b.py": "dags = ['b']\n",
    }
    found = checker.check(dags, plugins=make_zip(wheel), requirements=f"{OFFLINE}acme-tools\n")
    assert found["packages"] == ["acme-tools==1.0"]
    assert found["files"] == {
        "a.py": {"dagIds": ["1.0", "a"], "error": None},
        "team/b.py": {"dagIds": ["b"], "error": None},
    }
    assert (found["failed"], found["importsProblem"], found["activeDags"], found["complete"]) == (
        None,
        None,
        None,
        True,
    )
    assert set(found["seconds"]) == {"packages", "rules", "imports"}


def test_an_error_is_told_with_file_and_line_and_without_this_tasks_folders(checker):
    found = checker.check({"a.py": "dags = []\nimport no_such_module\n", "b.py": "dags = ['b']\n"})
    error = found["files"]["a.py"]["error"]
    assert (error["message"], error["line"]) == ("ModuleNotFoundError: No module named 'no_such_module'", 2)
    assert str(checker.folder) not in json.dumps(found)
    assert found["files"]["b.py"] == {"dagIds": ["b"], "error": None}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import os; os._exit(3)", "with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import sys; sys.exit('enough')", "SystemExit: enough"),
    ],
)
def test_a_file_that_ends_its_interpreter_harms_only_itself(checker, statement, said):
    found = checker.check({"a.py": f"dags = []\n{statement}\n", "b.py": "dags = ['b']\n"})
    assert said in found["files"]["a.py"]["error"]["message"]
    assert found["files"]["b.py"] == {"dagIds": ["b"], "error": None}


def test_a_file_that_never_returns_takes_the_time_there_is_and_the_check_ends_well(checker):
    loop = "dags = []\nwhile True: pass\n"
    found = checker.check({"a.py": "dags = ['a']\n", "b.py": loop, "c.py": "dags = ['c']\n"}, seconds=8)
    assert found["files"] == {"a.py": {"dagIds": ["a"], "error": None}, "b.py": None, "c.py": None}


def test_packages_that_do_not_fit_are_a_finding_in_the_resolvers_words_and_nothing_is_imported(checker):
    plugins = make_zip(dict([make_wheel("wants-old-celery", requires=["celery<5.5"])]))
    found = checker.check({"a.py": "dags = ['a']\n"}, plugins=plugins, requirements=f"{OFFLINE}wants-old-celery\n")
    assert found["failed"]["part"] == "requirements"
    assert "celery<5.5" in found["failed"]["message"]
    assert (found["packages"], found["files"]) == (None, None)
    assert found["rules"] == []


def test_what_three_has_removed_is_told_by_line_and_only_on_the_way_there(checker):
    dag = "from airflow.utils.dates import days_ago\ndag = days_ago(1)\n"
    own = "[lint.per-file-ignores]\n'*' = ['AIR301']\n"
    dags = {"a.py": dag, ".ignore": "*\n", "ruff.toml": own, "venv/b.py": dag}
    rules = checker.check(dags)["rules"]
    assert [(each["file"], each["line"], each["rule"]) for each in rules] == [
        ("a.py", 2, "AIR301"),
        ("venv/b.py", 2, "AIR301"),
    ]
    assert "days_ago" in rules[0]["message"]
    within = checker.check(dags, from_version="3.2.1")
    assert within["rules"] is None


def test_what_the_startup_script_exports_is_there_when_files_are_imported(checker):
    dags = {"a.py": "import os\ndags = [os.environ['TEAM']]\n"}
    assert checker.check(dags, startup="export TEAM=blue\n")["files"]["a.py"]["dagIds"] == ["blue"]


def test_an_environment_without_a_release_has_nothing_to_import(checker):
    found = checker.check(None)
    assert (found["files"], found["packages"]) == ({}, [])


def test_a_task_of_another_version_stores_nothing(checker):
    checker.ask({"a.py": "dags = []\n"}, version="3.2.1")
    assert checker.run() == 1
    assert "is for Airflow 3.2.1, this is 3.3.1" in checker.log
    assert not any(key.endswith("result.json") for key in checker.s3.objects)
