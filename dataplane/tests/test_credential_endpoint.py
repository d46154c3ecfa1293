"""Components find the role's keys as any AWS client does; the task's own are reached by those who were told the way."""

import json
import stat
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.credentials import ContainerProvider, CredentialRetrievalError

from hangar_agent.credential_endpoint import CredentialEndpoint
from hangar_agent.credentials import Credentials, CredentialSource, NoCredentials, own_credentials
from hangar_airflow.own_credentials import OWN_CREDENTIALS_FILE
from hangar_airflow.own_credentials import own_credentials as keys_of_the_broker

INHERITED = {
    "PATH": "/bin",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "AKIDOWN",
    "AWS_SECRET_ACCESS_KEY": "own",
    "AWS_SESSION_TOKEN": "own-token",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/own",
}


def role_keys():
    return Credentials("ASIAROLE", "role", "role-token", 4_000_000_000.0)


def own_keys():
    return Credentials("AKIDOWN", "own")


@pytest.fixture
def endpoint():
    endpoint = CredentialEndpoint()
    endpoint.serve(role_keys, own_keys)
    return endpoint


def get(url, token):
    request = urllib.request.Request(url, headers={"Authorization": token})  # noqa: S310 - our own
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
        return json.loads(answer.read())


def test_a_component_sees_the_way_to_the_roles_keys_and_nothing_of_the_tasks_own(endpoint):
    seen = endpoint.for_components(INHERITED)
    assert {"PATH", "AWS_REGION", "AWS_ENDPOINT_URL"} <= seen.keys()
    assert [value for value in seen.values() if "own" in value.lower()] == []
    assert not {"AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} & seen.keys()


def test_boto3_in_a_component_has_the_roles_keys(endpoint, monkeypatch):
    for name in INHERITED:
        monkeypatch.delenv(name, raising=False)
    for name, value in endpoint.for_components(INHERITED).items():
        monkeypatch.setenv(name, value)
    keys = boto3.session.Session().get_credentials().get_frozen_credentials()
    assert (keys.access_key, keys.secret_key, keys.token) == ("ASIAROLE", "role", "role-token")


def test_the_tasks_own_keys_are_told_in_a_file_of_its_users_alone(endpoint, tmp_path, monkeypatch):
    file = tmp_path / OWN_CREDENTIALS_FILE
    endpoint.tell_own(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("HANGAR_TASK_FOLDER", str(tmp_path))
    for name, value in endpoint.for_components(INHERITED).items():
        monkeypatch.setenv(name, value)
    assert keys_of_the_broker().get_frozen_credentials().access_key == "AKIDOWN"
    assert own_credentials(file).current().access_key_id == "AKIDOWN"
    assert CredentialSource().current().access_key_id == "ASIAROLE"


def test_a_task_without_an_execution_role_is_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("HANGAR_TASK_FOLDER", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own")
    assert keys_of_the_broker() is None
    assert own_credentials(tmp_path / OWN_CREDENTIALS_FILE).current().access_key_id == "AKIDOWN"


def test_nobody_gets_keys_without_the_token_that_is_for_them(endpoint, tmp_path):
    endpoint.tell_own(tmp_path / "own")
    own = json.loads((tmp_path / "own").read_text())
    role = endpoint.for_components({})
    uri, token = (own["AWS_CONTAINER_CREDENTIALS_FULL_URI"], own["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    assert get(uri, token)["AccessKeyId"] == "AKIDOWN"
    for wrong in ("", "Bearer x", role["AWS_CONTAINER_AUTHORIZATION_TOKEN"]):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            get(uri, wrong)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(uri + "x", token)


def test_a_role_that_cannot_be_assumed_is_an_error_the_caller_can_read_and_nothing_falls_over(monkeypatch):
    def refused():
        raise NoCredentials("the execution role cannot be assumed: its trust policy says no")

    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    endpoint = CredentialEndpoint()
    endpoint.serve(refused, own_keys)
    for _ in range(2):
        with pytest.raises(CredentialRetrievalError, match="its trust policy says no"):
            ContainerProvider(environ=endpoint.for_components({})).load()


def test_who_asks_before_the_agent_is_ready_is_answered_once_it_is(tmp_path):
    endpoint = CredentialEndpoint()
    endpoint.tell_own(tmp_path / "own")
    asked = own_credentials(tmp_path / "own")
    endpoint.serve(role_keys, own_keys)
    assert asked.current().secret_access_key == "own"
