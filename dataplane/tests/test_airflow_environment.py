"""Airflow's configuration follows from the settings alone; nobody can override what holds an environment together."""

import json
import os
from pathlib import Path

import pytest
from task_definition import SECRETS, TASK_ENVIRONMENT

from hangar_agent.airflow_environment import agent_environment, database_url, migration_environment
from hangar_agent.components import command_line, components_of
from hangar_agent.migration_settings import read_migration_settings
from hangar_agent.settings import ROLES, DatabaseLogin, read_agent_settings
from hangar_agent.variable_reader import SettingsError

FOLDER = Path("/tasks/t1")
PYTHON = Path("/agent/bin/python")


def environment_of(role, **variables):
    return agent_environment(read_agent_settings(role, {**TASK_ENVIRONMENT, **variables}, FOLDER), "t1", PYTHON)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("version", ["3.3.1", "2.11.2"])
def test_no_command_line_of_any_component_carries_a_secret(role, version):
    settings = read_agent_settings(role, {**TASK_ENVIRONMENT, "HANGAR_AIRFLOW_VERSION": version}, FOLDER)
    for component in components_of(role, settings.image, settings.queue_name):
        line = " ".join(command_line(settings.image, component))
        assert [secret for secret in SECRETS if secret in line] == []


def test_components_get_no_secret_of_hangar_but_as_the_airflow_setting_it_is_for():
    environment = environment_of("worker")
    leaked = {
        name for name, value in environment.items() if any(s in value for s in SECRETS) and "AIRFLOW__" not in name
    }
    assert leaked == set()


