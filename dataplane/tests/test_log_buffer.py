"""Lines wait in bounded memory and leave in what one PutLogEvents takes, in order, none lost in silence."""

import random

from hangar_agent.log_buffer import (
    EVENT_BYTES,
    MOST_BYTES,
    MOST_EVENT_BYTES,
    MOST_EVENTS,
    LogBuffer,
    LogStream,
)

A, B = LogStream("g", "a"), LogStream("g", "b")
HOUR = 3_600_000


def batches(buffer):
    while batch := buffer.take():
        yield batch


def test_every_batch_is_within_the_limits_of_one_call_and_in_order_and_together_they_are_all_there_was():
    chance = random.Random(7)  # noqa: S311 - a schedule, not a secret
    buffer = LogBuffer(most_bytes=64 << 20)
    given = {A: [], B: []}
    for number in range(30_000):
        stream, at = chance.choice([A, B]), 1_000 + chance.randrange(50 * HOUR)
        message = f"{number} " + "é" * chance.choice([1, 10, 400])
        given[stream].append((at, message))
        buffer.add(stream, at, message)
    taken = {A: [], B: []}
    for batch in batches(buffer):
        times = [event.at for event in batch.events]
        assert times == sorted(times)
        assert times[-1] - times[0] <= 24 * HOUR
        assert 1 <= len(batch.events) <= MOST_EVENTS
        assert sum(len(event.message.encode()) + EVENT_BYTES for event in batch.events) <= 1_048_576
        taken[batch.stream] += [(event.at, event.message) for event in batch.events]
    for stream, lines in given.items():
        assert sorted(taken[stream]) == sorted(lines)


def test_lines_of_one_time_stay_in_the_order_they_were_written_in():
    buffer = LogBuffer()
    for number in range(100):
        buffer.add(A, 5, str(number))
    assert [event.message for event in buffer.take().events] == [str(number) for number in range(100)]


def test_a_stream_with_much_to_say_does_not_keep_another_waiting():
    buffer = LogBuffer(most_bytes=16 << 20)
    for number in range(5 * MOST_BYTES // 100_000):
        buffer.add(A, number, "x" * 99_000)
    buffer.add(B, 1, "one line")
    assert [batch.stream for batch in (buffer.take(), buffer.take())] == [A, B]


def test_memory_is_bounded_and_the_stream_says_how_many_lines_it_lacks_once():
    buffer = LogBuffer(most_bytes=10 * (100 + EVENT_BYTES))
    for number in range(25):
        buffer.add(A, number, f"{number:03}".ljust(100, "."))
    buffer.add(B, 99, "b")
    messages = [event.message for event in buffer.take().events]
    assert "16 lines are missing here" in messages[0]
    assert [message[:3] for message in messages[1:]] == [f"{number:03}" for number in range(16, 25)]
    assert [event.message for event in buffer.take().events] == ["b"]
    buffer.add(A, 100, "later")
    assert [event.message for event in buffer.take().events] == ["later"]


def test_what_cloudwatch_refuses_is_not_sent_empty_lines_left_out_and_long_ones_cut():
    buffer = LogBuffer()
    buffer.add(A, 1, "  ")
    assert not buffer
    assert buffer.take() is None
    buffer.add(A, 1, "é" * MOST_EVENT_BYTES)
    (event,) = buffer.take().events
    assert len(event.message.encode()) < MOST_EVENT_BYTES + 50
    assert event.message.endswith(f"({MOST_EVENT_BYTES} bytes more)")
