"""The agent of one task: starts the components first, then everything that watches, follows and tells.

Loops run beside the main thread: the link to the control plane (control.json, releases), the look-out (health, canary),
the reporter, and a worker's drain. They meet in one `TaskState`. Only the main thread starts and ends processes.
"""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hangar_agent.airflow_environment import LONG_POLL_SECONDS, agent_environment
from hangar_agent.components import Component, command_line, components_of
from hangar_agent.duties import Post, pause_progress
from hangar_agent.duty_watch import DutyWatch
from hangar_agent.guardian import Guardian
from hangar_agent.launch import Process, launch
from hangar_agent.periodic import Periodic
from hangar_agent.preparation import prepare_task
from hangar_agent.report import TaskIdentity, TaskState
from hangar_agent.role_lending import RoleLending
from hangar_agent.settings import AGENT_PYTHON, AgentSettings
from hangar_agent.statsd_receiver import open_receiver
from hangar_agent.supervisor import Supervisor
from hangar_agent.task_files import TaskFiles
from hangar_agent.task_logging import TaskLogging, task_logging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.layer_in_force import LayerInForce
    from hangar_agent.loops import Loops
    from hangar_agent.worker_drain import WorkerDrain

TICK_SECONDS = 0.2
CHECKER_NICENESS = 5
GIVEN_UP = 67
"""Exit code of a task that ends because one of its components cannot be kept running."""
LAST_LINES_SECONDS = 1.5
LAST_REPORT_SECONDS = 3.0
"""Of the time the agent has for stopping, what is kept for its last words."""


class Agent:
    """Everything of one `hangar-agent run`. Built before anything is started; `run` returns the exit code."""

    def __init__(
        self,
        settings: AgentSettings,
        task_id: str,
        log: Callable[[str], None],
        layer: LayerInForce | None = None,
        lending: RoleLending | None = None,
        logging: TaskLogging | None = None,
    ) -> None:
        self._lending = lending or RoleLending(settings.execution_role)
        settings = replace(settings, inherited=self._lending.for_components(settings.inherited))
        self._settings = settings
        self._log = log
        self._files = TaskFiles(settings.task_folder)
        self._statsd = open_receiver(log)
        self._environment = agent_environment(
            settings, task_id, AGENT_PYTHON, layer, statsd_port=self._statsd.port if self._statsd else None
        )
        self._identity = TaskIdentity(
            task_id,
            settings.role,
            settings.storage.environment_id,
            settings.generation,
            settings.image.airflow_version,
            time.time(),
        )
        queues = [settings.queue_name, *([settings.canary_queue.name] if settings.canary_queue else [])]
        self._components = components_of(settings.role, settings.image, *queues, triggerer=settings.triggerer)
        self._logging = logging or task_logging(settings, task_id, self._lending.current)
        names = tuple(component.name for component in self._components)
        canary_queue = settings.canary_queue.name if settings.canary_queue else None
        self._state = TaskState()
        post = Post(settings.role, settings.generation, canary_queue, names)
        self._duties = DutyWatch(post, self._state, self._files.held, log)
        self._told_to_stop = threading.Event()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, then stop everything within the stop timeout and return 0.

        Where a component cannot be kept running the same happens unasked, and GIVEN_UP is returned: ECS starts another
        task, maybe in a better place.
        """
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: self._told_to_stop.set())
        prepare_task(self._files, self._settings)
        self._lending.tell_own(self._files.own_credentials)
        guardian = Guardian()
        patience = max(1.0, self._settings.stop_seconds - LAST_REPORT_SECONDS)
        supervisor = Supervisor(self._components, self._launch, guardian, log=self._log, patience_seconds=patience)
        self._supervise(supervisor)
        # Everything below imports for a while; the components are on their way by now.
        from hangar_agent.loops import Loops  # noqa: PLC0415
        from hangar_agent.signal_threads import signal_threads  # noqa: PLC0415

        loops = Loops(
            self._settings,
            self._identity,
            self._state,
            self._log,
            self._start_checker,
            self._environment,
            self._duties,
        )
        threads = [
            Periodic("control", loops.follow_control, self._log),
            Periodic("look-out", loops.look_out, self._log, retry_seconds=1),
            Periodic("report", loops.report, self._log),
            Periodic("disk", loops.keep_room, self._log),
        ]
        if loops.drain:
            threads.append(Periodic("drain", loops.drain_worker, self._log, retry_seconds=1))
        if loops.follows_dags:
            threads.append(Periodic("candidate", loops.check_candidate, self._log, retry_seconds=1))
            threads.append(Periodic("dag status", loops.tell_dag_status, self._log))
            threads.append(Periodic("metrics", loops.monitor, self._log))
            threads.append(Periodic("stranded", loops.rescue_stranded, self._log))
        threads.extend(signal_threads(self._settings, self._state, loops, self._statsd, self._log))
        self._lending.serve()
        threads.extend(self._lending.watch(loops.hold_role, self._log))
        self._logging.start()
        loops.log_problem = lambda: self._logging.problem
        for thread in threads:
            thread.start()
        given_up = None
        while given_up is None and not self._told_to_stop.wait(TICK_SECONDS):
            given_up = self._supervise(supervisor)
        if given_up is not None:
            self._state.given_up = f"{given_up}. This task ends, ECS starts another in its place"
            self._log(self._state.given_up)
        self._stop(supervisor, threads, loops)
        guardian.close()
        return 0 if given_up is None else GIVEN_UP

    def _supervise(self, supervisor: Supervisor) -> str | None:
        state, duties = self._state, self._state.duties
        wanted = duties.components if duties else None
        given_up = supervisor.tick(state.verdicts, hold=state.hold is not None, wanted=wanted)
        state.statuses = supervisor.statuses
        # Of the very duties that were acted on: under others a component might be about to be started.
        state.pause = pause_progress(duties, state.statuses) if duties else None
        return given_up

    def _launch(self, component: Component) -> Process:
        arguments = command_line(self._settings.image, component)
        environment = self._logging.variables_of(component, self._environment)
        output = self._logging.output_of(component)
        entrance = output.entrance if output else None
        process = launch(arguments, environment, component.niceness, self._files.home, entrance)
        if output:
            output.started()
        return process

    def _start_checker(self, socket: Path) -> Process:
        """Start a checker on its own. It lives as long as the calling thread, which lives as long as the agent."""
        arguments = [str(self._settings.image.python), "-m", "hangar_airflow.check_server", str(socket)]
        return launch(arguments, self._environment, CHECKER_NICENESS, self._files.home)

    def _stop(self, supervisor: Supervisor, threads: list[Periodic], loops: Loops) -> None:
        deadline = time.monotonic() + self._settings.stop_seconds - LAST_REPORT_SECONDS
        self._state.stopping = True
        loops.send_report()
        if loops.drain:
            let_the_poll_return(loops.drain, deadline)
        supervisor.stop(max(1.0, deadline - time.monotonic()))
        self._state.statuses = supervisor.statuses
        for thread in threads:
            thread.end(timeout=0.2)
        loops.send_report()
        self._logging.close(LAST_LINES_SECONDS)


def let_the_poll_return(drain: WorkerDrain, deadline: float) -> None:
    """Stop asking for messages, and wait until the outstanding long poll has come back, before Celery is told.

    A message that arrives for a Celery that is closing would be invisible to everyone for twelve hours.
    """
    drain.stop()
    until = min(deadline, time.monotonic() + LONG_POLL_SECONDS + 1)
    while time.monotonic() < until and drain.poll_is_out():
        time.sleep(0.1)