def test_a_control_plane_setting_overrides_a_recommendation():
    options = json.dumps({"AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "3", "AIRFLOW__CORE__PARALLELISM": "7"})
    environment = environment_of("scheduler", HANGAR_SETTINGS=options)
    assert environment["AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES"] == "3"
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "7"


@pytest.mark.parametrize(
    "name",
    [
        "AIRFLOW__CORE__EXECUTOR",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__CORE__AUTH_MANAGER",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__CELERY__BROKER_URL",
        "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER",
        "AIRFLOW__API__HOST",
    ],
)
def test_what_holds_an_environment_together_cannot_be_overridden(name):
    assert (
        environment_of("web", HANGAR_SETTINGS=json.dumps({name: "mine"}))[name] == environment_of("web")[name] != "mine"
    )


def test_the_broker_address_carries_no_keys_and_names_the_one_machine_endpoint():
    environment = environment_of("worker")
    celery = json.loads(environment["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"])
    assert environment["AIRFLOW__CELERY__BROKER_URL"] == celery["broker_url"] == "sqs://127.0.0.1:4566//"
    assert celery["broker_transport"] == "hangar_airflow.broker:Transport"
    options = celery["broker_transport_options"]
    assert (options["is_secure"], options["visibility_timeout"], options["wait_time_seconds"]) == (False, 43200, 10)
    assert options["predefined_queues"]["hangar-e7"] == options["predefined_queues"]["default"]


def test_in_aws_the_broker_is_sqs_itself_over_https():
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/hangar-e7"
    environment = environment_of("worker", HANGAR_QUEUE_URL=url, HANGAR_BROKER_HOST="")
    celery = json.loads(environment["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"])
    assert celery["broker_url"] == "sqs://"
    assert celery["broker_transport_options"]["is_secure"] is True


def test_only_the_worker_is_given_the_pause_switch():
    assert "HANGAR_PAUSE_FILE" in environment_of("worker")
    assert not {"HANGAR_PAUSE_FILE", "HANGAR_POLL_FILE"} & (
        environment_of("web").keys() | environment_of("scheduler").keys()
    )


def test_the_canary_has_a_bundle_of_its_own_beside_the_releases():
    bundles = json.loads(environment_of("scheduler")["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert [bundle["name"] for bundle in bundles] == ["hangar-canary", "releases"]
    assert bundles[1]["kwargs"]["root"] == "/tasks/t1/dags"


def test_a_password_of_any_characters_survives_in_the_database_address():
    address = database_url(DatabaseLogin("h", 1, "d", "u", "a:b/c@d%e f?g#"))
    assert address.startswith("postgresql+psycopg2://u:a%3Ab%2Fc%40d%25e%20f%3Fg%23@h:1/d?")


def test_nobody_can_sign_in_by_a_password():
    assert environment_of("web")["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == ""
    old = environment_of("web", HANGAR_AIRFLOW_VERSION="2.11.2")
    assert "basic_auth" not in old["AIRFLOW__API__AUTH_BACKENDS"]
    assert old["AIRFLOW__WEBSERVER__CONFIG_FILE"] == "/tasks/t1/webserver_config.py"


def test_only_the_web_server_opens_anything():
    for role in ("scheduler", "worker"):
        assert "HANGAR_SIGN_IN_PUBLIC_KEY" not in environment_of(role)
    assert environment_of("web")["HANGAR_SIGN_IN_PUBLIC_KEY"] == TASK_ENVIRONMENT["HANGAR_SIGN_IN_PUBLIC_KEY"]


def test_over_https_a_session_of_airflow_2_travels_encrypted_only():
    secure = "AIRFLOW__WEBSERVER__COOKIE_SECURE"
    version = {"HANGAR_AIRFLOW_VERSION": "2.11.2"}
    assert environment_of("web", **version)[secure] == "False"
    assert environment_of("web", **version, HANGAR_WEB_URL="https://airflow.example")[secure] == "True"


def test_airflow_2_reads_the_live_release_through_the_symlink():
    environment = environment_of("scheduler", HANGAR_AIRFLOW_VERSION="2.11.2")
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == "/tasks/t1/dags/current"
    assert "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST" not in environment


def test_airflow_2_logs_the_canarys_parsing_in_the_tasks_folder_though_the_canary_lies_outside():
    template = environment_of("scheduler", HANGAR_AIRFLOW_VERSION="2.11.2")[
        "AIRFLOW__LOGGING__LOG_PROCESSOR_FILENAME_TEMPLATE"
    ]
    expression = template.removeprefix("{{").removesuffix("}}.log").strip()
    for file, logged in (("/dataplane/canary.py", "dataplane/canary.py"), (f"{FOLDER}/dags/current/a/b.py", "a/b.py")):
        filename = os.path.relpath(file, FOLDER / "dags" / "current")  # as Airflow's FileProcessorHandler does
        assert eval(expression, {"filename": filename}) == logged  # noqa: S307 - Jinja, but a method's call is Python's


def test_migration_knows_the_database_and_nothing_of_queue_or_sign_in():
    environment = migration_environment(read_migration_settings(TASK_ENVIRONMENT, FOLDER))
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("/e7_metadata?connect_timeout=15")
    assert not [name for name in environment if "CELERY__" in name or "JWT" in name]


UPGRADE = {
    "HANGAR_CANARY_QUEUE_NAME": "hangar-e7-g5-canary",
    "HANGAR_CANARY_QUEUE_URL": "http://127.0.0.1:4566/000000000000/hangar-e7-g5-canary",
}


@pytest.mark.parametrize("role", ROLES)
def test_in_an_upgrade_every_component_knows_the_canarys_queue_beside_its_own(role):
    environment = environment_of(role, **UPGRADE)
    options = json.loads(environment["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"])["broker_transport_options"]
    assert options["predefined_queues"] == {
        "hangar-e7": {"url": TASK_ENVIRONMENT["HANGAR_QUEUE_URL"]},
        "default": {"url": TASK_ENVIRONMENT["HANGAR_QUEUE_URL"]},
        "hangar-e7-g5-canary": {"url": UPGRADE["HANGAR_CANARY_QUEUE_URL"]},
    }
    assert environment["HANGAR_CANARY_QUEUE_NAME"] == "hangar-e7-g5-canary"
    assert environment["AIRFLOW__OPERATORS__DEFAULT_QUEUE"] == "hangar-e7"
    held = environment.get("HANGAR_HELD_FILE")
    assert held == ("/tasks/t1/held" if role == "worker" else None)


@pytest.mark.parametrize(("generation", "earlier"), [(1, []), (4, [1, 2, 3]), (1000, list(range(700, 1000)))], ids=str)
def test_a_run_pinned_to_an_older_dag_version_reaches_the_queue_that_took_its_queues_place(generation, earlier):
    name, url = (
        f"airflow-celery-e7-g{generation}",
        f"http://127.0.0.1:4566/000000000000/airflow-celery-e7-g{generation}",
    )
    environment = environment_of("scheduler", HANGAR_QUEUE_NAME=name, HANGAR_QUEUE_URL=url)
    text = environment["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"]
    queues = json.loads(text)["broker_transport_options"]["predefined_queues"]
    assert queues == {old: {"url": url} for old in [name, "default", *(f"airflow-celery-e7-g{one}" for one in earlier)]}
    assert len(text) < 100_000  # Linux takes no variable of 128 KiB or more


@pytest.mark.parametrize("role", ROLES)
def test_outside_of_an_upgrade_no_component_hears_of_a_canarys_queue(role):
    environment = environment_of(role)
    assert {"HANGAR_CANARY_QUEUE_NAME", "HANGAR_HELD_FILE"} & environment.keys() == set()


def test_a_worker_of_an_upgrade_listens_to_both_queues():
    settings = read_agent_settings("worker", {**TASK_ENVIRONMENT, **UPGRADE}, FOLDER)
    (worker,) = components_of("worker", settings.image, settings.queue_name, settings.canary_queue.name)
    assert worker.arguments[-2:] == ("-q", "hangar-e7,hangar-e7-g5-canary")


@pytest.mark.parametrize("name", UPGRADE)
def test_half_a_canary_queue_starts_nothing(name):
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        read_agent_settings("worker", {**TASK_ENVIRONMENT, **UPGRADE, name: ""}, FOLDER)
