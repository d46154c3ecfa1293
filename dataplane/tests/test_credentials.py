"""Keys come from the environment first, else from ECS, and are renewed before they expire."""

import json

import pytest

from hangar_agent.credentials import CredentialSource, NoCredentials

PATH = "/v2/credentials/abc"
RELATIVE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}


def endpoint_answer(key_id, expiration):
    fields = {"AccessKeyId": key_id, "SecretAccessKey": "s", "Token": "t", "Expiration": expiration}
    return json.dumps(fields).encode()


def test_keys_of_the_environment_win_and_carry_their_token():
    keys = {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    held = CredentialSource({**keys, **RELATIVE}).current()
    assert (held.access_key_id, held.session_token) == ("ASIA1", "t")
    assert "'s'" not in repr(held)


def test_keys_of_ecs_are_kept_until_five_minutes_before_they_expire(small_s3):
    small_s3.objects[PATH] = endpoint_answer("ASIA1", "1970-01-01T01:00:00Z")
    now = [0.0]
    source = CredentialSource(RELATIVE, lambda: now[0], small_s3.url)
    assert source.current().access_key_id == "ASIA1"
    small_s3.objects[PATH] = endpoint_answer("ASIA2", "1970-01-01T02:00:00Z")
    now[0] = 3299.0
    assert source.current().access_key_id == "ASIA1"
    now[0] = 3301.0
    assert source.current().access_key_id == "ASIA2"


def test_no_keys_anywhere_is_said_so_and_an_endpoint_that_is_away_too(unused_port):
    with pytest.raises(NoCredentials, match="AWS_ACCESS_KEY_ID"):
        CredentialSource({}).current()
    with pytest.raises(NoCredentials, match="gave no keys"):
        CredentialSource(RELATIVE, ecs_endpoint=f"http://127.0.0.1:{unused_port}").current()
