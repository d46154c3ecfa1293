"""Connections are used again while they are good, never by two at once, and never after trouble."""

import http.client
import threading

import pytest
from small_http import SmallHandler, SmallServer

from hangar_agent.kept_connections import IDLE_SECONDS, MOST_KEPT, KeptConnections


class Server(SmallServer):
    """Counts connections; closes each after an answer to /last."""

    def __init__(self):
        outer = self
        self.connections = 0

        class Handler(SmallHandler):
            def setup(self):
                super().setup()
                outer.connections += 1

            def do_GET(self):  # noqa: N802 - http.server's name
                self.answer(200, b"here")
                self.close_connection = self.path == "/last"

        super().__init__(Handler)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


class World:
    def __init__(self, server):
        host = server.url.removeprefix("http://")
        self.server, self.now = server, 0.0
        self.kept = KeptConnections(lambda: http.client.HTTPConnection(host, timeout=10), lambda: self.now)

    def ask(self, path="/"):
        with self.kept.lent() as connection:
            connection.request("GET", path)
            assert connection.getresponse().read() == b"here"
            return connection.sock

    def asked(self, *paths):
        before = self.server.connections
        for path in paths:
            self.ask(path)
        return self.server.connections - before


@pytest.fixture
def world(server):
    return World(server)


def test_one_request_after_another_goes_over_one_connection(world):
    assert world.asked(*["/"] * 20) == 1


def test_a_connection_the_server_closed_is_noticed_before_it_is_used(world):
    closed = world.ask("/last")
    assert closed.recv(1) == b""  # the server's end has arrived
    assert world.asked("/", "/") == 1


def test_one_that_lay_idle_is_not_trusted(world):
    world.ask()
    world.now += IDLE_SECONDS
    assert world.asked("/") == 1


def test_after_an_error_nobody_reads_the_rest_of_an_answer_as_their_own(world):
    def fail():
        with world.kept.lent() as connection:
            connection.request("GET", "/")
            connection.getresponse()
            raise ValueError("not read")

    with pytest.raises(ValueError, match="not read"):
        fail()
    assert world.asked("/") == 1


def test_each_of_many_threads_has_its_own_and_only_so_many_are_kept(world):
    together = threading.Barrier(MOST_KEPT + 3)

    def hold():
        with world.kept.lent() as connection:
            connection.request("GET", "/")
            connection.getresponse().read()
            together.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(MOST_KEPT + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert world.server.connections == MOST_KEPT + 3
    assert len(world.kept._kept) == MOST_KEPT
