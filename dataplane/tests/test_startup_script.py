"""A startup script: what it exports arrives, what it may not change stays, and its failures are told."""

import os
import time

import pytest

from hangar_agent.sessions import session_members
from hangar_agent.startup_script import StartupFailed, StartupStopped, run_startup_script
from hangar_agent.startup_variables import exports_of

pytestmark = pytest.mark.process

BEFORE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "AIRFLOW__CORE__FERNET_KEY": "k", "LANG": "C"}


class Leaders:
    """Stands for the guardian: knows the sessions it was told of."""

    def __init__(self):
        self.all, self.left = [], set()

    def add(self, leader):
        self.all.append(leader)
        self.left.add(leader)

    def remove(self, leader):
        self.left.discard(leader)


@pytest.fixture
def guard():
    leaders = Leaders()
    yield leaders
    for leader in leaders.left:
        for pid in session_members(leader):
            os.kill(pid, 9)


def run(tmp_path, guard, text, **options):
    script = tmp_path / "startup.sh"
    script.write_text(text)
    return run_startup_script(script, BEFORE, tmp_path / "run", guard, **options)


def exported(tmp_path, guard, text):
    end = run(tmp_path, guard, text)
    return exports_of(end.before, end.after, 3)


@pytest.mark.parametrize("end", ["", "exit 0\n", "true && exit\n", "set -euo pipefail\n", "(exit 3); true\n"])
def test_exports_arrive_however_a_script_that_succeeds_ends(tmp_path, guard, end):
    exports = exported(tmp_path, guard, f"export FOO='two\nlines' BAR=ü\nHIDDEN=1\nunset LANG\n{end}")
    assert exports.variables == {"FOO": "two\nlines", "BAR": "ü"}
    assert exports.removed == {"LANG"}


def test_reserved_and_protected_names_stay_and_are_named(tmp_path, guard):
    names = [
        "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__CORE__SQL_ALCHEMY_CONN_CMD", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__METRICS__STATSD_HOST", "AIRFLOW_HOME",
        "AIRFLOW__CELERY__WORKER_AUTOSCALE", "AIRFLOW__CORE__PARALLELISM", "AIRFLOW__API__BASE_URL", "PYTHONPATH",
        "AIRFLOW_CONN_AWS_DEFAULT", "AWS_REGION", "HANGAR_TASK_ID", "MWAA__CORE__X", "MWAA_AIRFLOW_COMPONENT",
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT", "AIRFLOW__CORE__AUTH_MANAGER",
    ]  # fmt: skip
    exports = exported(tmp_path, guard, "".join(f"export {name}=x\n" for name in [*names, "AIRFLOW__SMTP__SMTP_HOST"]))
    assert exports.variables == {"AIRFLOW__SMTP__SMTP_HOST": "x"}
    assert exports.refused == tuple(sorted(names))
    assert len(exports.warnings()) == len(names)


def test_it_runs_once_in_an_empty_folder_without_input_and_sees_no_arguments(tmp_path, guard):
    for _ in range(2):
        end = run(tmp_path, guard, 'echo "$# [$(cat)] $(ls -A | wc -l)"; touch left\n')
        assert end.output.split() == ["0", "[]", "0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo why >&2\nexit 3\n", "exit code 3"),
        ("set -e\necho why\nfalse\nexport X=1\n", "exit code 1"),
        ("echo why\nkill -9 $$\n", "signal 9"),
        ("echo why\nexec true\n", "exec"),
        ("echo why\nno_such_command\n", "exit code 127"),
        ("echo why\r\nno_such\r\n", "Windows line ends"),
    ],
)
def test_a_script_that_fails_says_how_and_what_it_printed_last(tmp_path, guard, text, said):
    with pytest.raises(StartupFailed, match=said) as caught:
        run(tmp_path, guard, text)
    assert "why" in caught.value.output


def test_a_script_that_does_not_end_is_stopped_with_all_it_started(tmp_path, guard):
    with pytest.raises(StartupFailed, match="did not end within 1 seconds"):
        run(tmp_path, guard, "sleep 600 &\necho on\nsleep 600\n", seconds=1)
    assert session_members(guard.all[0]) == []


def test_a_task_that_is_told_to_stop_does_not_wait_for_it(tmp_path, guard):
    began = time.monotonic()
    with pytest.raises(StartupStopped):
        run(tmp_path, guard, "sleep 600\n", told_to_stop=lambda: True)
    assert time.monotonic() - began < 60
    assert session_members(guard.all[0]) == []


def test_a_daemon_it_starts_lives_in_a_task_under_guard_and_not_in_the_builder(tmp_path, guard):
    text = "sleep 600 >/dev/null 2>&1 &\n"
    run(tmp_path, guard, text)
    assert session_members(guard.all[0]) == []
    run(tmp_path, guard, text, keep_background=True)
    assert len(session_members(guard.all[1])) == 1
    assert guard.left == {guard.all[1]}


def test_every_line_of_its_output_is_handed_on(tmp_path, guard):
    lines = []
    run(tmp_path, guard, "echo one\necho two >&2\nprintf three\n", on_line=lines.append)
    assert lines == ["one", "two", "three"]


def test_its_variables_never_lie_on_the_disk_afterwards(tmp_path, guard):
    run(tmp_path, guard, "export TOKEN=sw0rdfish\n")
    assert not any(b"sw0rdfish" in file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file())
