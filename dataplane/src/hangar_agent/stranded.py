"""Which queued tasks have lost their message? Pure: no clock, no database, no queue.

A worker that dies takes the messages in its hands along: SQS shows them to nobody for twelve hours. Airflow would queue
such a task again after `scheduler.task_queued_timeout`, half an hour here, because it cannot tell it from one that
waits its turn. Queue and workers together can: a task whose message neither waits nor is with a worker that could be
too busy to start it has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SURE_SECONDS = 150.0
"""So long all looks have to agree. A worker that hangs is killed within 60 s, a message it holds is started or lost."""
MOST_APART_SECONDS = 45.0
"""Two looks further apart are not one stretch."""


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A task instance that was handed to the executor and has not started. Queued again, it is another one."""

    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    queued_at: float
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at database and queue."""

    at: float
    queued: frozenset[QueuedTask]
    waiting: int
    """Messages in the queue that a worker could take."""
    in_flight: int
    """Messages taken and not finished, those of dead workers among them."""
    full: frozenset[str]
    """Workers that run as many tasks as they can: such a one may hold a message without starting it."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks against a task so far."""

    since: float
    holders: frozenset[str]
    """Workers that were full at every look: its message may be with one of them."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered between looks. Losing it costs time only."""

    at: float = float("-inf")
    suspects: Mapping[QueuedTask, Suspicion] = field(default_factory=dict)


def consider(memory: Memory, look: Look | None) -> tuple[Memory, frozenset[QueuedTask]]:
    """Return what to remember, and the tasks that have lost their message for sure.

    A look that failed (None: database, queue or api-server did not answer), a message that waits, or a gap between the
    looks clears everybody. A task that is started or queued again is cleared by that.
    """
    if look is None or look.waiting > 0:
        return Memory(), frozenset()
    known = memory.suspects if look.at - memory.at <= MOST_APART_SECONDS else {}
    suspects = {}
    for task in look.queued:
        before = known.get(task)
        since, holders = (before.since, before.holders & look.full) if before else (look.at, look.full)
        suspects[task] = Suspicion(since, holders)
    stranded = frozenset(
        task
        for task, suspicion in suspects.items()
        if look.at - suspicion.since >= SURE_SECONDS and (look.in_flight == 0 or not suspicion.holders)
    )
    return Memory(look.at, suspects), stranded
