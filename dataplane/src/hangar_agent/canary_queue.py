"""The queue of an upgrade's canary, as a task is told of it: the only one a held worker listens to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hangar_agent.variable_reader import VariableReader

NAME, URL = "HANGAR_CANARY_QUEUE_NAME", "HANGAR_CANARY_QUEUE_URL"


@dataclass(frozen=True, slots=True)
class CanaryQueue:
    """Its name and address."""

    name: str
    url: str


def read_canary_queue(read: VariableReader) -> CanaryQueue | None:
    """Return the queue; None in a task that belongs to no upgrade. Half of one is a complaint: nobody goes unheld."""
    if not any(read.environment.get(each) for each in (NAME, URL)):
        return None
    return CanaryQueue(read.text(NAME), read.text(URL))
