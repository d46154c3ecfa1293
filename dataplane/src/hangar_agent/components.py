"""Which Airflow processes a task of each role runs, and how each is started and stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hangar_agent.settings import ImageSettings, Role


@dataclass(frozen=True, slots=True)
class Component:
    """One long-running Airflow process."""

    name: str
    """As reports show it: api-server, scheduler, dag-processor, triggerer, worker."""
    arguments: tuple[str, ...]
    """What follows `airflow` on the command line. Never a secret."""
    niceness: int
    """0 is most urgent. On one machine everything starts at once: what others wait for goes first."""
    job_type: str | None
    """Its name in Airflow's table `job`, for those that keep a heartbeat there."""
    patience_seconds: float = float("inf")
    """How long it may take to stop, where that is less than the task has."""


def components_of(role: Role, image: ImageSettings, *queues: str, triggerer: bool = True) -> tuple[Component, ...]:
    """Return the components of a role, in the order in which they are started; a worker listens to all `queues`.

    Without a triggerer nothing judges one: deferred tasks then wait for somebody to switch it on again.
    """
    new = image.major >= 3  # noqa: PLR2004
    if role == "web":
        return (Component("api-server", ("api-server", "--proxy-headers") if new else ("webserver",), 0, None),)
    if role == "worker":
        # Not --celery-hostname: it asks all workers first, which SQS cannot carry.
        worker = ("celery", "worker", "--skip-serve-logs", "--without-mingle", "--without-gossip")
        return (Component("worker", (*worker, "-q", ",".join(queues)), 2, None),)
    scheduler = ("scheduler",) if new else ("scheduler", "--skip-serve-logs")
    components = (
        Component("dag-processor", ("dag-processor",), 2, "DagProcessorJob"),
        Component("scheduler", scheduler, 2, "SchedulerJob"),
        # Takes either one second or ten to stop; its triggers are taken over by its successor in both cases.
        Component("triggerer", ("triggerer", "--skip-serve-logs"), 4, "TriggererJob", patience_seconds=4),
    )
    return components if triggerer else components[:-1]


def command_line(image: ImageSettings, component: Component) -> list[str]:
    """Return the argument vector of a component."""
    return [str(image.python), "-m", "hangar_airflow.start", *component.arguments]
