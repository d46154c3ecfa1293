"""Looks for tasks that have lost their message, beside the scheduler, and has Airflow queue them again.

Airflow does that itself, with its own count of tries, once a task has been queued for longer than its timeout: so the
task is made that old. Nothing else of Airflow's is touched, and a task that has started meanwhile not at all.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsError
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.queue_depth import QueueDepth
from hangar_agent.stranded import Look, Memory, consider
from hangar_agent.worker_slots import task_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hangar_agent.metadata_database import MetadataDatabase
    from hangar_agent.settings import AgentSettings
    from hangar_agent.stranded import QueuedTask

LOOK_SECONDS = 15.0
TOLD_SECONDS = 600.0
"""How long the report goes on telling of a rescue."""
AIRFLOWS_TIMEOUT = 600.0
TIMEOUT_OPTIONS = (
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT",
    "AIRFLOW__CELERY__STALLED_TASK_TIMEOUT",
    "AIRFLOW__CELERY__TASK_ADOPTION_TIMEOUT",
    "AIRFLOW__KUBERNETES_EXECUTOR__WORKER_PODS_PENDING_TIMEOUT",
)
ANSWER_SECONDS = 5


class StrandedWatch:
    """One look at a time. Used from one thread."""

    def __init__(
        self,
        database: MetadataDatabase,
        queue: Callable[[], tuple[int, int]],
        tasks_can_start: Callable[[], bool],
        slots: int,
        timeout_seconds: float,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`queue`: messages that wait and those in flight; raises AwsError. `timeout_seconds`: Airflow's own."""
        self._database = database
        self._queue = queue
        self._tasks_can_start = tasks_can_start
        self._slots = slots
        self._timeout_seconds = timeout_seconds
        self._log = log
        self._clock = clock
        self._memory = Memory()
        self._rescued_at = float("-inf")
        self.problem: str | None = None

    def step(self) -> float:
        """Look once, and rescue who is stranded for sure; return the seconds until the next look."""
        self._memory, stranded = consider(self._memory, self._look())
        for task in sorted(stranded, key=lambda each: each.queued_at):
            self._rescue(task)
        if self._clock() - self._rescued_at > TOLD_SECONDS:
            self.problem = None
        return LOOK_SECONDS

    def _look(self) -> Look | None:
        try:
            queued = self._database.queued_tasks()
            if not queued:  # the usual case: nobody else is asked
                return None
            waiting, in_flight = self._queue()
            running = self._database.running_by_worker()
        except (DatabaseAway, AwsError):
            return None
        if not self._tasks_can_start():
            return None
        full = frozenset(worker for worker, tasks in running.items() if tasks >= self._slots)
        return Look(self._clock(), frozenset(queued), waiting, in_flight, full)

    def _rescue(self, task: QueuedTask) -> None:
        name = f"{task.dag_id}.{task.task_id} of {task.run_id}"
        try:
            aged = self._database.age_queued_task(task, self._timeout_seconds + 1)
        except DatabaseAway as error:
            self._log(f"stranded: {name} cannot be rescued now: {error}")
            return
        if aged:
            self._rescued_at = self._clock()
            waited = self._rescued_at - task.queued_at
            self.problem = f"task {name} lost its message {waited:.0f} s after it was queued; Airflow queues it again"
            self._log(f"stranded: {self.problem}")


def watch_of(
    settings: AgentSettings, database: MetadataDatabase, environment: Mapping[str, str], log: Callable[[str], None]
) -> StrandedWatch:
    """Return the watch of an environment; `environment` is what its components run with."""
    asks_first = settings.image.major >= 3  # noqa: PLR2004
    return StrandedWatch(
        database,
        QueueDepth(settings.queue_url, settings.inherited, settings.storage.region).counts,
        lambda: not asks_first or web_server_answers(settings.web_url),
        task_slots(settings).most,
        queued_timeout_seconds(environment),
        log,
    )


def queued_timeout_seconds(environment: Mapping[str, str]) -> float:
    """Return an age at which Airflow, configured by these variables, takes a queued task for stuck."""
    ages = [AIRFLOWS_TIMEOUT]
    for name in TIMEOUT_OPTIONS:
        try:
            ages.append(float(environment.get(name, "0")))
        except ValueError:
            continue  # Airflow does not start with it either
    return max(ages)


def web_server_answers(web_url: str) -> bool:
    """Tell whether tasks of Airflow 3 can start: each asks the api-server first, for minutes if it is away."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{web_url}/api/v2/version", timeout=ANSWER_SECONDS):
            return True
    except (OSError, ValueError, urllib.error.URLError):
        return False
