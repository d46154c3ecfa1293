"""Which look-out a task of each role has, with what it needs to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.components import components_of
from hangar_agent.metadata_database import MetadataDatabase
from hangar_agent.reachability import Reachability, database_answers, endpoint_answers
from hangar_agent.watch import LookOut, SchedulerLookOut, WebLookOut, WorkerLookOut
from hangar_agent.web_probe import WebProbe

if TYPE_CHECKING:
    from pathlib import Path

    from hangar_agent.settings import AgentSettings


def look_out_of(settings: AgentSettings, task_id: str, poll_file: Path, metadata: MetadataDatabase | None) -> LookOut:
    """Return the look-out of a task. `metadata`: what its agent asks already, where there is one."""
    database = Reachability(lambda: database_answers(settings.metadata))
    if settings.role == "web":
        return WebLookOut(WebProbe(settings.web_port, settings.image.major), database)
    if settings.role == "worker":
        host, _, port = (settings.broker_host or "").rpartition(":")
        queue = Reachability(lambda: endpoint_answers(host, int(port))) if host else None
        return WorkerLookOut(poll_file, queue, database, settings.worker_replaced_after_seconds)
    components = components_of("scheduler", settings.image, settings.queue_name)
    job_types = {each.name: each.job_type for each in components if each.job_type}
    return SchedulerLookOut(metadata or MetadataDatabase(settings.metadata, settings.image.major), task_id, job_types)
