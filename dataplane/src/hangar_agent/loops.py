"""What the agent does again and again beside its main thread. Each step returns the seconds until the next."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from hangar_agent.canary import CanaryWatch
from hangar_agent.candidate import CandidateWatch
from hangar_agent.cloudwatch import cloudwatch, put_metrics
from hangar_agent.control_link import ControlLink
from hangar_agent.credentials import NoCredentials
from hangar_agent.dag_check_link import CheckerLink
from hangar_agent.dag_check_run import DagChecks
from hangar_agent.dag_status_watch import DagStatusWatch
from hangar_agent.disk_guard import guard_of
from hangar_agent.look_outs import look_out_of
from hangar_agent.metadata_database import DatabaseAway, MetadataDatabase
from hangar_agent.monitor import Monitor
from hangar_agent.monitor_metrics import Wanted
from hangar_agent.monitor_pace import MonitorPace
from hangar_agent.object_storage import S3ObjectStorage, StorageError
from hangar_agent.queue_depth import QueueDepth
from hangar_agent.release_store import ReleaseStore
from hangar_agent.report import TaskIdentity, TaskState, build_report, encode, worth_sending
from hangar_agent.stranded_watch import watch_of
from hangar_agent.task_files import TaskFiles
from hangar_agent.task_protection import TaskProtection
from hangar_agent.watch import WorkerLookOut
from hangar_agent.worker_drain import WorkerDrain
from hangar_agent.worker_slots import task_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from hangar_agent.duty_watch import DutyWatch
    from hangar_agent.execution_role import RoleKeys
    from hangar_agent.launch import Running
    from hangar_agent.settings import AgentSettings

LOOK_OUT_SECONDS = 0.5
STEADY_LOOK_OUT_SECONDS = 2.0
REPORT_SECONDS = 0.5
DRAIN_SECONDS = 0.5
ROLE_SECONDS = 30.0
ABSENT_SECONDS = 20.0
"""A pause of this length between two looks is none of ours: the task, or its machine, was asleep."""


class Loops:
    """The steps, and what they remember between calls. Each method but `send_report` belongs to one thread."""

    def __init__(
        self,
        settings: AgentSettings,
        identity: TaskIdentity,
        state: TaskState,
        log: Callable[[str], None],
        start_checker: Callable[[Path], Running],
        environment: Mapping[str, str],
        duties: DutyWatch,
    ) -> None:
        """`environment` is what the components run with."""
        self._duties = duties
        self._log = log
        self._settings = settings
        self._identity = identity
        self._state = state
        files = TaskFiles(settings.task_folder)
        self._storage = S3ObjectStorage(settings.storage)
        # The web server reads DAGs from the database; the commands of its CLI bridge read their files.
        self._releases = ReleaseStore(files.releases)
        self._link = ControlLink(self._storage, settings.storage.environment_id, files.control, self._releases)
        scheduler = settings.role == "scheduler"
        major = settings.image.major
        self._database = MetadataDatabase(settings.metadata, major) if scheduler else None
        self._canary = CanaryWatch(self._database) if self._database else None
        self._look_out = look_out_of(settings, identity.task_id, files.poll, self._database)
        self._candidates = self._dag_checks = self._dag_status = self._monitor = self._stranded = None
        if self._database:
            secrets = settings.secret_texts()
            self._candidates = CandidateWatch(
                self._storage, self._releases, identity.task_id, lambda: self._link.document, secrets
            )
            checker = CheckerLink(files.check, files.check_fallback, start_checker)
            self._dag_checks = DagChecks(checker, files.trials, self._candidates.superseded)
            self._dag_status = DagStatusWatch(self._database, self._storage, self._releases, files.releases, secrets)
            self._monitor = self._make_monitor(self._database)
            self._stranded = watch_of(settings, self._database, environment, log)
        self._disk = guard_of(settings, files, self._releases, self._needed_releases, log)
        self.drain = self._make_drain(files) if settings.role == "worker" else None
        self._looked_at = self._watching_since = time.time()
        self.log_problem: Callable[[], str | None] = lambda: None
        """Why log lines do not reach CloudWatch."""
        self.signal_problem: Callable[[], str | None] = lambda: None
        self._sent: dict[str, Any] | None = None
        self._sending = threading.Lock()

    def follow_control(self) -> float:
        """Read control.json if it changed; stage and activate its release."""
        state, link = self._state, self._link
        self._problem("control", link.poll())
        if link.document:
            state.epoch = link.document.epoch
        self._duties.follow(link.document)
        self._problem("release", link.follow(self._pinned_releases))
        self._problem("candidate", link.stage_candidate())
        staged = self._releases.staged()
        is_news, state.staged = staged != state.staged, staged
        if is_news and self._sent is not None:
            self.send_report()  # a release waits for the last agent's word
        release = link.document.release if link.document else None
        if release and self._releases.live() == release.id:
            state.release = {"id": release.id, "number": release.number}
        return self._settings.poll_seconds

    def look_out(self) -> float:
        """Observe the components, and the canary beside the scheduler."""
        state, problem, now = self._state, None, time.time()
        if now - self._looked_at > ABSENT_SECONDS:
            self._watching_since = now
        sighting = self._look_out.look(state.statuses, now, self._watching_since)
        self._looked_at = time.time()
        state.hold = sighting.hold
        for name, verdict in sighting.verdicts.items():
            before = state.verdicts.get(name)
            if verdict.state != (before.state if before else "starting"):
                self._log(f"{name}: {verdict.state}" + (f", {verdict.detail}" if verdict.detail else ""))
        state.verdicts = sighting.verdicts
        if isinstance(self._look_out, WorkerLookOut):
            state.last_poll_at = self._look_out.last_poll_at()
        waiting = any(verdict.state != "running" for verdict in sighting.verdicts.values())
        if self._canary:
            document, generation = self._link.document, self._settings.generation
            try:
                canary = self._canary.look(document.canary_for(generation) if document else None)
                if canary and canary.state != "running" and canary != state.canary:
                    self._log(f"canary {canary.id}: {canary.state} after {canary.seconds or 0:.1f} s, {canary.detail}")
                state.canary = canary
            except DatabaseAway as error:
                problem = f"the canary cannot be seen: {error}"
            waiting = waiting or self._canary.waiting
        self._problem("observation", sighting.problem or problem)
        return LOOK_OUT_SECONDS if waiting else STEADY_LOOK_OUT_SECONDS

    def drain_worker(self) -> float:
        """Bring the worker into service, or out of it, as the document in force orders."""
        if self.drain:
            self.drain.step(self._link.document)
            self._state.drain, self._state.in_hand = self.drain.progress, self.drain.in_hand
            self._problem("protection", self.drain.problem)
        return DRAIN_SECONDS

    @property
    def follows_dags(self) -> bool:
        """Tell whether this task checks candidates and tells what Airflow parsed: a scheduler does."""
        return self._candidates is not None

    def check_candidate(self) -> float:
        """Answer for a candidate; survey the live release while there is none and Airflow has started."""
        if self._candidates is None or self._dag_checks is None:
            return LOOK_OUT_SECONDS
        verdicts = self._state.verdicts.values()
        settled = bool(verdicts) and all(verdict.state == "running" for verdict in verdicts)
        pause = self._candidates.step(self._dag_checks, settled=settled)
        self._problem("check", self._candidates.problem)
        return pause

    def tell_dag_status(self) -> float:
        """Tell what Airflow has parsed of the live release."""
        if self._dag_status is None:
            return LOOK_OUT_SECONDS
        pause = self._dag_status.step()
        self._problem("dag status", self._dag_status.problem)
        return pause

    def monitor(self) -> float:
        """Count what there is to do, and tell CloudWatch."""
        if self._monitor is None:
            return LOOK_OUT_SECONDS
        pause = self._monitor.step()
        self._problem("metrics", self._monitor.problem)
        return pause

    def rescue_stranded(self) -> float:
        """Have Airflow queue again what has lost its message."""
        if self._stranded is None or self._duties.resting:
            return LOOK_OUT_SECONDS
        pause = self._stranded.step()
        self._problem("stranded", self._stranded.problem)
        return pause

    def keep_room(self) -> float:
        """Make room on the disk when there is too little."""
        pause = self._disk.step()
        self._problem("disk", self._disk.problem)
        return pause

    def hold_role(self, keys: RoleKeys) -> float:
        """Have keys of the execution role at hand before DAG code asks, and say why not."""
        with contextlib.suppress(NoCredentials):
            keys.current()
        self._problem("execution role", keys.problem)
        return ROLE_SECONDS

    def report(self) -> float:
        """Send the report if it says anything new, or the last one is old."""
        self._problem("logs", self.log_problem())
        self._problem("signals", self.signal_problem())
        self.send_report()
        return REPORT_SECONDS

    def send_report(self) -> None:
        """Send the report now if it is worth it. May be called from any thread; trouble waits for the next call."""
        with self._sending:
            report = build_report(self._identity, self._state, time.time())
            if not worth_sending(report, self._sent):
                return
            try:
                self._storage.put(f"reports/{self._identity.task_id}.json", encode(report))
            except StorageError as error:
                self._problem("report", f"a report could not be stored: {error}")
            else:
                self._sent = report
                self._problem("report", None)

    def _pinned_releases(self) -> set[str]:
        """Name what unfinished runs need. Where the database cannot be asked, keep everything."""
        if self._database and self._settings.image.major >= 3:  # noqa: PLR2004
            try:
                return self._database.pinned_releases()
            except DatabaseAway:
                return set(self._releases.staged())
        return set()

    def _needed_releases(self) -> set[str] | None:
        """Name what may be asked for in a moment; None while nobody says."""
        document = self._link.document
        if document is None:
            return None
        named = (document.release, document.candidate)
        return {*self._pinned_releases(), *(each.id for each in named if each)}

    def _problem(self, origin: str, sentence: str | None) -> None:
        problems = {name: told for name, told in self._state.problems.items() if name != origin}
        if sentence and sentence != self._state.problems.get(origin):
            self._log(f"{origin}: {sentence}")
        self._state.problems = problems | ({origin: sentence} if sentence else {})

    def _make_drain(self, files: TaskFiles) -> WorkerDrain:
        def worker_pid() -> int | None:
            (worker,) = self._state.statuses
            return worker.pid

        uri = self._settings.ecs_agent_uri
        if uri is None:
            self._log("no ECS_AGENT_URI: this worker works without scale-in protection")
        protection, task_id = TaskProtection(uri), self._identity.task_id
        drain = WorkerDrain(files, self._settings.generation, task_id, protection, worker_pid, self._log)
        drain.look(self._link.document)
        self._state.drain, self._state.in_hand = drain.progress, drain.in_hand
        return drain

    def _make_monitor(self, database: MetadataDatabase) -> MonitorPace:
        settings = self._settings
        region = settings.storage.region
        client = cloudwatch(settings.inherited, region)
        monitor = Monitor(
            database,
            QueueDepth(settings.queue_url, settings.inherited, region),
            lambda namespace, data: put_metrics(client, namespace, data),
            self.wanted,
            (self._identity.task_id, settings.environment_name, settings.storage.environment_id),
            task_slots(settings).most,
            settings.metric_seconds,
        )
        return MonitorPace(monitor, settings.metric_seconds)

    def wanted(self) -> Wanted | None:
        """Return what the document in force wants of workers; None while it cannot be read."""
        document = self._link.document
        # What cannot be read now may say something else by now.
        if document is None or "control" in self._state.problems:
            return None
        return Wanted(document.workers_wanted, document.workers)
