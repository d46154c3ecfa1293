"""The worker's channel can be told to ask for nothing, and shows that it is alive."""

import json
import os
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError
from kombu import Connection
from kombu.transport import SQS

from hangar_agent.credential_endpoint import CredentialEndpoint
from hangar_agent.credentials import Credentials
from hangar_airflow.broker import Channel, Transport

QUEUE = "hangar-e7"
OPTIONS = {
    "region": "eu-west-1",
    "predefined_queues": {QUEUE: {"url": f"http://127.0.0.1:1/000000000000/{QUEUE}"}},
    "is_secure": False,
}


class Hub:
    """kombu's event loop, by hand."""

    def __init__(self):
        self.later = []
        self.soon = []

    def call_later(self, seconds, function, *arguments):
        self.later.append((seconds, function, arguments))

    def call_soon(self, function, *arguments):
        self.soon.append((function, arguments))


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("HANGAR_PAUSE_FILE", str(tmp_path / "pause"))
    monkeypatch.setenv("HANGAR_POLL_FILE", str(tmp_path / "poll"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return tmp_path


@pytest.fixture
def polls(monkeypatch):
    """Return the receive calls that would have gone out."""
    sent = []
    monkeypatch.setattr(
        SQS.Channel, "_get_bulk_async", lambda _self, queue, callback=None: sent.append((queue, callback))
    )
    return sent


@pytest.fixture
def channel(files):  # noqa: ARG001 - the environment must be set before the channel reads it
    connection = Connection("sqs://127.0.0.1:1//", transport=Transport, transport_options=OPTIONS)
    channel = connection.channel()
    channel.hub = Hub()
    channel._active_queues.append(QUEUE)
    yield channel
    channel._active_queues.clear()
    connection.release()


def test_the_channel_signs_with_the_tasks_own_keys_whatever_the_environment_leads_to(files, monkeypatch):
    endpoint = CredentialEndpoint()
    endpoint.serve(lambda: Credentials("ASIAROLE", "role", "t"), lambda: Credentials("AKIDOWN", "own"))
    endpoint.tell_own(files / "own-credentials.json")
    monkeypatch.setenv("HANGAR_TASK_FOLDER", str(files))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for name, value in endpoint.for_components({}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(SQS.Channel, "_predefined_queue_clients", {})
    channel = Connection("sqs://127.0.0.1:1//", transport=Transport, transport_options=OPTIONS).channel()
    client = channel.sqs(queue=QUEUE)
    assert client._request_signer._credentials.get_frozen_credentials().access_key == "AKIDOWN"
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:1", "eu-west-1")


def said(files):
    return json.loads((files / "poll").read_text())


def deliver(channel, *tags):
    channel.connection._callbacks.setdefault(QUEUE, lambda _raw: None)
    for tag in tags:
        message = SimpleNamespace(properties={"correlation_id": tag}, delivery_info={})
        channel.qos.append(message, tag)


def test_the_transport_uses_this_channel_and_finds_its_endpoint_without_keys_in_the_address(channel):
    assert isinstance(channel, Channel)
    assert (channel.endpoint_url, channel.conninfo.userid) == ("http://127.0.0.1:1", None)


def test_an_unpaused_channel_polls_and_shows_that_a_poll_is_out_until_it_returns(channel, polls, files):
    channel._schedule_queue(QUEUE)
    assert len(polls) == 1
    assert said(files) == {"pid": os.getpid(), "pause": None, "outstanding": True, "inFlight": 0}
    channel._loop1(QUEUE)
    assert said(files)["outstanding"] is False


def test_a_paused_channel_asks_for_nothing_but_keeps_its_consumer_and_looks_again(channel, polls, files):
    (files / "pause").write_text("p1")
    channel._schedule_queue(QUEUE)
    assert polls == []
    assert (said(files)["outstanding"], said(files)["pause"]) == (False, "p1")
    assert QUEUE in channel._active_queues
    ((seconds, function, arguments),) = channel.hub.later
    assert seconds == 0.5
    (files / "pause").unlink()
    function(*arguments)
    assert len(polls) == 1


def test_a_paused_channel_whose_consumer_has_gone_does_not_look_again(channel, polls, files):
    (files / "pause").touch()
    channel._active_queues.clear()
    channel._schedule_queue(QUEUE)
    assert (polls, channel.hub.later) == ([], [])


@pytest.fixture
def held_channel(files, monkeypatch):
    monkeypatch.setenv("HANGAR_HELD_FILE", str(files / "held"))
    monkeypatch.setenv("HANGAR_CANARY_QUEUE_NAME", "canary")
    (files / "held").touch()
    queues = {**OPTIONS["predefined_queues"], "canary": {"url": "http://127.0.0.1:1/000000000000/canary"}}
    options = {**OPTIONS, "predefined_queues": queues}
    connection = Connection("sqs://127.0.0.1:1//", transport=Transport, transport_options=options)
    channel = connection.channel()
    channel.hub = Hub()
    channel._active_queues.extend([QUEUE, "canary"])
    yield channel
    channel._active_queues.clear()
    connection.release()


def test_a_held_channel_asks_for_the_canarys_messages_only_until_the_file_has_gone(held_channel, polls, files):
    held_channel._schedule_queue(QUEUE)
    held_channel._schedule_queue("canary")
    assert [queue for queue, _ in polls] == ["canary"]
    with pytest.raises(SQS.Empty):
        held_channel._get_bulk(QUEUE)
    ((_, again, arguments),) = held_channel.hub.later
    (files / "held").unlink()
    again(*arguments)
    assert [queue for queue, _ in polls] == ["canary", QUEUE]


def test_a_held_channel_that_is_paused_asks_for_nothing_and_one_that_is_not_shows_no_pause(held_channel, polls, files):
    held_channel._schedule_queue(QUEUE)
    assert said(files)["pause"] is None
    (files / "pause").write_text("p1")
    held_channel._schedule_queue("canary")
    held_channel._schedule_queue(QUEUE)
    assert (polls, said(files)["pause"]) == ([], "p1")


def test_a_paused_channel_answers_a_synchronous_get_with_empty(channel, files):
    (files / "pause").touch()
    with pytest.raises(SQS.Empty):
        channel._get_bulk(QUEUE)


def test_a_message_counts_from_its_arrival_until_it_is_acknowledged_also_while_paused(channel, files):
    deliver(channel, "a", "b")
    channel._loop1(QUEUE)
    assert said(files)["inFlight"] == 2
    (files / "pause").write_text("p1")
    channel.basic_ack("a")
    channel._schedule_queue(QUEUE)
    assert said(files)["inFlight"] == 1


class Queue:
    """The boto3 client of one queue; `away` while nobody answers."""

    def __init__(self):
        self.away = False
        self.deleted = []
        self.given_back = []

    def delete_message(self, **what):
        if self.away:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        self.deleted.append(what["ReceiptHandle"])

    def change_message_visibility(self, **what):
        if self.away:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        self.given_back.append((what["ReceiptHandle"], what["VisibilityTimeout"]))


@pytest.fixture
def queue(channel):
    queue = Queue()
    channel._predefined_queue_clients[QUEUE] = queue
    return queue


def test_a_finished_task_is_acknowledged_as_soon_as_the_queue_answers_again(channel, files, queue):
    info = {"sqs_message": {"ReceiptHandle": "a"}, "sqs_queue": "url", "routing_key": QUEUE}
    channel.qos.append(SimpleNamespace(properties={"correlation_id": "t"}, delivery_info=info), "a")
    queue.away = True
    channel.basic_ack("a")
    channel._loop1(QUEUE)
    assert (queue.deleted, said(files)["inFlight"]) == ([], 1)
    queue.away = False
    ((_, again, arguments),) = channel.hub.later
    again(*arguments)
    channel._loop1(QUEUE)
    assert (queue.deleted, said(files)["inFlight"]) == (["a"], 0)


def test_a_message_that_arrives_after_its_consumer_has_gone_is_given_back_at_once(channel, queue):
    late = {"Messages": [{"ReceiptHandle": "late", "Body": "e30="}]}
    channel._on_messages_ready("url", QUEUE, late)
    assert queue.given_back == [("late", 0)]
    queue.away = True
    channel._on_messages_ready("url", QUEUE, late)  # nothing more can be done: its visibility timeout brings it back
    channel._on_messages_ready("url", QUEUE, [])  # what kombu makes of an endpoint that is away


def test_a_poll_whose_channel_was_closed_still_counts_as_out(channel, polls, files, queue):  # noqa: ARG001
    channel._schedule_queue(QUEUE)
    channel.close()
    channel._poll_file.write("p1")
    assert said(files)["outstanding"] is True
    channel._on_messages_ready("url", QUEUE, {"Messages": [{"ReceiptHandle": "late", "Body": "e30="}]})
    channel._loop1(QUEUE)
    channel._poll_file.write("p1")
    assert (queue.given_back, said(files)["pause"]) == ([("late", 0)], "p1")
