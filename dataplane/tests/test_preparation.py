"""What lies on a web task's disk lets people in by the ways meant for its version, and by no other."""

import stat

import pytest
from task_definition import TASK_ENVIRONMENT

from hangar_agent.preparation import prepare_task
from hangar_agent.settings import read_agent_settings
from hangar_agent.task_files import TaskFiles


def prepare(folder, role="web", **variables):
    files = TaskFiles(folder)
    prepare_task(files, read_agent_settings(role, {**TASK_ENVIRONMENT, **variables}, folder))
    return files


def test_airflow_2_is_given_a_sign_in_without_passwords_that_only_its_user_can_read(tmp_path):
    files = prepare(tmp_path, HANGAR_AIRFLOW_VERSION="2.11.2")
    names = compile(files.webserver_config.read_text(), "webserver_config.py", "exec").co_names
    assert {"AUTH_TYPE", "AUTH_REMOTE_USER", "SECURITY_MANAGER_CLASS", "HangarSecurityManager"} <= set(names)
    assert stat.S_IMODE(files.webserver_config.stat().st_mode) == 0o600


@pytest.mark.parametrize("version", ["2.11.2", "3.3.1"])
def test_tasks_that_open_nothing_get_no_sign_in(tmp_path, version):
    files = prepare(tmp_path, "scheduler", HANGAR_AIRFLOW_VERSION=version)
    assert not files.webserver_config.exists()
