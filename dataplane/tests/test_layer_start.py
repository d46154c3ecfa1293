"""A task on a layer: what it brings is there before a component starts, or none is started and everybody hears why."""

import json
import sys

import pytest
from layer_files import KEY
from small_agent import Task, eventually, report
from small_sts import SmallSts

from hangar_agent.archive_packing import pack
from hangar_agent.credentials import CredentialSource
from hangar_agent.sessions import session_members

pytestmark = pytest.mark.process

PREFIX = "/hangar-control/environments/e7"


def offer(small_s3, tmp_path, startup=None, **fields):
    """Store a ready layer of a package, a plugin and perhaps a script; return the result."""
    content = tmp_path / "content"
    for name, text in {"site/acme.py": "A = 1\n", "site/bin/acme": "#!/bin/sh\n", "plugins/p.py": "P = 1\n"}.items():
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_text(text)
    if startup is not None:
        (content / "startup.sh").write_text(startup)
    size, sha256 = pack(content, tmp_path / "layer.tar")
    small_s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"] = (tmp_path / "layer.tar").read_bytes()
    archive = {"key": f"layers/{KEY}/layer.tar", "size": size, "sha256": sha256}
    result = {"schema": 1, "key": KEY, "state": "ready", "archive": archive, "error": None, **fields}
    small_s3.objects[f"{PREFIX}/layers/{KEY}/result.json"] = json.dumps(result).encode()
    return result


@pytest.fixture
def start(tmp_path, small_s3, unused_port):
    tasks = []

    def make(role="worker", **variables):
        folder = tmp_path / "task"
        folder.mkdir(exist_ok=True)
        tasks.append(Task(role, folder, small_s3.url, unused_port, **{"HANGAR_LAYER_KEY": KEY, **variables}))
        return tasks[-1]

    yield make
    for task in reversed(tasks):
        task.end()


def environment_of(task):
    """Return the environment of the first component."""
    pid = eventually(task.started)[0][0]
    with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
        pairs = (entry.decode().partition("=") for entry in file.read().split(b"\0") if entry)
        return {name: value for name, _, value in pairs}


def test_a_component_gets_the_layers_folders_in_order_and_the_scripts_exports_below_the_options(
    start, small_s3, tmp_path
):
    script = (
        "export MY_TOKEN=t0ken-value AIRFLOW__CORE__FERNET_KEY=mine AIRFLOW__SMTP__SMTP_HOST=script\n"
        "export AIRFLOW__CORE__DEFAULT_TASK_RETRIES=1 AIRFLOW__CELERY__SYNC_PARALLELISM=7 PATH=/extra:$PATH LANG=de\n"
        "echo marker $MWAA_AIRFLOW_COMPONENT; printenv | grep -c KEY; echo $AIRFLOW__CORE__FERNET_KEY $MY_TOKEN\n"
    )
    offer(small_s3, tmp_path, script)
    small_s3.objects[f"{PREFIX}/options.json"] = json.dumps({"core.default_task_retries": "5"}).encode()
    cache = tmp_path / "cache"
    task = start(HANGAR_CONFIGURATION_KEY="options.json", HANGAR_LAYER_CACHE=str(cache), LANG="C.UTF-8")
    environment = environment_of(task)
    (layer,) = (path for path in cache.iterdir() if path.name.startswith("l-"))
    assert environment["PYTHONPATH"] == f"/dataplane/src:{layer}/plugins:{layer}/site"
    assert environment["PATH"].startswith(f"/extra:{layer}/site/bin:/images/3.3.1/bin:")
    assert environment["AIRFLOW__CORE__PLUGINS_FOLDER"] == f"{layer}/plugins"
    assert environment["MWAA_AIRFLOW_COMPONENT"] == "worker"
    assert (environment["MY_TOKEN"], environment["LANG"]) == ("t0ken-value", "de")
    assert environment["AIRFLOW__CELERY__SYNC_PARALLELISM"] == "7"  # above what Hangar recommends
    assert environment["AIRFLOW__CORE__DEFAULT_TASK_RETRIES"] == "5"  # below the options
    assert environment["AIRFLOW__CORE__FERNET_KEY"] == "fernet-secret"  # never
    log = (task.folder / "log").read_text()
    assert "startup_script: marker worker" in log
    assert "AIRFLOW__CORE__FERNET_KEY, which has no effect" in log
    assert "fernet-secret" not in log


