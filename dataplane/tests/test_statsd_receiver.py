"""Over real loopback UDP: what is sent arrives, what is too long is dropped, and nobody who sends ever waits."""

import socket

import pytest

from hangar_agent.statsd_receiver import MOST_BYTES, MOST_PACKETS, StatsdReceiver


@pytest.fixture
def receiver():
    receiver = StatsdReceiver()
    yield receiver
    receiver.close()


def send(receiver, *packets):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for packet in packets:
            client.sendto(packet, ("127.0.0.1", receiver.port))


def heard(receiver):
    packets = []
    receiver.step(lambda packet, _now: packets.append(packet), listen_seconds=0)
    return packets


def test_packets_are_handed_over_in_order_all_that_there_are_at_a_time(receiver):
    send(receiver, b"a:1|c", b"b:1|c")
    assert heard(receiver) == [b"a:1|c", b"b:1|c"]
    assert heard(receiver) == []


def test_a_packet_that_is_too_long_is_dropped_and_counted_and_the_next_one_is_heard(receiver):
    send(receiver, b"x" * (MOST_BYTES + 1), b"y" * MOST_BYTES)
    assert heard(receiver) == [b"y" * MOST_BYTES]
    assert receiver.too_long == 1


def test_a_flood_neither_blocks_the_sender_nor_keeps_a_step_from_ending(receiver):
    send(receiver, *[b"a:1|c"] * (3 * MOST_PACKETS))
    assert 0 < len(heard(receiver)) <= MOST_PACKETS


def test_only_this_machine_can_reach_it(receiver):
    assert receiver._socket.getsockname()[0] == "127.0.0.1"
