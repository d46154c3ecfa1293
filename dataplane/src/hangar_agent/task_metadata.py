"""Who this task is, from the ECS metadata endpoint."""

from __future__ import annotations

import json
import urllib.request

METADATA_SECONDS = 3


def read_task_id(metadata_uri: str | None, fallback: str) -> str:
    """Return the last part of the task's ARN, or `fallback` where there is no ECS. Raises OSError, ValueError."""
    if metadata_uri is None:
        return fallback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{metadata_uri.rstrip('/')}/task", timeout=METADATA_SECONDS) as answer:
        arn = json.loads(answer.read())["TaskARN"]
    return str(arn).rsplit("/", 1)[-1]
