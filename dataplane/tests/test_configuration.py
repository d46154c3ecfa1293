"""The user's options reach Airflow, or the task does not start."""

import json
from pathlib import Path

import pytest
from task_definition import TASK_ENVIRONMENT

from hangar_agent.airflow_environment import database_url
from hangar_agent.configuration import options_as_variables, read_configuration
from hangar_agent.object_storage import StorageError, StoredObject
from hangar_agent.settings import read_agent_settings
from hangar_agent.variable_reader import SettingsError


class Shelf:
    """A storage that answers what it is told, and then the same again."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def get(self, _key, _etag=None):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return StoredObject(answer, "tag")


def test_an_option_is_the_variable_airflow_knows_it_by():
    document = json.dumps({"core.default_task_retries": "3", "smtp.smtp_host": "localhost"}).encode()
    assert options_as_variables(document) == {
        "AIRFLOW__CORE__DEFAULT_TASK_RETRIES": "3",
        "AIRFLOW__SMTP__SMTP_HOST": "localhost",
    }


def test_a_storage_that_is_away_for_a_moment_delays_the_start_only():
    storage = Shelf(StorageError("away"), b'{"core.parallelism": "7"}')
    assert read_configuration(storage, "configuration/x.json", lambda: None) == {"AIRFLOW__CORE__PARALLELISM": "7"}


@pytest.mark.parametrize("answer", [StorageError("there is no object"), b"[1]", b"not json"])
def test_options_that_cannot_be_read_refuse_the_start_instead_of_being_left_out(answer):
    with pytest.raises(SettingsError, match=r"configuration/x\.json"):
        read_configuration(Shelf(answer), "configuration/x.json", lambda: None)


def test_a_database_that_wants_encryption_gets_it():
    folder = Path("/tasks/t1")
    encrypted = read_agent_settings("web", {**TASK_ENVIRONMENT, "HANGAR_DATABASE_SSL_MODE": "require"}, folder)
    assert "sslmode=require" in database_url(encrypted.metadata)
    assert "sslmode" not in database_url(read_agent_settings("web", TASK_ENVIRONMENT, folder).metadata)


def test_only_the_web_servers_task_needs_the_key_of_sign_in_and_it_must_be_one():
    environment = {name: value for name, value in TASK_ENVIRONMENT.items() if name != "HANGAR_SIGN_IN_PUBLIC_KEY"}
    read_agent_settings("worker", environment, Path("/tasks/t1"))
    for wrong in ({}, {"HANGAR_SIGN_IN_PUBLIC_KEY": "c2hvcnQ="}, {"HANGAR_SIGN_IN_PUBLIC_KEY": "no base64!"}):
        with pytest.raises(SettingsError, match="HANGAR_SIGN_IN_PUBLIC_KEY"):
            read_agent_settings("web", environment | wrong, Path("/tasks/t1"))
