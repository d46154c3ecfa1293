"""How many tasks this worker has received and not finished.

Neither kombu nor Celery knows it alone. A message is unacknowledged from its arrival to its task's end (Airflow
acknowledges late), but a lost connection forgets it while the task goes on; Celery's requests survive that, but know
nothing of an end whose acknowledgement has not reached the queue yet.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def tasks_in_hand(channels: Iterable[Any], requests: Iterable[Any]) -> int:
    """Count tasks by id: unacknowledged messages of open channels, and Celery's requests."""
    ids = {task for channel in channels if not channel.closed for task in _unacknowledged(channel)}
    return len(ids | {request.id for request in requests})


def celery_requests() -> list[Any]:
    """Return the requests of this process that wait or run. Outside a Celery worker there are none.

    Not imported: where Celery's worker runs its module is loaded, and elsewhere (a scheduler, `airflow` on the command
    line) it would cost memory for nothing.
    """
    state = sys.modules.get("celery.worker.state")
    return [*state.reserved_requests, *state.active_requests] if state else []


def _unacknowledged(channel: Any) -> list[str]:
    delivered, ended = channel.qos._delivered, channel.qos._dirty  # noqa: SLF001 - kombu counts with them itself
    waiting = [(tag, message) for tag, message in list(delivered.items()) if tag not in ended]
    return [message.properties.get("correlation_id") or tag for tag, message in waiting]
