"""Signatures are those AWS expects: its own published example, and botocore's for everything an agent sends."""

import hashlib

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from hangar_agent.credentials import Credentials
from hangar_agent.signature import encoded_path, sign

NOW = 1369353600.0  # 2013-05-24T00:00:00Z
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_the_example_of_the_s3_reference_is_signed_as_printed_there():
    headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = sign("GET", "/test.txt", headers, b"", credentials=KEYS, region="us-east-1", now=NOW)
    assert signed["authorization"].endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


@pytest.fixture
def frozen_botocore(monkeypatch):
    class FrozenClock:
        @staticmethod
        def get_current_datetime(remove_tzinfo=True):  # noqa: ARG004, FBT002
            from datetime import UTC, datetime  # noqa: PLC0415

            return datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None)

    monkeypatch.setattr("botocore.auth.get_current_datetime", FrozenClock.get_current_datetime)


@pytest.mark.usefixtures("frozen_botocore")
@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzE/+token=="])
@pytest.mark.parametrize("service", ["monitoring", "sqs"])
def test_calls_of_other_services_are_signed_for_them_as_botocore_signs_them(service, token):
    body = b'{"Namespace":"N"}'
    given = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "G.PutMetricData", "host": "127.0.0.1:4566"}
    keys = Credentials(KEYS.access_key_id, KEYS.secret_access_key, token)
    mine = sign("POST", "/", given, body, credentials=keys, region="eu-west-1", now=NOW, service=service)
    request = AWSRequest("POST", "http://127.0.0.1:4566/", data=body, headers=dict(given))
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    theirs = BotocoreCredentials(KEYS.access_key_id, KEYS.secret_access_key, token)
    SigV4Auth(theirs, service, "eu-west-1").add_auth(request)
    assert mine["authorization"] == request.headers["Authorization"].replace(", ", ",")


@pytest.mark.usefixtures("frozen_botocore")
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzE/+token=="])
@pytest.mark.parametrize("key", ["environments/e7/control.json", "a b+c/d=e@f,g'h(i)*~.json", "é/ü.json", "a%2Fb"])
def test_requests_are_signed_as_botocore_signs_them(method, token, key):
    body = b"{}" if method == "PUT" else b""
    path = encoded_path(f"/control/{key}")
    keys = Credentials(KEYS.access_key_id, KEYS.secret_access_key, token)
    mine = sign(method, path, {"host": "127.0.0.1:4566"}, body, credentials=keys, region="eu-west-1", now=NOW)
    request = AWSRequest(method, f"http://127.0.0.1:4566{path}", data=body)
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    request.context["payload_signing_enabled"] = True
    S3SigV4Auth(BotocoreCredentials(KEYS.access_key_id, KEYS.secret_access_key, token), "s3", "eu-west-1").add_auth(
        request
    )
    theirs = request.headers["Authorization"].rpartition("Signature=")[2]
    assert mine["authorization"].rpartition("Signature=")[2] == theirs
