"""What must lie on the task's disk before Airflow starts: folders, an empty configuration file, the sign-in's file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hangar_agent.durable_files import write_durably

if TYPE_CHECKING:
    from hangar_agent.airflow_environment import TaskFiles
    from hangar_agent.settings import AgentSettings

ADMIN = "admin"


def prepare_home(files: TaskFiles) -> None:
    """Make Airflow's home, with an empty configuration file.

    Seeing one, Airflow writes none of its own: the components of a task would race to do so, and every setting is an
    environment variable anyway.
    """
    files.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (files.home / "airflow.cfg").touch(mode=0o600)


def prepare_task(files: TaskFiles, settings: AgentSettings) -> None:
    """Make the folders of a task, forget what its predecessor's worker left, and write the web server's passwords."""
    prepare_home(files)
    settings.log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.pause.unlink(missing_ok=True)
    files.poll.unlink(missing_ok=True)
    if settings.role == "web" and settings.image.major >= 3:  # noqa: PLR2004
        write_durably(files.passwords, json.dumps({ADMIN: settings.secrets.admin_password}).encode())
