"""The role's keys are asked for under the environment's external id, held, renewed in time, and a refusal says why."""

import pytest
from small_sts import SmallSts

from hangar_agent.credentials import Credentials, CredentialSource, NoCredentials
from hangar_agent.execution_role import REPEAT_SECONDS, RoleKeys, assume_role
from hangar_agent.settings import RoleSettings

ROLE_ARN = "arn:aws:iam::000000000000:role/airflow"
ENVIRONMENT_ARN = "arn:aws:airflow:eu-west-1:000000000000:environment/demo"
OWN = CredentialSource({"AWS_ACCESS_KEY_ID": "AKIDOWN", "AWS_SECRET_ACCESS_KEY": "own"})


@pytest.fixture
def small_sts():
    server = SmallSts()
    yield server
    server.close()


def role_at(url):
    return RoleSettings(ROLE_ARN, ENVIRONMENT_ARN, "e7", "eu-west-1", url)


def test_the_role_is_assumed_with_the_tasks_own_keys_under_the_environments_external_id(small_sts):
    keys = assume_role(role_at(small_sts.url), OWN, 1_700_000_000.0)
    assert small_sts.asked == [
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": ROLE_ARN,
            "RoleSessionName": "e7",
            "ExternalId": ENVIRONMENT_ARN,
            "DurationSeconds": "3600",
        }
    ]
    assert "Credential=AKIDOWN/20231114/eu-west-1/sts/aws4_request" in small_sts.signed[0]
    assert keys == Credentials("ASIA1", "role/secret+1", "role-token", 4_000_000_000.0)


def test_a_refusal_names_the_role_and_what_its_trust_must_ask_for(small_sts):
    small_sts.refuses = True
    with pytest.raises(NoCredentials) as refused:
        assume_role(role_at(small_sts.url), OWN, 0.0)
    for word in (ROLE_ARN, ENVIRONMENT_ARN, "AccessDenied", "sts:AssumeRole & more"):
        assert word in str(refused.value)


def test_an_sts_that_is_away_or_talks_nonsense_is_a_refusal_too(unused_port, small_s3):
    with pytest.raises(NoCredentials, match="does not answer"):
        assume_role(role_at(f"http://127.0.0.1:{unused_port}"), OWN, 0.0)
    with pytest.raises(NoCredentials):
        assume_role(role_at(small_s3.url), OWN, 0.0)
    with pytest.raises(NoCredentials, match="AWS_ACCESS_KEY_ID"):
        assume_role(role_at(small_s3.url), CredentialSource({}), 0.0)


class Lender:
    """An STS without a wire: keys for an hour, or a refusal."""

    def __init__(self):
        self.now = 0.0
        self.asked = 0
        self.refuses = False
        self.keys = RoleKeys(self.ask, lambda: self.now)

    def ask(self, now):
        self.asked += 1
        if self.refuses:
            raise NoCredentials("not you")
        return Credentials(f"ASIA{self.asked}", "s", "t", now + 3600)


def test_keys_are_asked_for_once_and_renewed_before_any_client_thinks_them_old():
    lender = Lender()
    assert [lender.keys.current().access_key_id for _ in range(3)] == ["ASIA1"] * 3
    lender.now = 2399.0
    assert lender.keys.current().access_key_id == "ASIA1"
    lender.now = 2401.0  # botocore wants new ones from 2700 on
    assert lender.keys.current().access_key_id == "ASIA2"


def test_keys_that_cannot_be_renewed_serve_to_their_end_and_the_trouble_is_told():
    lender = Lender()
    lender.keys.current()
    lender.refuses = True
    lender.now = 3599.0
    assert lender.keys.current().access_key_id == "ASIA1"
    assert lender.keys.problem == "not you"
    lender.now = 3600.0
    with pytest.raises(NoCredentials, match="not you"):
        lender.keys.current()
    lender.refuses = False
    lender.now += REPEAT_SECONDS
    assert lender.keys.current().expires_at > lender.now
    assert lender.keys.problem is None


def test_a_refusal_is_not_asked_for_again_at_once_however_many_want_keys():
    lender = Lender()
    lender.refuses = True
    for _ in range(5):
        with pytest.raises(NoCredentials, match="not you"):
            lender.keys.current()
    assert lender.asked == 1
