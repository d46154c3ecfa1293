"""What a task's components say reaches their groups in MWAA's streams, and the task's own log as ever."""

import subprocess
import sys

import pytest
from small_logs import SmallLogs
from test_log_targets import told

from hangar_agent.component_output import MOST_LINE_BYTES, ComponentOutput
from hangar_agent.components import Component
from hangar_agent.log_shipping import LogShipper
from hangar_agent.log_targets import parse_targets
from hangar_agent.task_logging import TaskLogging

HOUR = 3600


def logging_of(role, service, **levels):
    targets = parse_targets(told(**levels))
    return TaskLogging(targets, "t1", role, lambda: LogShipper(service, gather_seconds=HOUR), clock=lambda: 1.5)


def say(output, text):
    process = subprocess.run(
        [sys.executable, "-c", f"import os; os.write(1, {text.encode()!r})"], stdout=output.entrance, check=False
    )
    output.started()
    return process.returncode


@pytest.mark.parametrize(
    ("name", "module", "stream"),
    [
        ("scheduler", "Scheduler", "scheduler_t1_1.500000.log"),
        ("triggerer", "Scheduler", "triggerer_t1_1.500000.log"),
        ("dag-processor", "DAGProcessing", "dag-processor-manager.log"),
        ("api-server", "WebServer", "webserver_t1_1.500000.log"),
        ("worker", "Worker", "worker_t1_1.500000.log"),
    ],
)
def test_a_components_output_goes_to_the_group_and_stream_mwaa_has_for_it(capfd, name, module, stream):
    service = SmallLogs()
    logging = logging_of("worker", service, **{module: "INFO"})
    assert say(logging.output_of(Component(name, (), 0, None)), "[info  ] hello\n[debug  ] no\n\nlast, cut off") == 0
    logging.close(10)
    assert service.lines(f"airflow-first-{module}", stream) == ["[info  ] hello"]
    assert capfd.readouterr().err == "[info  ] hello\n[debug  ] no\n\nlast, cut off"


def test_where_a_module_is_off_its_components_write_where_they_always_did():
    logging = logging_of("worker", SmallLogs(), Task="INFO")
    assert logging.output_of(Component("worker", (), 0, None)) is None
    assert logging.startup_lines() is None


def test_the_startup_scripts_output_is_sent_at_any_level_in_a_stream_of_its_own():
    service = SmallLogs()
    logging = logging_of("web", service, WebServer="CRITICAL")
    logging.startup_lines()("installing")
    logging.close(10)
    assert service.lines("airflow-first-WebServer", "startup_script_execution_t1_1.500000.log") == ["installing"]


def test_a_level_the_user_chose_stands():
    logging = logging_of("worker", SmallLogs(), Worker="DEBUG")
    worker, name = Component("worker", (), 0, None), "AIRFLOW__LOGGING__LOGGING_LEVEL"
    assert logging.variables_of(worker, {})[name] == "DEBUG"
    assert logging.variables_of(worker, {name: "ERROR"})[name] == "ERROR"


def test_a_full_disk_under_the_tasks_own_log_stops_neither_component_nor_lines():
    lines = []
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        output = ComponentOutput(lines.append, full.fileno())
        assert say(output, "one\ntwo\n") == 0
        output.join(10)
    assert lines == ["one", "two"]


def test_a_line_without_an_end_is_passed_on_in_pieces_and_nobody_waits_for_its_end(tmp_path):
    lines = []
    file = tmp_path / "log"
    writes = f"import os; n = {3 * MOST_LINE_BYTES}\nwhile n: n -= os.write(1, b'x' * n)"
    with file.open("wb") as log:
        output = ComponentOutput(lines.append, log.fileno())
        process = subprocess.Popen([sys.executable, "-c", writes], stdout=output.entrance)
        output.started()
        assert process.wait(30) == 0
        output.join(10)
    assert "".join(lines) == "x" * 3 * MOST_LINE_BYTES == file.read_text()
    assert len(lines) > 1
