"""What holds an environment together wins over every option; all else is the user's, by any name Airflow takes."""

import json
from pathlib import Path

import pytest
from task_definition import TASK_ENVIRONMENT

from hangar_agent.airflow_environment import agent_environment
from hangar_agent.components import components_of
from hangar_agent.protected_options import TABLE, variable_of
from hangar_agent.recommended_options import OLD_NAMES
from hangar_agent.settings import ROLES, read_agent_settings

FOLDER = Path("/tasks/t1")
PYTHON = Path("/agent/bin/python")
VERSIONS = ["3.3.1", "2.11.2"]
CATALOGUE = json.loads((Path(__file__).parents[2] / "contracts" / "airflow-options.json").read_text())


def settings_of(role, version, options):
    variables = json.dumps({variable_of(option): value for option, value in options.items()})
    given = {**TASK_ENVIRONMENT, "HANGAR_AIRFLOW_VERSION": version, "HANGAR_SETTINGS": variables}
    return read_agent_settings(role, given, FOLDER)


def environment_of(role, version, options):
    return agent_environment(settings_of(role, version, options), "t1", PYTHON, statsd_port=8125)


def protected(version):
    table = {**TABLE["always"], **TABLE["ignored"], **TABLE[version[0]]}
    return [name for name in table if not name.endswith("*")]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("version", "option"), [(version, option) for version in VERSIONS for option in protected(version)]
)
def test_a_protected_option_changes_nothing(role, version, option):
    ways = [option, f"{option}_cmd", f"{option}_secret"]
    assert environment_of(role, version, dict.fromkeys(ways, "mine")) == environment_of(role, version, {})


# Amazon MWAA's image, `get_essential_airflow_config`: what wins over AirflowConfigurationOptions there. Without the two
# lists of metrics, which its monitor applies in Airflow's place.
ESSENTIAL = [
    "core.executor",
    "celery.broker_url",
    "celery.result_backend",
    "celery.celery_config_options",
    "celery.worker_enable_remote_control",
    "operators.default_queue",
    "database.sql_alchemy_conn",
    "core.fernet_key",
    "core.load_examples",
    "logging.logging_config_class",
    "metrics.statsd_on",
    "metrics.statsd_host",
    "metrics.statsd_port",
    "metrics.statsd_prefix",
    "core.auth_manager",
]
ESSENTIAL_2 = ["scheduler.standalone_dag_processor", "webserver.secret_key", "webserver.config_file"]
ESSENTIAL_3 = [
    "api.secret_key",
    "fab.config_file",
    "api_auth.jwt_secret",
    "api_auth.jwt_algorithm",
    "core.execution_api_server_url",
    "core.multi_team",
    "triggerer.queues_enabled",
]


@pytest.mark.parametrize(
    ("version", "option"),
    [("3.3.1", option) for option in ESSENTIAL + ESSENTIAL_3]
    + [("2.11.2", option) for option in ESSENTIAL + ESSENTIAL_2],
)
def test_all_that_mwaa_calls_essential_is_protected_here(version, option):
    assert option in protected(version)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_cannot_be_set_is_in_the_table_so_that_the_control_plane_can_say_so(version):
    names = {name for role in ROLES for name in environment_of(role, version, {}) if name.startswith("AIRFLOW__")}
    options = {name: ".".join(name.removeprefix("AIRFLOW__").lower().split("__")) for name in names}
    unchanged = {
        option
        for name, option in options.items()
        if environment_of("scheduler", version, {option: "{}"})[name] != "{}"
        and name != "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"
    }
    assert unchanged <= set(protected(version))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "option",
    [
        "core.execute_tasks_new_python_interpreter",
        "core.sensitive_var_conn_names",
        "core.lazy_load_plugins",
        "core.parallelism",
        "scheduler.task_queued_timeout",
        "scheduler.schedule_after_task_execution",
        "secrets.backend_kwargs",
        "database.sql_alchemy_connect_args",
        "usage_data_collection.enabled",
        "api.server_type",
        "celery.worker_prefetch_multiplier",
        "smtp.smtp_host",
        "a_section_nobody_knows.an_option",
    ],
)
def test_all_else_is_the_users_also_where_hangar_recommends_a_value_or_knows_no_such_section(version, option):
    assert environment_of("worker", version, {option: "mine"})[variable_of(option)] == "mine"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_recommended_gives_way_to_the_users_value_under_every_name_that_airflow_takes(version):
    ours = environment_of("scheduler", version, {})
    taken = {
        old: became["to"]
        for old, all_became in CATALOGUE["renamed"].items()
        for became in all_became
        if became["works"] and version in became["in"]
    }
    fixed = set(protected(version))
    hiding = {old: new for old, new in taken.items() if variable_of(new) in ours and new not in fixed}
    assert hiding
    for old, new in hiding.items():
        theirs = environment_of("scheduler", version, {old: "mine"})
        assert (theirs[variable_of(old)], theirs.get(variable_of(new))) == ("mine", None)
    known = {old for olds in OLD_NAMES.values() for old in olds}
    assert {variable_of(old) for old in hiding} <= known


