"""The worker's channel can be told to ask for nothing, and shows that it is alive."""

import pytest
from kombu import Connection
from kombu.transport import SQS

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


def test_the_transport_uses_this_channel_and_finds_its_endpoint_without_keys_in_the_address(channel):
    assert isinstance(channel, Channel)
    assert (channel.endpoint_url, channel.conninfo.userid) == ("http://127.0.0.1:1", None)


def test_an_unpaused_channel_polls_and_shows_that_a_poll_is_out_until_it_returns(channel, polls, files):
    channel._schedule_queue(QUEUE)
    assert len(polls) == 1
    assert (files / "poll").read_text() == "1"
    channel._loop1(QUEUE)
    assert (files / "poll").read_text() == "0"


def test_a_paused_channel_asks_for_nothing_but_keeps_its_consumer_and_looks_again(channel, polls, files):
    (files / "pause").touch()
    channel._schedule_queue(QUEUE)
    assert polls == []
    assert (files / "poll").read_text() == "0"
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


def test_a_paused_channel_answers_a_synchronous_get_with_empty(channel, files):
    (files / "pause").touch()
    with pytest.raises(SQS.Empty):
        channel._get_bulk(QUEUE)
