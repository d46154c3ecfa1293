"""What a task is told is read completely or refused completely."""

import json
from pathlib import Path

import pytest
from task_definition import SECRETS, TASK_ENVIRONMENT

from hangar_agent.layer_settings import read_layer_settings
from hangar_agent.migration_settings import read_migration_settings
from hangar_agent.settings import (
    inherited_variables,
    read_agent_settings,
    read_storage_settings,
)
from hangar_agent.variable_reader import SettingsError

FOLDER = Path("/tasks/t1")


def test_every_missing_and_malformed_variable_is_named_in_one_error():
    environment = {
        **TASK_ENVIRONMENT,
        "HANGAR_WORKER_SLOTS": "many",
        "HANGAR_SETTINGS": "[1]",
        "HANGAR_AIRFLOW_VERSION": "4",
    }
    del environment["HANGAR_QUEUE_URL"], environment["HANGAR_JWT_SECRET"]
    with pytest.raises(SettingsError) as refused:
        read_agent_settings("worker", environment, FOLDER)
    for name in ("WORKER_SLOTS", "SETTINGS", "AIRFLOW_VERSION", "QUEUE_URL", "JWT_SECRET"):
        assert f"HANGAR_{name}" in str(refused.value)


def test_a_port_of_this_machine_listens_on_loopback_only_and_a_container_port_on_its_interface():
    container = read_agent_settings("web", TASK_ENVIRONMENT, FOLDER)
    assert (container.web_host, container.web_port) == ("0.0.0.0", 8080)
    machine = read_agent_settings("web", {**TASK_ENVIRONMENT, "HANGAR_HOST_PORT_8080": "40123"}, FOLDER)
    assert (machine.web_host, machine.web_port) == ("127.0.0.1", 40123)


def test_no_secret_shows_in_the_text_form_of_the_settings():
    shown = repr(read_agent_settings("web", TASK_ENVIRONMENT, FOLDER))
    assert [secret for secret in SECRETS if secret in shown] == []
    assert TASK_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in shown


def test_a_task_with_an_execution_role_must_be_told_on_whose_behalf_to_assume_it():
    role_arn = {"HANGAR_EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/airflow"}
    with pytest.raises(SettingsError, match="HANGAR_ENVIRONMENT_ARN"):
        read_agent_settings("worker", {**TASK_ENVIRONMENT, **role_arn}, Path("/t"))
    told = {**TASK_ENVIRONMENT, **role_arn, "HANGAR_ENVIRONMENT_ARN": "arn:e7"}
    role = read_agent_settings("worker", told, Path("/t")).execution_role
    assert (role.external_id, role.session_name, role.endpoint_url) == ("arn:e7", "e7", "http://127.0.0.1:4566")
    del told["AWS_ENDPOINT_URL"]
    in_aws = read_agent_settings("worker", told, Path("/t")).execution_role
    assert in_aws.endpoint_url == "https://sts.eu-west-1.amazonaws.com"
    assert read_agent_settings("worker", TASK_ENVIRONMENT, Path("/t")).execution_role is None


def test_airflow_inherits_aws_access_and_locale_but_no_secret_of_hangar():
    inherited = inherited_variables({**TASK_ENVIRONMENT, "LANG": "C.UTF-8", "no_proxy": "127.0.0.1", "EDITOR": "vi"})
    assert {"AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "LANG", "PATH", "no_proxy"} <= inherited.keys()
    assert not [name for name in inherited if name.startswith("HANGAR_") or name == "EDITOR"]


def test_folders_default_to_the_working_folder_and_the_log_folder_can_be_shared():
    settings = read_agent_settings("web", TASK_ENVIRONMENT, FOLDER)
    assert (settings.task_folder, settings.log_folder) == (FOLDER, FOLDER / "logs")
    shared = read_agent_settings("web", {**TASK_ENVIRONMENT, "HANGAR_LOG_FOLDER": "/logs/e7"}, FOLDER)
    assert shared.log_folder == Path("/logs/e7")


def test_a_template_database_is_migrated_without_any_key_and_a_release_is_fetched_without_any_secret():
    needed = ("PATH", "HANGAR_AIRFLOW_VERSION", "HANGAR_IMAGE_BIN", "HANGAR_DATABASE_HOST", "HANGAR_DATABASE_PORT")
    login = ("HANGAR_METADATA_DATABASE", "HANGAR_METADATA_USER", "HANGAR_METADATA_PASSWORD")
    migration = read_migration_settings({name: TASK_ENVIRONMENT[name] for name in needed + login}, FOLDER)
    assert (migration.fernet_key, migration.metadata.database) == ("", "e7_metadata")
    storage = read_storage_settings({name: text for name, text in TASK_ENVIRONMENT.items() if text not in SECRETS})
    assert storage.prefix == "environments/e7/"


def test_a_prefix_always_ends_with_a_slash_so_that_no_other_environment_is_read():
    assert read_storage_settings({**TASK_ENVIRONMENT, "HANGAR_CONTROL_PREFIX": "environments/e7"}).prefix.endswith(
        "/e7/"
    )


def test_a_layers_builder_needs_its_key_its_image_and_its_bucket_and_no_secret(tmp_path):
    constraints = tmp_path / "constraints.txt"
    constraints.touch()
    needed = {name: value for name, value in TASK_ENVIRONMENT.items() if value not in SECRETS}
    environment = {
        **needed,
        "HANGAR_LAYER_KEY": "l-" + "0a" * 16,
        "HANGAR_IMAGE_CONSTRAINTS": str(constraints),
        "UV_CACHE_DIR": "/cache",
    }
    for name in [name for name in environment if "DATABASE" in name or "QUEUE" in name or "METADATA" in name]:
        del environment[name]
    settings = read_layer_settings(environment, FOLDER)
    assert (settings.key, settings.constraints, settings.package_index) == (
        "l-" + "0a" * 16,
        constraints,
        {"UV_CACHE_DIR": "/cache"},
    )
    broken = {**environment, "HANGAR_LAYER_KEY": "l-../x", "HANGAR_IMAGE_CONSTRAINTS": "/nowhere"}
    del broken["HANGAR_CONTROL_BUCKET"]
    with pytest.raises(SettingsError) as refused:
        read_layer_settings(broken, FOLDER)
    for name in ("LAYER_KEY", "IMAGE_CONSTRAINTS", "CONTROL_BUCKET"):
        assert f"HANGAR_{name}" in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("300", 300), ("30.5", 30), ("0", 0), ("-100", 0), ("abc", 0), ("", 0), ("inf", 0), (None, 0)],
)
def test_the_replacement_threshold_of_a_worker_is_read_as_mwaas_own_image_reads_it(asked, seconds):
    options = {} if asked is None else {"AIRFLOW__MWAA__WORKER_REPLACEMENT_THRESHOLD_SECONDS": asked}
    environment = {**TASK_ENVIRONMENT, "HANGAR_SETTINGS": json.dumps(options)}
    assert read_agent_settings("worker", environment, FOLDER).worker_replaced_after_seconds == seconds
