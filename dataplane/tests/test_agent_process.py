"""A real agent with real child processes: they start, they end with it, and none ever outlives it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_agent import BOUND_SECONDS, SOURCE, control_says, eventually, report, tasks_of
from small_postmaster import SmallPostmaster
from small_sts import SmallSts
from task_definition import SECRETS, TASK_ENVIRONMENT

from hangar_agent.credentials import CredentialSource, NoCredentials
from hangar_agent.sessions import session_members

pytestmark = pytest.mark.process


@pytest.fixture
def start(tmp_path, small_s3, unused_port):
    yield from tasks_of(tmp_path, small_s3.url, unused_port)


def test_an_agent_that_is_killed_takes_every_process_of_every_component_with_it(start):
    task = start("scheduler")
    eventually(lambda: len(task.started()) == 3 and len(task.survivors()) == 6)
    task.process.kill()
    eventually(lambda: not task.survivors())


def test_a_component_that_is_killed_is_started_again_without_a_second_copy(start, unused_port):
    postmaster = SmallPostmaster(unused_port)
    task = start("worker")
    first = eventually(task.started)[0][0]
    eventually(lambda: len(task.survivors()) == 2)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(task.started()) == 2)
    assert session_members(first) == []
    postmaster.close()


def test_a_worker_that_was_released_stays_so_when_its_agent_is_killed_and_started_again(start, small_s3, small_ecs):
    control_says(small_s3, 1)
    task = start("worker", ECS_AGENT_URI=small_ecs.url)
    pause = task.folder / "pause"
    eventually(lambda: report(small_s3, task) and not pause.exists())
    assert small_ecs.protected
    control_says(small_s3, 2, {"id": "d1", "role": "worker", "generation": 4})
    eventually(lambda: (report(small_s3, task)["drain"] or {}).get("state") == "released")
    assert (pause.exists(), small_ecs.protected) == (True, False)
    control_says(small_s3, 3)
    task.end()
    small_s3.objects.pop(f"/hangar-control/environments/e7/reports/{task.folder.name}.json")
    again = start("worker", ECS_AGENT_URI=small_ecs.url)
    assert eventually(lambda: report(small_s3, again))["drain"] == {"id": "d1", "state": "released", "inFlight": 0}
    eventually(lambda: report(small_s3, again)["epoch"] == 3)
    assert (pause.exists(), small_ecs.protected) == (True, False)


def test_a_component_that_cannot_be_kept_running_ends_its_task_with_a_code_and_a_report_that_says_why(start, small_s3):
    postmaster = SmallPostmaster()
    port = str(postmaster.port)
    (start.folder / "broken").touch()
    task = start("worker", HANGAR_DATABASE_PORT=port, HANGAR_BROKER_HOST=f"127.0.0.1:{port}")
    assert task.process.wait(BOUND_SECONDS * 2) == 67
    assert (len(task.started()), task.survivors()) == (4, [])
    last = report(small_s3, task)
    assert (last["stopping"], last["healthy"], last["hold"]) == (True, False, None)
    assert last["problems"][0].startswith("worker: it ended 4 times within ")
    postmaster.close()


def test_while_the_database_is_away_nothing_is_given_up_and_when_it_is_back_what_ended_is_started(
    start, small_s3, unused_port
):
    (start.folder / "broken").touch()
    task = start("worker")
    eventually(lambda: (report(small_s3, task) or {}).get("hold") == "database")
    (start.folder / "broken").unlink()
    starts = len(task.started())
    postmaster = SmallPostmaster(unused_port)
    eventually(lambda: len(task.started()) > starts and report(small_s3, task)["hold"] is None)
    assert task.process.poll() is None
    postmaster.close()


def test_on_sigterm_the_components_stop_the_agent_exits_zero_and_its_last_report_says_so(start, small_s3):
    task = start("web")
    eventually(lambda: task.started() and report(small_s3, task))
    task.process.terminate()
    assert task.process.wait(BOUND_SECONDS) == 0
    assert task.survivors() == []
    last = report(small_s3, task)
    assert (last["stopping"], last["components"]["api-server"]["state"]) == (True, "stopped")


def test_a_guardian_that_is_killed_is_replaced_and_still_guards(start, unused_port):
    postmaster = SmallPostmaster(unused_port)
    task = start("worker")
    first = eventually(task.started)[0][0]
    children = Path(f"/proc/{task.process.pid}/task/{task.process.pid}/children")
    if not children.exists():
        pytest.skip("finding the guardian needs /proc/<pid>/children")
    guardian = next(
        int(pid) for pid in children.read_text().split() if b"guardian" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(guardian, signal.SIGKILL)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(task.started()) == 2 and task.survivors())
    task.process.kill()
    eventually(lambda: not task.survivors())
    postmaster.close()


def test_components_get_the_execution_roles_keys_and_a_role_that_is_refused_is_told_in_the_report(start, small_s3):
    sts = SmallSts()
    sts.refuses = True
    role = {"HANGAR_EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/airflow", "HANGAR_ENVIRONMENT_ARN": "arn:e7"}
    task = start("web", **role, AWS_ENDPOINT_URL_STS=sts.url)
    pid = eventually(task.started)[0][0]
    told = eventually(
        lambda: [line for line in (report(small_s3, task) or {"problems": []})["problems"] if "role/airflow" in line]
    )
    assert "arn:e7" in told[0]
    environment = dict(
        line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in line
    )
    assert "AWS_ACCESS_KEY_ID" not in environment
    assert TASK_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in environment.values()
    sts.refuses = False
    source = CredentialSource(environment)

    def lent():
        with contextlib.suppress(NoCredentials):
            return source.current().secret_access_key.startswith("role/secret")

    eventually(lent)
    sts.close()


def test_no_secret_is_in_any_command_line_log_or_file_others_can_read(start, small_s3):
    task = start("web")
    pid = eventually(task.started)[0][0]
    eventually(lambda: report(small_s3, task))
    shown = [line for _, line in task.started()] + [(task.folder / "log").read_text()]
    shown += [Path(f"/proc/{each}/cmdline").read_text() for each in (pid, task.process.pid) if Path("/proc").exists()]
    shown += [body.decode() for body in small_s3.objects.values()]
    shown += [file.read_text() for file in task.folder.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert [secret for secret in SECRETS for text in shown if secret in text] == []


def test_wrong_settings_end_the_command_with_all_their_names_and_without_a_traceback():
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    ended = subprocess.run(
        [sys.executable, "-m", "hangar_agent", "run", "--role", "web"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 64
    assert re.findall(r"HANGAR_(?:ENVIRONMENT_ID|JWT_SECRET) is missing", ended.stderr)
    assert "Traceback" not in ended.stderr


def test_help_prints_usage():
    ended = subprocess.run(
        [sys.executable, "-m", "hangar_agent", "--help"],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout[:19]) == (0, "usage: hangar-agent")
