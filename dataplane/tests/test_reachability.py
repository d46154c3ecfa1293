"""What counts as an answer: PostgreSQL that takes logins does; one that hangs, starts or is gone does not."""

import struct

import pytest
from small_postmaster import SmallPostmaster

from hangar_agent import reachability
from hangar_agent.reachability import Reachability, database_answers, endpoint_answers
from hangar_agent.settings import DatabaseLogin

STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
WRONG_PASSWORD = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"


def login(port):
    return DatabaseLogin("127.0.0.1", port, "e7", "e7", "secret")


def error(fields):
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


@pytest.mark.parametrize(
    ("to_encryption", "to_startup", "answers"),
    [
        (b"N", b"R" + struct.pack("!ii", 8, 10), True),
        (b"N", error(WRONG_PASSWORD), True),
        (b"N", error(STARTING_UP), False),
        (b"N", b"", False),
        (b"S", b"", True),
    ],
)
def test_a_server_answers_when_it_takes_logins_and_not_while_it_starts(to_encryption, to_startup, answers):
    server = SmallPostmaster(encryption=to_encryption, answer=to_startup)
    assert database_answers(login(server.port)) is answers
    server.close()
    assert b"secret" not in server.heard


def test_a_server_that_takes_connections_and_says_nothing_does_not_answer(monkeypatch):
    monkeypatch.setattr(reachability, "ANSWER_SECONDS", 0.2)
    server = SmallPostmaster(encryption=None)
    assert not database_answers(login(server.port))
    server.close()


def test_a_real_postgresql_answers_and_none_at_all_does_not(small_postgres, unused_port):
    assert database_answers(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""))
    assert not database_answers(login(unused_port))
    assert endpoint_answers("127.0.0.1", small_postgres.port)
    assert not endpoint_answers("127.0.0.1", unused_port)


def test_it_is_asked_every_two_seconds_at_most_and_tells_since_when_it_answers_again():
    said = [True, False, True]
    asked = Reachability(lambda: said.pop(0))
    assert [asked.since(now) for now in (10.0, 11.0, 12.0, 13.9, 14.0, 15.0)] == [0.0, 0.0, None, None, 14.0, 14.0]
