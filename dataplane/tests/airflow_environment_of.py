"""Settings of a task with options of a user's, and the environment its Airflow components get."""

import json
from pathlib import Path

from task_definition import TASK_ENVIRONMENT

from hangar_agent.airflow_environment import agent_environment
from hangar_agent.settings import read_agent_settings

FOLDER = Path("/tasks/t1")


def settings_of(role, options=None, **variables):
    environment = {**TASK_ENVIRONMENT, "HANGAR_SETTINGS": json.dumps(options or {}), **variables}
    return read_agent_settings(role, environment, FOLDER)


def environment_of(settings):
    return agent_environment(settings, "t1", Path("/agent/bin/python"))
