"""Lines arrive whatever happens to groups and streams; what can never arrive holds nothing up."""

import pytest
from small_logs import SmallLogs

from hangar_agent.aws_json import AwsError
from hangar_agent.log_buffer import LogBuffer, LogStream
from hangar_agent.log_sending import FAILURES_WORTH_TELLING, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LogSending

A, B = LogStream("g", "a"), LogStream("g", "b")


def sending(service, *lines, groups=()):
    buffer = LogBuffer()
    for at, (stream, message) in enumerate(lines):
        buffer.add(stream, at, message)
    return LogSending(service, buffer.take, groups), buffer


def test_groups_are_there_before_anybody_has_written_a_line():
    service = SmallLogs()
    sender, _ = sending(service, groups=("g", "h"))
    assert sender.step() == 0
    assert service.groups == {"g", "h"}


def test_a_group_and_a_stream_that_are_not_there_are_made_also_when_somebody_deletes_them():
    service = SmallLogs()
    sender, buffer = sending(service, (A, "one"))
    assert sender.step() == 0
    service.groups.clear()
    service.streams.clear()
    buffer.add(A, 9, "two")
    assert sender.step() == 0
    assert service.lines("g", "a") == ["two"]


def test_while_cloudwatch_is_away_lines_are_kept_and_asked_about_less_and_less_often():
    service = SmallLogs()
    sender, buffer = sending(service, (A, "one"))
    service.refuses = ""
    pauses = []
    for _ in range(12):
        pauses.append(sender.step())
        assert (sender.problem is not None) == (len(pauses) >= FAILURES_WORTH_TELLING)
    assert pauses[0] == FIRST_PAUSE_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert not sender.idle
    buffer.add(A, 5, "two")
    service.refuses = None
    assert sender.step() == 0
    assert (service.lines("g", "a"), sender.problem, sender.idle) == (["one", "two"], None, True)


@pytest.mark.parametrize("kind", ["InvalidParameterException", "SerializationException"])
def test_lines_that_are_refused_for_what_they_are_do_not_keep_the_others_back(kind):
    service = SmallLogs()
    sender, buffer = sending(service, (A, "fine"))
    sender.step()
    put = service.put

    def refuse_bad(batch):
        if "bad" in batch.events[0].message:
            service.refuses = kind
        try:
            put(batch)
        finally:
            service.refuses = None

    service.put = refuse_bad
    buffer.add(A, 1, "bad")
    buffer.add(B, 2, "good")
    assert sender.step() == 0
    assert (service.lines("g", "a"), service.lines("g", "b")) == (["fine"], ["good"])


def test_a_stream_whose_name_is_refused_does_not_keep_the_others_back():
    service = SmallLogs()
    sender, buffer = sending(service, (A, "one"))
    create = service.create_stream

    def refuse_long_names(stream):
        if len(stream.name) > 512:
            raise AwsError("logStreamName is too long", "InvalidParameterException")
        create(stream)

    service.create_stream = refuse_long_names
    buffer.add(LogStream("g", "a" * 513), 1, "of a task with long names")
    buffer.add(B, 2, "good")
    assert sender.step() == 0
    assert (service.lines("g", "a"), service.lines("g", "b")) == (["one"], ["good"])


def test_a_role_that_may_not_write_loses_no_line_until_it_may():
    service = SmallLogs()
    sender, _ = sending(service, (A, "one"))
    service.refuses = "AccessDeniedException"
    assert sender.step() > 0
    service.refuses = None
    sender.step()
    assert service.lines("g", "a") == ["one"]
