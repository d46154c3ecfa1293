"""Task logs: which line goes to which stream, and that an attempt is read back whole from where it went."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_logs import SmallLogs

from hangar_agent.log_shipping import LogShipper
from hangar_agent.log_targets import LogTarget
from hangar_airflow.remote_task_log import RemoteTaskLog
from hangar_airflow.task_logs import TaskLogs

ARN = "arn:aws:logs:us-east-1:0:log-group:"
TASK, PARSING = LogTarget(f"{ARN}g-Task", 20), LogTarget(f"{ARN}g-DAGProcessing", 20)
BASE = Path("/task/logs")
FOLDERS = (BASE, Path("/task/dag-processor-logs"))
RUN = "dag_id=d/run_id=manual__2026-11-23T14:00:00+00:00/task_id=t/attempt=1.log"
STREAM = "dag_id=d/run_id=manual__2026-11-23T14_00_00+00_00/task_id=t/attempt=1.log"
INFO, DEBUG = 20, 10


def logs_of(service, task=TASK, parsing=PARSING):
    return TaskLogs(service, LogShipper(service, gather_seconds=3600), task, parsing, FOLDERS)


class Logger:
    """What structlog gives to a processor: it writes to a file."""

    def __init__(self, name, number=7):
        self._file = type("File", (), {"name": name, "fileno": lambda _: number})()


def test_a_task_line_goes_to_the_stream_mwaa_has_for_its_attempt_and_is_read_back():
    service = SmallLogs()
    logs = logs_of(service)
    logs.write(str(BASE / RUN), INFO, 5.25, "hello")
    logs.write(str(BASE / RUN), DEBUG, 5.5, "below its level")
    logs.finish()
    assert service.streams == {("g-Task", STREAM): [(5250, "hello")]}
    sources, lines = logs.read(RUN)
    assert list(lines) == [(5250, "hello")]
    assert STREAM in sources[0]


def test_what_its_triggers_said_belongs_to_an_attempt_and_no_other_attempt_does():
    service = SmallLogs()
    logs = logs_of(service)
    for name in (RUN, f"{RUN}.trigger.12.log", RUN.replace("attempt=1", "attempt=10"), f"{RUN}.other"):
        logs.write(str(BASE / name), INFO, 1, name)
    logs.finish()
    assert [message for _, message in logs.read(RUN)[1]] == [RUN, f"{RUN}.trigger.12.log"]


def test_parsing_goes_to_its_own_group_by_file_whatever_folder_airflow_keeps_it_in():
    service = SmallLogs()
    logs = logs_of(service)
    logs.write("/task/dag-processor-logs/2026-11-23/releases/team/a.py.log", INFO, 1, "parsed")
    logs.finish()
    assert service.lines("g-DAGProcessing", "scheduler_dag_processor_a.py.log") == ["parsed"]


@pytest.mark.parametrize("file", ["/dev/stdout", "<stdout>", "/elsewhere/attempt=1.log", "attempt=1.log"])
def test_no_other_output_of_airflows_is_taken_for_a_task_log(file):
    assert not logs_of(SmallLogs()).wants(file, INFO)


@pytest.mark.parametrize(
    "file",
    [
        "/task/logs/dag_id=_hangar_canary/run_id=r/task_id=answer/attempt=1.log",
        "/task/dag-processor-logs/2026-11-23/hangar-canary/hangar_canary.py.log",
    ],
)
def test_the_hidden_canary_is_hidden_here_too(file):
    assert not logs_of(SmallLogs()).wants(file, INFO)


def test_a_module_that_is_off_sends_nothing():
    assert not logs_of(SmallLogs(), task=None).wants(str(BASE / RUN), INFO)
    assert not logs_of(SmallLogs(), parsing=None).wants("/task/dag-processor-logs/a.log", INFO)
    assert logs_of(SmallLogs(), task=None).read(RUN) == ([], None)


def test_while_cloudwatch_is_away_the_reader_is_told_so_and_the_file_is_left_to_speak():
    service = SmallLogs()
    service.refuses = ""
    sources, lines = logs_of(service).read(RUN)
    assert lines is None
    assert "cannot be read" in sources[0]


def test_airflow_3s_lines_come_back_as_they_were_with_the_time_they_were_written_at():
    service = SmallLogs()
    remote = RemoteTaskLog(logs_of(service))
    event = {
        "timestamp": "2026-11-23T14:00:00.123456Z",
        "level": "info",
        "event": "hello",
        "at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    for process in remote.processors:
        assert process(Logger(str(BASE / RUN)), "info", event) is event
        process(Logger(str(BASE / RUN)), "exception", {"event": "it broke"})
        process(Logger(str(BASE / RUN)), "debug", {"event": "below its level"})
        process(None, "info", {"event": "of no file"})
        process(Logger(7), "info", {"event": "to the supervisor's socket"})
    remote.upload(RUN)
    (at, first), (_, second) = service.streams[("g-Task", STREAM)]
    assert at == int(datetime(2026, 11, 23, 14, 0, 0, 123456, tzinfo=UTC).timestamp() * 1000)
    assert json.loads(first) == {**event, "at": "2026-01-01T00:00:00Z"}
    assert json.loads(second) == {"event": "it broke"}


def test_a_time_that_is_a_time_already_is_the_lines_time_too():
    service = SmallLogs()
    remote = RemoteTaskLog(logs_of(service))
    at = datetime(2026, 11, 23, 14, 0, 0, 123456, tzinfo=UTC)
    (process,) = remote.processors
    process(Logger(str(BASE / RUN)), "info", {"timestamp": at, "event": "hello"})
    remote.upload(RUN)
    ((when, message),) = service.streams[("g-Task", STREAM)]
    assert (when, json.loads(message)["timestamp"]) == (int(at.timestamp() * 1000), "2026-11-23T14:00:00.123456Z")


def test_a_line_that_cannot_be_sent_ends_no_task():
    class Unwilling:
        def __str__(self):
            raise RuntimeError

    event = {"event": Unwilling()}
    (process,) = RemoteTaskLog(logs_of(SmallLogs())).processors
    assert process(Logger(str(BASE / RUN)), "info", event) is event
