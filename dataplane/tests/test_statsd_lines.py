"""A line is read as Airflow meant it, or not at all: whoever sends, nothing but a sample or a None comes out."""

import random
import string

import pytest

from hangar_agent.statsd_lines import Sample, read_lines


def read(packet, prefix="airflow"):
    return list(read_lines(packet.encode() if isinstance(packet, str) else packet, prefix))


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ("airflow.scheduler_heartbeat:1|c", Sample("scheduler_heartbeat", {}, "counter", 1.0)),
        ("airflow.dag_processing.processes:-1|c", Sample("dag_processing.processes", {}, "counter", -1.0)),
        ("airflow.x:3|c|@0.5", Sample("x", {}, "counter", 3.0, weight=2.0)),
        ("airflow.dagbag_size:7|g", Sample("dagbag_size", {}, "gauge", 7.0)),
        ("airflow.dagbag_size:-7|g", Sample("dagbag_size", {}, "gauge", -7.0, relative=True)),
        ("airflow.loop:12.5|ms", Sample("loop", {}, "timer", 12.5)),
        (
            "airflow.ti.finish,dag_id=a.b,task_id=g.t,state=success:1|c",
            Sample("ti.finish", {"dag_id": "a.b", "task_id": "g.t", "state": "success"}, "counter", 1.0),
        ),
    ],
)
def test_what_airflows_client_writes_is_read_with_its_tags(line, sample):
    assert read(line) == [sample]


def test_a_packet_may_have_several_lines_and_one_bad_one_spoils_no_other():
    assert [each and each.name for each in read("airflow.a:1|c\n\nnonsense\nairflow.b:1|c\n")] == ["a", None, "b"]


@pytest.mark.parametrize(
    "line",
    [
        "", "airflow.a", "airflow.a:", "airflow.a:1", "airflow.a:1|", "airflow.a:1|h", "airflow.a:x|c", "airflow.a:|c",
        "airflow.a:nan|g", "airflow.a:inf|g", "airflow.a:1e300|g", "airflow.a:1|c|@0", "airflow.a:1|c|@2",
        "airflow.a:1|c|@x", "other.a:1|c", "airflow:1|c", "airflow.a,b:1|c", "airflow.a,b=:1|c",
        "airflow.a,b=1,b=2:1|c",
        "airflow.\x01:1|c", f"airflow.{'a' * 300}:1|c", "airflow.é:1|c",
    ],
)  # fmt: skip
def test_what_is_no_statsd_of_airflows_is_none(line):
    assert read(line) in ([], [None])


def test_no_bytes_whatever_are_more_than_a_sample_or_a_none():
    chance = random.Random(7)  # noqa: S311
    letters = (string.ascii_letters + string.digits + ".:|@,=+-\n\x00\xff ").encode("latin-1")
    for _ in range(3000):
        packet = bytes(chance.choice(letters) for _ in range(chance.randrange(60)))
        assert all(each is None or isinstance(each, Sample) for each in read(b"airflow." + packet))