def test_a_protected_option_given_by_an_old_name_loses_to_the_present_one():
    for version in VERSIONS:
        ours = environment_of("web", version, {})
        for old, all_became in CATALOGUE["renamed"].items():
            for became in all_became:
                if not became["works"] or version not in became["in"] or became["to"] not in protected(version):
                    continue
                if became["to"] in {"metrics.statsd_datadog_tags", "metrics.statsd_datadog_metrics_tags"}:
                    continue  # decide nothing where Datadog is off
                assert variable_of(became["to"]) in ours, f"{old} would count on {version}"


def test_celery_settings_of_the_users_own_are_kept_and_the_broker_stays_the_environments():
    options = {
        "celery.extra_celery_config": json.dumps({"worker_max_tasks_per_child": 10, "broker_url": "redis://mine"})
    }
    celery = json.loads(environment_of("worker", "3.3.1", options)["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"])
    assert celery["worker_max_tasks_per_child"] == 10
    assert celery["broker_url"].startswith("sqs://")


@pytest.mark.parametrize("text", ["not json", "[1]", ""])
def test_celery_settings_that_are_no_json_object_count_as_none(text):
    assert environment_of("worker", "3.3.1", {"celery.extra_celery_config": text}) == environment_of(
        "worker", "3.3.1", {}
    )


@pytest.mark.parametrize(
    ("asked", "runs"), [("False", False), ("false", False), ("0", False), ("True", True), ("", True)]
)
@pytest.mark.parametrize("version", VERSIONS)
def test_mwaas_switch_leaves_the_triggerer_out_and_nothing_else(version, asked, runs):
    settings = settings_of("scheduler", version, {"mwaa.triggerer_enabled": asked})
    names = [
        component.name
        for component in components_of("scheduler", settings.image, settings.queue_name, triggerer=settings.triggerer)
    ]
    assert names == ["dag-processor", "scheduler", *(["triggerer"] if runs else [])]


def test_without_a_word_of_it_the_triggerer_runs():
    assert settings_of("scheduler", "3.3.1", {}).triggerer


BACKEND = "AIRFLOW__EMAIL__EMAIL_BACKEND"
USUAL = {"smtp.smtp_host": "mail", "email.email_backend": "airflow.utils.email.send_email_smtp"}


@pytest.mark.parametrize("options", [{"smtp.smtp_host": "mail"}, USUAL])
def test_a_mail_server_given_by_options_sends_failure_mail_where_airflow_would_ask_a_connection_only(options):
    assert environment_of("worker", "3.3.1", options)[BACKEND] == "hangar_airflow.email_backend.send_email"


@pytest.mark.parametrize(
    ("version", "options"),
    [("3.3.1", {}), ("3.3.1", {**USUAL, "email.email_backend": "my.sender"}), ("3.2.1", USUAL), ("2.11.2", USUAL)],
)
def test_elsewhere_the_email_backend_is_airflows_or_the_users_own(version, options):
    assert environment_of("worker", version, options).get(BACKEND) == options.get("email.email_backend")
