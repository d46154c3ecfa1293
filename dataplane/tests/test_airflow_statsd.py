"""Airflow tells its own agent, each metric once and with the tags its series need; the user chooses which."""

import re
from pathlib import Path

import pytest
from airflow_environment_of import settings_of

from hangar_agent.airflow_environment import agent_environment
from hangar_agent.airflow_metrics import ROWS
from hangar_agent.airflow_statsd import UNUSED_TAGS, USUAL_METRICS, usual_allow_list

LISTS = {
    "AIRFLOW__METRICS__METRICS_ALLOW_LIST": "scheduler,executor",
    "AIRFLOW__METRICS__METRICS_BLOCK_LIST": "dagrun",
}


def told(port, version="3.3.1", options=None):
    settings = settings_of("worker", options, HANGAR_AIRFLOW_VERSION=version)
    return agent_environment(settings, "t1", settings.image.python, statsd_port=port)


@pytest.mark.parametrize("version", ["3.3.1", "2.11.2", "2.10.3"])
def test_airflow_is_told_where_its_agent_hears(version):
    environment = told(8125, version)
    where = {name: environment[f"AIRFLOW__METRICS__STATSD_{name}"] for name in ("ON", "HOST", "PORT", "PREFIX")}
    assert where == {"ON": "True", "HOST": "127.0.0.1", "PORT": "8125", "PREFIX": "airflow"}
    assert environment["AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED"] == "True"


def test_airflow_3_tells_each_metric_once():
    assert told(8125)["AIRFLOW__METRICS__LEGACY_NAMES_ON"] == "False"


def test_no_tag_that_a_series_needs_is_left_out():
    needed = {tag for row in ROWS.values() for _, tags in row.tagged for tag in tags} | {"bundle_name"}
    for unused in UNUSED_TAGS.split(","):
        # Airflow 3 looks for each anywhere in a tag's name, Airflow 2 at its beginning.
        assert not [tag for tag in needed if unused in tag]


def test_without_a_port_statsd_is_off():
    assert told(None)["AIRFLOW__METRICS__STATSD_ON"] == "False"


def test_the_users_lists_of_metrics_reach_airflow():
    assert LISTS.items() <= told(8125, options=LISTS).items()


def allowed(major):
    """Return what of MWAA's metrics passes, by the rule each Airflow has for its list."""
    entries = usual_allow_list(major).split(",")
    passes = re.search if major >= 3 else lambda entry, name: name.startswith(entry)
    return {name: row for name, row in ROWS.items() if any(passes(entry, name) for entry in entries)}


def test_who_chooses_nothing_is_told_what_people_set_alarms_on_in_every_version_alike():
    assert {"ti_failures", "dag_processing.total_parse_time", "triggerer_heartbeat"} <= allowed(3).keys()
    assert allowed(2) == allowed(3)
    for usual in USUAL_METRICS:
        assert any(name.startswith(usual) for name in ROWS), f"{usual} is no metric of MWAA's"


def test_what_is_told_to_who_chooses_nothing_does_not_grow_with_tasks_files_and_operators():
    own = {row.metric: [dimension for dimension, _ in row.tagged] for row in allowed(3).values() if row.tagged}
    assert own == {"DAGDurationFailed": ["DAG"], "PoolStarvingTasks": ["Pool"]}
    assert len({row.metric for row in allowed(3).values()}) <= 25


def test_the_page_for_operators_names_each_of_them():
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    assert [row.metric for row in allowed(3).values() if f"`{row.metric}`" not in page] == []


@pytest.mark.parametrize("version", ["3.3.1", "2.11.2"])
@pytest.mark.parametrize(
    "option", ["METRICS_ALLOW_LIST", "METRICS_BLOCK_LIST", "STATSD_ALLOW_LIST", "STATSD_BLOCK_LIST"]
)
def test_a_users_list_wins_also_an_empty_one_and_one_of_what_is_not_told(version, option):
    ours = "AIRFLOW__METRICS__METRICS_ALLOW_LIST"
    assert told(8125, version)[ours] == usual_allow_list(int(version[0]))
    for value in ("", "dagrun"):
        asked = {f"AIRFLOW__METRICS__{option}": value}
        environment = told(8125, version, asked)
        assert asked.items() <= environment.items()
        assert environment.get(ours) == asked.get(ours)
