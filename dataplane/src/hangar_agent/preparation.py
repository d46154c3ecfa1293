"""What must lie on the task's disk before Airflow starts: folders, an empty configuration file, the sign-in's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.durable_files import write_durably
from hangar_agent.worker_drain import pause_polling

if TYPE_CHECKING:
    from hangar_agent.settings import AgentSettings
    from hangar_agent.task_files import TaskFiles

WEBSERVER_CONFIG = b'''"""Who may enter, for Flask-AppBuilder. Written by hangar-agent at each start."""

from flask_appbuilder.const import AUTH_REMOTE_USER

from hangar_airflow.fab_sign_in import HangarSecurityManager

AUTH_TYPE = AUTH_REMOTE_USER
AUTH_USER_REGISTRATION = False
SECURITY_MANAGER_CLASS = HangarSecurityManager
WTF_CSRF_ENABLED = True
WTF_CSRF_TIME_LIMIT = None
'''


def prepare_home(files: TaskFiles) -> None:
    """Make Airflow's home, with an empty configuration file.

    Seeing one, Airflow writes none of its own: the components of a task would race to do so, and every setting is an
    environment variable anyway.
    """
    files.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (files.home / "airflow.cfg").touch(mode=0o600)


def prepare_task(files: TaskFiles, settings: AgentSettings) -> None:
    """Make the folders of a task, forget what its predecessor's worker said, and write Airflow 2's sign-in.

    A worker starts paused: it asks for tasks when it is protected and no drain is ordered (see drain.py). One of an
    upgrade starts held, too: until a document frees it, it asks for the canary's alone (see duties.py).
    """
    prepare_home(files)
    settings.log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.role == "worker":
        pause_polling(files)
        if settings.canary_queue:
            write_durably(files.held, b"")
    files.poll.unlink(missing_ok=True)
    if settings.role == "web" and settings.image.major < 3:  # noqa: PLR2004
        write_durably(files.webserver_config, WEBSERVER_CONFIG)
