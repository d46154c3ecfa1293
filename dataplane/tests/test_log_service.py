"""The calls of CloudWatch Logs, over real HTTP."""

import pytest

from hangar_agent.aws_json import AwsError
from hangar_agent.credentials import CredentialSource
from hangar_agent.log_buffer import Batch, LogEvent, LogStream
from hangar_agent.log_service import log_service

A = LogStream("airflow-first-Task", "dag_id=d/attempt=1.log")
KEYS = CredentialSource({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"})


@pytest.fixture
def service(small_aws):
    return log_service({"AWS_ENDPOINT_URL": small_aws.url}, "eu-west-1", KEYS)


def refusal(kind):
    return 400, {"__type": kind, "message": "said so"}


def test_lines_are_put_as_the_api_wants_them_signed_for_logs(small_aws, service):
    service.put(Batch(A, (LogEvent(5, "one", 29), LogEvent(6, "two", 29))))
    events = [{"timestamp": 5, "message": "one"}, {"timestamp": 6, "message": "two"}]
    assert small_aws.asked == [
        ("PutLogEvents", {"logGroupName": A.group, "logStreamName": A.name, "logEvents": events})
    ]
    assert "/eu-west-1/logs/aws4_request" in small_aws.signed[0]


def test_what_is_there_already_is_as_good_as_made(small_aws, service):
    small_aws.answers["CreateLogGroup"] = refusal("ResourceAlreadyExistsException")
    small_aws.answers["CreateLogStream"] = refusal("com.amazonaws.logs#ResourceAlreadyExistsException")
    service.create_group("g")
    service.create_stream(A)


def test_a_stream_without_a_group_gets_one(small_aws, service):
    small_aws.answers["CreateLogStream"] = refusal("ResourceNotFoundException")
    with pytest.raises(AwsError) as raised:
        service.create_stream(A)
    assert raised.value.kind == "ResourceNotFoundException"
    assert [operation for operation, _ in small_aws.asked] == ["CreateLogStream", "CreateLogGroup", "CreateLogStream"]


def test_a_stream_is_read_to_its_end_which_an_unchanged_token_is(small_aws, service):
    small_aws.answers["GetLogEvents"] = (
        200,
        {"events": [{"timestamp": 1, "message": "one"}], "nextForwardToken": "f/1"},
    )
    assert list(service.read(A)) == [(1, "one"), (1, "one")]  # this small service gives every page alike
    assert [fields.get("nextToken") for _, fields in small_aws.asked] == [None, "f/1"]
    assert all(fields["startFromHead"] for _, fields in small_aws.asked)


def test_a_group_that_is_not_there_has_no_streams_any_other_refusal_is_told(small_aws, service):
    small_aws.answers["DescribeLogStreams"] = refusal("ResourceNotFoundException")
    assert service.stream_names("g", "dag") == []
    small_aws.answers["DescribeLogStreams"] = refusal("AccessDeniedException")
    with pytest.raises(AwsError, match="said so"):
        service.stream_names("g", "dag")
