"""A call of a service is signed for it, bounded, and its trouble is one error with the service's own words."""

import json

import pytest

from hangar_agent.aws_json import TIMEOUT_SECONDS, AwsError, AwsJsonClient, AwsService, endpoint_of
from hangar_agent.cloudwatch import MOST_BYTES, MOST_DATA, batches, put_metrics
from hangar_agent.credentials import CredentialSource
from hangar_agent.monitor_metrics import datum
from hangar_agent.queue_depth import QueueDepth

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalr/+secret"}


@pytest.fixture
def make_client():
    return lambda url: AwsJsonClient(
        AwsService("monitoring", "GraniteServiceVersion20100801", url, "eu-west-1"), CredentialSource(KEYS)
    )


def test_a_call_is_signed_for_the_service_and_an_empty_answer_is_an_empty_object(make_client, small_aws):
    assert make_client(small_aws.url).call("PutMetricData", {"Namespace": "N"}) == {}
    assert small_aws.asked == [("PutMetricData", {"Namespace": "N"})]
    assert "/eu-west-1/monitoring/aws4_request" in small_aws.signed[0]


def test_a_refusal_is_told_in_the_services_own_words_and_not_tried_again(make_client, small_aws):
    small_aws.answers["PutMetricData"] = (
        400,
        {"__type": "com.amazonaws.cloudwatch#Throttling", "message": "Rate exceeded"},
    )
    with pytest.raises(AwsError, match="PutMetricData: 400 Throttling: Rate exceeded"):
        make_client(small_aws.url).call("PutMetricData", {})
    assert len(small_aws.asked) == 1


class Patience:
    """A clock and a pause: what waits is noted, and time passes with it."""

    def __init__(self):
        self.now = 100.0
        self.seconds_a_look = 0.0
        self.pauses = []

    def __call__(self):
        self.now += self.seconds_a_look
        return self.now

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def patient(small_aws, patience):
    """Return a client of the service that waits on a clock of the test's own."""
    service = AwsService("sqs", "AmazonSQS", small_aws.url, "eu-west-1")
    return AwsJsonClient(service, CredentialSource(KEYS), monotonic=patience, pause=patience.pause)


PASSING = [
    None,
    (500, {"__type": "InternalFailure"}),
    (503, {"__type": "ServiceUnavailableException", "message": "later"}),
    (429, {"__type": "TooManyRequestsException"}),
    (400, {"__type": "com.amazonaws.logs#ThrottlingException", "message": "Rate exceeded"}),
    (403, {"__type": "com.amazonaws.sqs#RequestThrottled"}),
]


@pytest.mark.parametrize("trouble", PASSING)
@pytest.mark.parametrize("operation", ["GetQueueAttributes", "DescribeLogStreams", "GetLogEvents"])
def test_what_only_looks_is_asked_again_after_trouble_that_passes(operation, trouble, patient, patience, small_aws):
    small_aws.answers[operation] = [trouble, trouble, (200, {"said": 1})]
    assert patient.call(operation, {"asked": 1}) == {"said": 1}
    assert small_aws.asked == [(operation, {"asked": 1})] * 3
    assert patience.pauses == [0.2, 0.8]


def test_what_goes_on_failing_is_told_after_three_attempts(patient, patience, small_aws):
    small_aws.answers["GetQueueAttributes"] = (503, {"__type": "ServiceUnavailable", "message": "later"})
    with pytest.raises(AwsError, match="503 ServiceUnavailable: later"):
        patient.call("GetQueueAttributes", {})
    assert len(small_aws.asked) == 3
    small_aws.answers["GetQueueAttributes"] = None
    with pytest.raises(AwsError, match="no connection"):
        patient.call("GetQueueAttributes", {})
    assert len(small_aws.asked) == 6
    assert len(patience.pauses) == 4


@pytest.mark.parametrize("trouble", PASSING)
@pytest.mark.parametrize("operation", ["PutMetricData", "PutLogEvents", "CreateLogStream"])
def test_what_changes_something_is_sent_once_for_it_may_have_been_done(operation, trouble, patient, small_aws):
    small_aws.answers[operation] = trouble
    with pytest.raises(AwsError):
        patient.call(operation, {})
    assert len(small_aws.asked) == 1


@pytest.mark.parametrize("refusal", [(400, {"__type": "ResourceNotFoundException"}), (403, {"__type": "AccessDenied"})])
def test_a_refusal_that_would_be_the_same_again_is_told_at_once(refusal, patient, patience, small_aws):
    small_aws.answers["GetLogEvents"] = refusal
    with pytest.raises(AwsError):
        patient.call("GetLogEvents", {})
    assert len(small_aws.asked) == 1
    assert patience.pauses == []


def test_asking_again_takes_no_longer_than_one_attempt_may(patient, patience, small_aws):
    patience.seconds_a_look = TIMEOUT_SECONDS - 0.5
    small_aws.answers["GetQueueAttributes"] = None
    with pytest.raises(AwsError):
        patient.call("GetQueueAttributes", {})
    assert len(small_aws.asked) == 2
    assert patience.pauses == [0.2]


def test_no_service_and_no_keys_are_the_same_kind_of_error(make_client, unused_port):
    with pytest.raises(AwsError, match="no connection"):
        make_client(f"http://127.0.0.1:{unused_port}").call("PutMetricData", {})
    service = AwsService("monitoring", "G", "http://127.0.0.1:1", "eu-west-1")
    with pytest.raises(AwsError, match="AWS_ACCESS_KEY_ID"):
        AwsJsonClient(service, CredentialSource({})).call("PutMetricData", {})


def test_a_services_own_endpoint_counts_before_the_one_for_all_and_that_before_awss():
    both = {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SQS": "http://sqs"}
    assert endpoint_of("SQS", both, "https://aws") == "http://sqs"
    assert endpoint_of("CLOUDWATCH", both, "https://aws") == "http://all"
    assert endpoint_of("CLOUDWATCH", {}, "https://aws") == "https://aws"


def test_many_data_go_in_requests_that_cloudwatch_takes_and_none_is_left_behind(make_client, small_aws):
    data = [
        datum(f"m{number}", number, "Count", {"Environment": "demo"}, 1000.0) for number in range(2 * MOST_DATA + 1)
    ]
    put_metrics(make_client(small_aws.url), "N", data)
    assert [len(fields["MetricData"]) for _, fields in small_aws.asked] == [MOST_DATA, MOST_DATA, 1]
    assert [each for _, fields in small_aws.asked for each in fields["MetricData"]] == data
    large = [datum("m", 1, "Count", {"Environment": "x" * 5000}, 1000.0)] * 400
    assert all(len(json.dumps(batch)) < 1_000_000 for batch in batches(large))
    assert sum(len(batch) for batch in batches(large)) == 400
    assert MOST_BYTES < 1_000_000
    assert list(batches([])) == []


def test_a_queues_depth_is_what_waits_and_what_is_with_workers(small_aws, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = f"{small_aws.url}/000000000000/airflow-celery-e7"
    small_aws.answers["GetQueueAttributes"] = (
        200,
        {"Attributes": {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "4"}},
    )
    depth = QueueDepth(url, {}, "eu-west-1")
    assert depth.messages() == 7
    assert depth.counts() == (3, 4)
    assert small_aws.asked[0][1]["QueueUrl"] == url
    small_aws.answers["GetQueueAttributes"] = (200, {"Attributes": {"ApproximateNumberOfMessages": "3"}})
    with pytest.raises(AwsError, match="NotVisible"):
        depth.messages()
