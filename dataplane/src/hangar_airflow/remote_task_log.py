"""Airflow 3's side of task logs in CloudWatch Logs: what it calls a RemoteLogIO."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, MutableMapping

    from hangar_airflow.task_logs import TaskLogs

STDOUT, STDERR = 1, 2
LEVELS = {**logging.getLevelNamesMapping(), "EXCEPTION": logging.ERROR, "WARN": logging.WARNING}


class RemoteTaskLog:
    """Given to Airflow as REMOTE_TASK_LOG."""

    def __init__(self, logs: TaskLogs) -> None:
        self._logs = logs
        self.processors: tuple[Callable[..., Any], ...] = (self._process,)
        """Of structlog, the last before what writes the file: secrets are masked by then."""

    def _process(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Send a copy of a line that is written to a task's file. What comes in goes out, whatever happens."""
        try:
            file = getattr(logger, "_file", None)
            name = getattr(file, "name", None)
            level = LEVELS.get(method.upper(), logging.INFO)
            if isinstance(name, str) and self._logs.wants(name, level):
                self._logs.write(name, level, _time_of(event), json.dumps(event, default=_as_text))
        except Exception:  # noqa: BLE001, S110 - a log line that cannot be sent must not end the task it is from
            pass
        return event

    def upload(self, path: os.PathLike[str] | str, ti: Any = None) -> None:  # noqa: ARG002 - Airflow's signature
        """Let the lines of a task that has ended arrive. The file stays: it is pruned with the task's disk."""
        self._logs.finish()

    def read(self, relative_path: str, ti: Any) -> tuple[list[str], list[str] | None]:
        """Return where an attempt's log is, and its text, a JSON object a line."""
        if _is_here(relative_path, ti):
            return [], None  # the file says it all, to the last line
        sources, lines = self._logs.read(relative_path)
        return sources, None if lines is None else ["\n".join(_as_json(at, message) for at, message in lines)]


def _is_here(relative_path: str, ti: Any) -> bool:
    from airflow.configuration import conf  # noqa: PLC0415 - the reader's process alone
    from airflow.utils.state import State  # noqa: PLC0415

    base = Path(conf.get("logging", "base_log_folder"))
    return getattr(ti, "state", None) in State.unfinished and (base / relative_path).exists()


def _time_of(event: MutableMapping[str, Any]) -> float | None:
    at = event.get("timestamp")
    if isinstance(at, datetime):
        return at.timestamp()
    try:
        return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    """Return what JSON has no form for; a time as the file has it."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _as_json(at: int, message: str) -> str:
    """Return one line of an attempt's log as Airflow reads it: always an object with a time and an event."""
    try:
        line = json.loads(message)
    except ValueError:
        line = None
    if not isinstance(line, dict) or "event" not in line:
        line = {"event": message}
    return json.dumps({"timestamp": datetime.fromtimestamp(at / 1000, UTC).isoformat(), **line})