def test_a_startup_script_calls_aws_as_the_execution_role_and_so_do_the_components_after_it(start, small_s3, tmp_path):
    sts = SmallSts()
    ask = "from botocore.credentials import ContainerProvider as P; print('as', P().load().access_key)"
    offer(small_s3, tmp_path, f'echo own ${{AWS_ACCESS_KEY_ID:-none}}\n{sys.executable} -c "{ask}"\n')
    role = {"HANGAR_EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/airflow", "HANGAR_ENVIRONMENT_ARN": "arn:e7"}
    task = start(**role, AWS_ENDPOINT_URL_STS=sts.url)
    environment = environment_of(task)
    log = (task.folder / "log").read_text()
    assert "startup_script: own none" in log
    assert "startup_script: as ASIA1" in log
    assert CredentialSource(environment).current().access_key_id == "ASIA1"
    sts.close()


def test_a_task_without_a_shared_cache_keeps_the_layer_in_its_own_folder(start, small_s3, tmp_path):
    offer(small_s3, tmp_path)
    environment = environment_of(start("scheduler"))
    assert environment["PYTHONPATH"].startswith(f"/dataplane/src:{tmp_path}/task/layers/{KEY}-")


def refused(task, small_s3, code):
    assert task.process.wait(timeout=60) == code
    assert task.started() == []
    (problem,) = report(small_s3, task)["problems"]
    assert report(small_s3, task)["healthy"] is False
    assert problem in (task.folder / "log").read_text()
    return problem


def test_a_failing_startup_script_starts_no_component_and_says_so_in_a_report(start, small_s3, tmp_path):
    offer(small_s3, tmp_path, "echo the reason\nexit 4\n")
    problem = refused(start(), small_s3, 66)
    assert "startup.sh ended with exit code 4" in problem
    assert "the reason" in problem


def test_a_layer_that_could_not_be_built_is_refused_with_its_reason(start, small_s3, tmp_path):
    offer(small_s3, tmp_path, state="failed", archive=None, error={"part": "plugins", "message": "it is broken"})
    assert "it is broken" in refused(start(), small_s3, 65)


def test_an_archive_with_other_bytes_than_its_result_says_is_refused(start, small_s3, tmp_path):
    offer(small_s3, tmp_path)
    body = bytearray(small_s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"])
    body[600] ^= 1
    small_s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"] = bytes(body)
    assert "not the one its result names" in refused(start(), small_s3, 65)
    assert not list((tmp_path / "task" / "layers").glob("l-*"))


def test_a_layer_that_is_not_there_is_refused(start, small_s3):
    assert "cannot be used" in refused(start(), small_s3, 65)


def test_a_key_that_is_none_is_named_among_the_settings(start):
    task = start(HANGAR_LAYER_KEY="l-../../x")
    assert task.process.wait(timeout=60) == 64
    assert "HANGAR_LAYER_KEY" in (task.folder / "log").read_text()


def test_stopping_a_task_ends_its_startup_script_at_once_and_all_it_left_behind(start, small_s3, tmp_path):
    pid = tmp_path / "pid"
    offer(small_s3, tmp_path, f"echo $$ >{pid}; sleep 600\n")
    task = start()
    leader = int(eventually(lambda: pid.exists() and pid.read_text().strip()))
    task.process.terminate()
    assert task.process.wait(timeout=30) == 0
    assert task.started() == []
    assert session_members(leader) == []


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_daemon_of_the_startup_script_ends_with_the_task_however_that_ends(start, small_s3, tmp_path, end):
    pid = tmp_path / "pid"
    offer(small_s3, tmp_path, f"echo $$ >{pid}; sleep 600 >/dev/null 2>&1 &\n")
    task = start()
    eventually(task.started)
    leader = int(pid.read_text())
    assert len(session_members(leader)) == 1
    getattr(task.process, end)()
    task.process.wait(timeout=60)
    eventually(lambda: not session_members(leader))
