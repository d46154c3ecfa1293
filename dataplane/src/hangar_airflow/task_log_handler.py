"""Airflow 2's side of task logs in CloudWatch Logs: its file handler, which also sends lines, and reads them back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from airflow.utils.log.file_task_handler import FileTaskHandler
from airflow.utils.state import State

from hangar_airflow.task_logs import task_logs

if TYPE_CHECKING:
    import logging


class TaskLogHandler(FileTaskHandler):
    """The handler `task` of Airflow's logging configuration. Secrets are masked by a filter before it."""

    trigger_should_wrap = True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line to the task's file, and send it."""
        super().emit(record)
        logs, handler = task_logs(), getattr(self, "handler", None)
        file = getattr(handler, "baseFilename", None)
        if not logs or not file or not logs.wants(file, record.levelno):
            return
        try:
            logs.write(file, record.levelno, record.created, handler.format(record))
        except Exception:  # noqa: BLE001 - as every handler of logging: a bad line is reported, not raised
            self.handleError(record)

    def close(self) -> None:
        """Let the task's last lines arrive, and close the file."""
        if (logs := task_logs()) and getattr(self, "handler", None):
            logs.finish()
        super().close()

    def _read_remote_logs(
        self,
        ti: Any,
        try_number: int,
        metadata: dict[str, Any] | None = None,  # noqa: ARG002 - Airflow's signature
    ) -> tuple[list[str], list[str]]:
        logs = task_logs()
        relative_path = self._render_filename(ti, try_number)
        here = ti.state in State.unfinished and os.path.exists(os.path.join(self.local_base, relative_path))  # noqa: PTH110, PTH118
        if not logs or here:
            return [], []
        sources, lines = logs.read(relative_path)
        return sources, [] if lines is None else ["\n".join(message for _, message in lines)]
