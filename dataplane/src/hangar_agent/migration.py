"""`hangar-agent migrate`: a one-off task that brings a database to the image's Airflow version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.airflow_environment import migration_environment
from hangar_agent.guardian import Guardian
from hangar_agent.launch import launch
from hangar_agent.preparation import prepare_home
from hangar_agent.task_files import TaskFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.migration_settings import MigrationSettings


def migrate(settings: MigrationSettings, pause: Callable[[], None]) -> int:
    """Run `airflow db migrate` and return its exit code. `pause` waits a moment between two looks at it.

    Only this task migrates: scheduler and web server never do, and nobody else is connected meanwhile.
    """
    files = TaskFiles(settings.task_folder)
    prepare_home(files)
    guardian = Guardian()
    command = [str(settings.image.python), "-m", "hangar_airflow.migrate"]
    running = launch(command, migration_environment(settings), 0, files.home)
    guardian.add(running.pid)
    while (code := running.poll()) is None:
        pause()
    guardian.remove(running.pid)
    guardian.close()
    return code if code >= 0 else 128 - code
