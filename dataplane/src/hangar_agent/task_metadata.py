"""Who this task is and what it may use, from the ECS metadata endpoint."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

METADATA_SECONDS = 3


def read_task_id(metadata_uri: str | None, fallback: str) -> str:
    """Return the last part of the task's ARN, or `fallback` where there is no ECS. Raises OSError, ValueError."""
    if metadata_uri is None:
        return fallback
    return str(_task(metadata_uri)["TaskARN"]).rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Of the whole task, as its definition says: Fargate requires both."""

    cpus: float
    memory_bytes: int


def read_task_limits(metadata_uri: str) -> TaskLimits:
    """Return the limits of this task (ECS developer guide, "Task metadata endpoint version 4": vCPU and MiB).

    Raises OSError, ValueError and KeyError.
    """
    limits = _task(metadata_uri)["Limits"]
    return TaskLimits(float(limits["CPU"]), int(limits["Memory"]) * 1024 * 1024)


def _task(metadata_uri: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{metadata_uri.rstrip('/')}/task", timeout=METADATA_SECONDS) as answer:
        task: dict[str, Any] = json.loads(answer.read())
    return task
