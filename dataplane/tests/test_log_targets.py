"""What a task is told of logs decides what its components say and what is sent."""

import json

import pytest
from airflow_environment_of import environment_of, settings_of

from hangar_agent.log_levels import LevelFilter
from hangar_agent.log_targets import LEVELS, finer_level, parse_targets, write_targets
from hangar_agent.variable_reader import SettingsError

LEVEL = "AIRFLOW__LOGGING__LOGGING_LEVEL"


def told(**levels):
    return json.dumps(
        {
            name: {"group": f"arn:aws:logs:us-east-1:0:log-group:airflow-first-{name}", "level": level}
            for name, level in levels.items()
        }
    )


def test_what_is_written_for_airflows_processes_is_what_was_told():
    targets = parse_targets(told(Task="ERROR", Worker="DEBUG"))
    assert (targets["Task"].group, targets["Task"].level) == ("airflow-first-Task", LEVELS["ERROR"])
    assert targets["Task"].region == "us-east-1"
    assert parse_targets(write_targets(targets)) == targets
    assert parse_targets("") == {}


@pytest.mark.parametrize("text", ["[]", "{", '{"Task": {}}', told(Triggerer="INFO"), told(Task="TRACE")])
def test_what_cannot_be_read_is_complained_about_with_the_other_variables(text):
    with pytest.raises(SettingsError, match="HANGAR_LOGGING"):
        settings_of("web", HANGAR_LOGGING=text)


@pytest.mark.parametrize(
    ("component", "levels", "debug"),
    [
        ("worker", {"Worker": "DEBUG"}, True),
        ("worker", {"Worker": "ERROR", "Task": "DEBUG"}, True),
        ("triggerer", {"Task": "DEBUG"}, True),
        ("scheduler", {"Task": "DEBUG", "Scheduler": "INFO"}, False),
        ("api-server", {"Task": "DEBUG"}, False),
        ("worker", {"Worker": "ERROR"}, False),
    ],
)
def test_a_component_says_more_where_a_group_wants_more_and_never_less_on_its_own_disk(component, levels, debug):
    assert finer_level(component, parse_targets(told(**levels))) == ({LEVEL: "DEBUG"} if debug else {})


def test_airflow_writes_task_logs_its_own_way_exactly_where_their_module_is_off():
    name = "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS"
    assert environment_of(settings_of("worker"))[name] == ""
    assert environment_of(settings_of("worker", HANGAR_LOGGING=told(Worker="INFO")))[name] == ""
    environment = environment_of(settings_of("worker", HANGAR_LOGGING=told(Worker="INFO", Task="INFO")))
    assert environment[name] == "hangar_airflow.logging_config.LOGGING_CONFIG"
    assert list(parse_targets(environment["HANGAR_LOGGING"])) == ["Task"]


def test_airflow_2_says_what_parsing_says_where_it_is_sent_unless_the_user_chose():
    name = "AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET"
    variables = {"HANGAR_AIRFLOW_VERSION": "2.11.2", "HANGAR_LOGGING": told(DAGProcessing="INFO")}
    assert environment_of(settings_of("scheduler", **variables))[name] == "stdout"
    assert environment_of(settings_of("scheduler", {name: "file"}, **variables))[name] == "file"
    assert name not in environment_of(settings_of("scheduler", HANGAR_AIRFLOW_VERSION="2.11.2"))
    assert name not in environment_of(settings_of("scheduler", HANGAR_LOGGING=told(DAGProcessing="INFO")))


def test_lines_below_a_level_are_left_out_with_all_that_belongs_to_them():
    levels = LevelFilter(LEVELS["WARNING"])
    output = {
        "2026-11-23T14:00:00.1Z [info     ] starting": False,
        "  a continuation": False,
        "2026-11-23T14:00:00.2Z [error    ] it broke": True,
        "Traceback (most recent call last):": True,
        "[2026-11-23T14:00:00.123+0000] {job.py:12} DEBUG - detail": False,
        "[2026-11-23T14:00:00.124+0000] {job.py:12} WARNING - careful": True,
        "[2026-11-23 14:36:03,349: INFO/MainProcess] celery@vm ready.": False,
        "[2026-11-23 14:36:03,349: ERROR/ForkPoolWorker-1] it broke": True,
    }
    assert {line: levels.passes(line) for line in output} == output
