"""How many tasks one worker runs at once. The one place: Celery is told what the monitor counts with. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.protected_options import without_protected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.settings import AgentSettings

AUTOSCALE = "AIRFLOW__CELERY__WORKER_AUTOSCALE"
CONCURRENCY = "AIRFLOW__CELERY__WORKER_CONCURRENCY"
NUMBERS = re.compile(r"\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?")


@dataclass(frozen=True, slots=True)
class WorkerSlots:
    """The slots of one worker."""

    most: int
    """Tasks it runs at once when there are enough of them: its slots."""
    least: int | None = None
    """Processes it keeps while there are fewer; None: as many as slots, all the time."""

    def variables(self) -> dict[str, str]:
        """Return Airflow's variables for a Celery worker of so many slots."""
        autoscale = {} if self.least is None else {AUTOSCALE: f"{self.most},{self.least}"}
        return {CONCURRENCY: str(self.most), **autoscale}


def task_slots(settings: AgentSettings) -> WorkerSlots:
    """Return the slots of this environment's workers, the same in every task of it: no startup script changes them."""
    return worker_slots(without_protected(settings.overrides, settings.image.major), settings.worker_slots)


def worker_slots(options: Mapping[str, str], of_class: int) -> WorkerSlots:
    """Return the slots: those of `celery.worker_autoscale`, else those of the environment class.

    `celery.worker_concurrency` decides nothing, as in MWAA (protected_options.json, "ignored"). As Celery reads it, the
    larger number of "16,12" is the maximum, in whatever order; one number is a maximum above no processes at all. What
    Celery would refuse, and so never start with, counts as nothing given.
    """
    given = NUMBERS.fullmatch(options.get(AUTOSCALE, ""))
    if given is None:
        return WorkerSlots(of_class)
    first, second = int(given[1]), int(given[2] or 0)
    most, least = max(first, second), min(first, second)
    return WorkerSlots(most, least) if most > 0 else WorkerSlots(of_class)
