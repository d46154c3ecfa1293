"""Task logs to and from CloudWatch Logs, for every version of Airflow: which line goes to which stream, and back.

Not the Amazon provider's handler: it makes its log group while a task starts, so that a task fails while CloudWatch
Logs is away or closed; it cannot be told a level, and imports boto3 in every process. Groups and streams are the same.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.aws_json import AwsError
from hangar_agent.log_buffer import LogStream
from hangar_agent.log_service import log_service
from hangar_agent.log_shipping import LogShipper
from hangar_agent.log_targets import parse_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hangar_agent.log_service import LogService
    from hangar_agent.log_targets import LogTarget

LAST_LINES_SECONDS = 3.0
"""How long the end of a task waits for its last lines to arrive. Its result waits for them."""
MOST_CHARACTERS = 20_000_000
"""Of one attempt's log that is shown."""
PARSE_LOGS = "dag-processor-logs"
TRIGGER = re.compile(r"\.trigger\.\d+\.log$")


class TaskLogs:
    """One a process. Safe to use from any thread."""

    def __init__(
        self,
        service: LogService,
        shipper: LogShipper,
        task: LogTarget | None,
        parsing: LogTarget | None,
        folders: tuple[Path, Path],
    ) -> None:
        """Take the groups of tasks and of DAG parsing, None where one is off, and the folders Airflow logs both to."""
        self._service = service
        self._shipper = shipper
        self._task = task
        self._parsing = parsing
        self._folders = folders
        self._places: dict[str, tuple[LogStream, int] | None] = {}

    def write(self, file: str, level: int, at: float | None, message: str) -> None:
        """Send a line that also goes to `file`, if there is a group for it and it wants the level. Never raises."""
        place = self._place(file)
        if place and level >= place[1]:
            self._shipper.add(place[0], message, at)

    def wants(self, file: str, level: int) -> bool:
        """Tell whether `write` would send such a line: it may cost something to make."""
        place = self._place(file)
        return place is not None and level >= place[1]

    def finish(self) -> None:
        """Let the lines written so far arrive, within a bound."""
        self._shipper.flush(LAST_LINES_SECONDS)

    def read(self, relative_path: str) -> tuple[list[str], Iterator[tuple[int, str]] | None]:
        """Return where an attempt's log comes from, in sentences, and its lines with their times; None: there are none.

        A deferred task has more streams than one: the triggers' lie beside the attempt's own.
        """
        if self._task is None:
            return [], None
        name, group = stream_name(relative_path), self._task.group
        try:
            there = self._service.stream_names(group, name)
        except AwsError as error:
            return [f"The log cannot be read from CloudWatch Logs, log group {group}: {error}"], None
        wanted = [each for each in there if each == name or TRIGGER.fullmatch(each.removeprefix(name))]
        if not wanted:
            return [], None
        sources = [f"Reading remote log from Cloudwatch log_group: {group} log_stream: {each}" for each in wanted]
        return sources, self._lines([LogStream(group, each) for each in wanted])

    def _lines(self, streams: list[LogStream]) -> Iterator[tuple[int, str]]:
        left = MOST_CHARACTERS
        at = 0
        try:
            for stream in streams:
                for at, message in self._service.read(stream):
                    left -= len(message)
                    if left < 0:
                        yield at, f"The log is longer; the rest of it is in CloudWatch Logs, log stream {stream.name}"
                        return
                    yield at, message
        except AwsError as error:
            yield at, f"The log is longer; the rest of it cannot be read from CloudWatch Logs: {error}"

    def _place(self, file: str) -> tuple[LogStream, int] | None:
        if file not in self._places:
            if len(self._places) > 1000:  # noqa: PLR2004 - a process that lives long sees many files
                self._places.clear()
            self._places[file] = self._find(Path(file))
        return self._places[file]

    def _find(self, file: Path) -> tuple[LogStream, int] | None:
        tasks, parsing = self._folders
        if "dag_id=_hangar_canary" in file.parts or file.name == "hangar_canary.py.log":
            return None  # nobody but Hangar knows of it
        if self._parsing and file.is_relative_to(parsing):
            # MWAA names them by the file alone, whatever folder it is in.
            return LogStream(self._parsing.group, f"scheduler_dag_processor_{file.name}"), self._parsing.level
        if self._task and file.is_relative_to(tasks) and not file.is_relative_to(parsing):
            return LogStream(self._task.group, stream_name(str(file.relative_to(tasks)))), self._task.level
        return None


def stream_name(relative_path: str) -> str:
    """Return the stream of a log file: MWAA's name, which cannot have a colon in it."""
    return relative_path.replace(":", "_")


@cache
def task_logs() -> TaskLogs | None:
    """Return this process's, None where neither group is on (HANGAR_LOGGING)."""
    targets = parse_targets(os.environ.get("HANGAR_LOGGING", ""))
    task, parsing = targets.get("Task"), targets.get("DAGProcessing")
    some = task or parsing
    if some is None:
        return None
    service = log_service(os.environ, some.region)
    # Both as hangar_agent/airflow_environment.py tells Airflow.
    folders = Path(os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]), Path(os.environ["HANGAR_TASK_FOLDER"], PARSE_LOGS)
    return TaskLogs(service, LogShipper(service), task, parsing, folders)
