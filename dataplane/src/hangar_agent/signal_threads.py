"""The threads that hear Airflow's metrics and tell them, with the use of CPU and memory, once a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.cloudwatch import cloudwatch, put_metrics
from hangar_agent.metric_minute import MetricMinute
from hangar_agent.periodic import Periodic
from hangar_agent.task_signals import TaskSignals, limits_of, use_of_this_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.loops import Loops
    from hangar_agent.report import TaskState
    from hangar_agent.settings import AgentSettings
    from hangar_agent.statsd_receiver import StatsdReceiver


def signal_threads(
    settings: AgentSettings,
    state: TaskState,
    loops: Loops,
    receiver: StatsdReceiver | None,
    log: Callable[[str], None],
) -> list[Periodic]:
    """Return the threads, not started, and have the report tell what hinders them."""
    minute = MetricMinute(settings.role, settings.image.major, settings.environment_name)
    client = cloudwatch(settings.inherited, settings.storage.region)
    signals = TaskSignals(
        (settings.role, settings.environment_name),
        minute,
        lambda namespace, data: put_metrics(client, namespace, data),
        loops.wanted,
        (
            use_of_this_task(lambda: [status.pid for status in state.statuses if status.pid is not None]),
            limits_of(settings.metadata_uri),
        ),
        log,
    )
    loops.signal_problem = lambda: signals.problem
    threads = [Periodic("signals", signals.step, log)]
    if receiver:
        threads.append(Periodic("statsd", lambda: receiver.step(minute.hear), log))
    return threads
