"""The agent asks whichever checker there is, starts one where there is none, and never waits without an end."""

import json
import os
import socket
import threading

import pytest

from hangar_agent.dag_check_link import CheckerAway, CheckerLink, CheckerLost, Request, Superseded


class SmallChecker:
    """Listens at a path and answers each request with `reply`; without one it hangs up, with `silent` it never does."""

    def __init__(self, path, reply=None, *, silent=False):
        self.requests = []
        self._listener = socket.socket(socket.AF_UNIX)
        here = os.open(path.parent, os.O_RDONLY)
        self._listener.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)
        self._listener.listen()
        self.hung_up = threading.Event()
        threading.Thread(target=self._serve, args=(reply, silent), daemon=True).start()

    def _serve(self, reply, silent):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(json.loads(connection.recv(1 << 16)))
                if silent:
                    assert connection.recv(1) == b""
                    self.hung_up.set()
                elif reply is not None:
                    connection.sendall(json.dumps(reply).encode() + b"\n")

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class FakeRunning:
    pid = 1

    def __init__(self, *, killed=False):
        self.killed = killed

    def poll(self):
        return -9 if self.killed else None

    def kill_all(self):
        self.killed = True


class World:
    def __init__(self, folder):
        self.folder = folder
        self.now = 0.0
        self.started, self.dead = [], False
        self.on_start = lambda _path: None
        self.link = CheckerLink(folder / "own", folder / "other", self.start, clock=lambda: self.now, pause=self.pause)

    def start(self, path):
        self.on_start(path)
        self.started.append(FakeRunning(killed=self.dead))
        return self.started[-1]

    def pause(self, seconds):
        self.now += seconds

    def ask(self, superseded=lambda: False, **options):
        return self.link.ask(Request(self.folder, "a.py", 10), superseded, **options)


@pytest.fixture
def world(tmp_path):
    deep = tmp_path / ("deep" * 30)  # a socket's own path may have 107 characters
    deep.mkdir()
    return World(deep)


def test_it_asks_the_checker_beside_the_dag_processor(world):
    checker = SmallChecker(world.folder / "own", {"dagIds": ["a"]})
    assert world.ask() == {"dagIds": ["a"]}
    assert checker.requests == [{"ask": "import", "root": str(world.folder), "path": "a.py", "seconds": 10, "nice": 0}]
    assert world.started == []


def test_where_there_is_none_it_starts_one_and_ends_it_when_the_other_is_back(world):
    world.on_start = lambda path: SmallChecker(path, {"from": "other"})
    assert world.ask() == {"from": "other"}
    SmallChecker(world.folder / "own", {"from": "own"})
    assert world.ask() == {"from": "own"}
    assert [each.killed for each in world.started] == [True]


def test_it_starts_a_few_that_end_at_once_and_then_says_so(world):
    world.dead = True
    with pytest.raises(CheckerAway, match="3 times"):
        world.ask()
    assert len(world.started) == 3


def test_it_does_not_start_one_for_a_survey(world):
    with pytest.raises(CheckerAway):
        world.ask(patient=False)
    assert (world.started, world.now) == ([], 0)


def test_a_checker_that_hangs_up_or_talks_nonsense_is_lost(world):
    SmallChecker(world.folder / "own")
    with pytest.raises(CheckerLost):
        world.ask()


def test_what_is_superseded_hangs_up_so_that_the_import_ends(world):
    checker = SmallChecker(world.folder / "own", silent=True)
    looks = iter([False, False, True])
    with pytest.raises(Superseded):
        world.ask(lambda: next(looks))
    assert checker.hung_up.wait(5)
