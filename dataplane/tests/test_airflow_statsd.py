"""Airflow tells its own agent, each metric once and with the tags its series need; the user chooses which."""

import pytest
from airflow_environment_of import settings_of

from hangar_agent.airflow_environment import agent_environment
from hangar_agent.airflow_metrics import ROWS
from hangar_agent.airflow_statsd import UNUSED_TAGS

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
