"""Everything a task sends to CloudWatch Logs itself: its components' output, its startup script's, in MWAA's streams.

With the execution role's keys, as in MWAA. Its task logs Airflow's own processes send (hangar_airflow/task_logs.py).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from hangar_agent.component_output import ComponentOutput
from hangar_agent.log_buffer import LogStream
from hangar_agent.log_levels import LevelFilter
from hangar_agent.log_targets import COMPONENT_MODULES, ROLE_MODULES, LogTarget, Targets, finer_level

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.components import Component
    from hangar_agent.credentials import Credentials
    from hangar_agent.log_shipping import LogShipper
    from hangar_agent.settings import AgentSettings

STREAM_PREFIXES = {
    "api-server": "webserver",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "worker": "worker",
}
DAG_PROCESSOR_STREAM = "dag-processor-manager.log"
"""One for all schedulers, as in MWAA."""
LAST_LINES_SECONDS = 1.0


class TaskLogging:
    """For a task whose modules are all off everything here does nothing."""

    def __init__(
        self,
        targets: Targets,
        task_id: str,
        role: str,
        make_shipper: Callable[[], LogShipper],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`make_shipper` is called when it is needed: what it imports must not hold up components that say nothing."""
        self._targets = targets
        self._task_id = task_id
        self._role = role
        self._make_shipper = make_shipper
        self._clock = clock
        self._made: LogShipper | None = None
        self._outputs: list[ComponentOutput] = []

    @property
    def problem(self) -> str | None:
        """Return why lines do not arrive, in a sentence."""
        return self._made.problem if self._made else None

    def start(self) -> None:
        """Make the groups, though nobody may write a line for long. The components have been started."""
        if self._targets:
            self._shipper().start()

    def output_of(self, component: Component) -> ComponentOutput | None:
        """Return what a component that starts is to write to; None: what it says goes to the task's log alone."""
        target = self._targets.get(COMPONENT_MODULES[component.name])
        if target is None:
            return None
        prefix = STREAM_PREFIXES.get(component.name)
        name = self._stream_name(prefix) if prefix else DAG_PROCESSOR_STREAM
        output = ComponentOutput(self._sender(target, name, LevelFilter(target.level)))
        self._outputs = [*self._outputs[-8:], output]
        return output

    def variables_of(self, component: Component, environment: dict[str, str]) -> dict[str, str]:
        """Return the environment of a component that says as much as its groups want, unless a user chose a level."""
        return {**finer_level(component.name, self._targets), **environment}

    def startup_lines(self) -> Callable[[str], None] | None:
        """Return where the startup script's lines go, at whatever level; None: to the task's log alone."""
        target = self._targets.get(ROLE_MODULES[self._role])
        if target is None:
            return None
        return self._sender(target, self._stream_name("startup_script_execution"))

    def close(self, seconds: float) -> None:
        """Send what has been said, within a time; the components have ended."""
        deadline = time.monotonic() + seconds
        for output in self._outputs:
            output.join(max(0.0, min(LAST_LINES_SECONDS, deadline - time.monotonic())))
        if self._made:
            self._made.close(max(0.0, deadline - time.monotonic()))

    def _shipper(self) -> LogShipper:
        if self._made is None:
            self._made = self._make_shipper()
        return self._made

    def _sender(self, target: LogTarget, name: str, levels: LevelFilter | None = None) -> Callable[[str], None]:
        shipper, stream = self._shipper(), LogStream(target.group, name)

        def send(line: str) -> None:
            if levels is None or levels.passes(line):
                shipper.add(stream, line)

        return send

    def _stream_name(self, prefix: str) -> str:
        """Name a stream as MWAA does: whose, on which host, since when. A host here is a task."""
        return f"{prefix}_{self._task_id}_{self._clock():.6f}.log"


class KeysOf:
    """Keys that are asked for when they are needed: before the role is lent there are none."""

    def __init__(self, keys: Callable[[], Credentials]) -> None:
        self._keys = keys

    def current(self) -> Credentials:
        """Return keys. Raises NoCredentials."""
        return self._keys()


def task_logging(settings: AgentSettings, task_id: str, keys: Callable[[], Credentials]) -> TaskLogging:
    """Return a task's logging; with all modules off it costs nothing."""
    targets = settings.logging

    def make_shipper() -> LogShipper:
        from hangar_agent.log_service import log_service  # noqa: PLC0415
        from hangar_agent.log_shipping import LogShipper  # noqa: PLC0415

        service = log_service(os.environ, next(iter(targets.values())).region, KeysOf(keys))
        return LogShipper(service, [target.group for target in targets.values()])

    return TaskLogging(targets, task_id, settings.role, make_shipper)
