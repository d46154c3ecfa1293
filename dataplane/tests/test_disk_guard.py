"""A disk short of room loses what was not used for longest, and nothing that runs, is staged for going live, or new."""

import fcntl
import os
import time

import pytest

from hangar_agent.disk_guard import DiskGuard, disk_use, open_files, release_in_use
from hangar_agent.disk_room import DiskUse, Spare, in_order, room_enough, short_of_room
from hangar_agent.layer_cache import LayerCache
from hangar_agent.release_store import ReleaseStore

GIB = 1 << 30
HOUR = 3600.0


def test_a_disk_is_short_below_one_gigabyte_or_a_twentieth_of_a_small_one():
    assert short_of_room(DiskUse(1000 * GIB, GIB - 1))
    assert not short_of_room(DiskUse(1000 * GIB, GIB))
    assert short_of_room(DiskUse(10 * GIB, GIB // 2 - 1))
    assert not short_of_room(DiskUse(10 * GIB, GIB // 2))


def test_who_makes_room_makes_half_as_much_again():
    assert not room_enough(DiskUse(1000 * GIB, GIB))
    assert room_enough(DiskUse(1000 * GIB, GIB * 3 // 2))


def test_what_was_not_used_for_longest_goes_first_whatever_it_is_and_what_is_young_stays():
    spares = [Spare("task log", "b", 200.0), Spare("layer", "a", 100.0), Spare("release", "c", 9000.0)]
    assert [each.name for each in in_order(spares, now=9000.0)] == ["a", "b"]


class World:
    """A task's folders, each thing in them of the same size, on a disk by hand."""

    def __init__(self, folder):
        self.now = time.time()
        self.logs, self.layers, self.bundles = folder / "logs", folder / "layers", folder / "bundles"
        self.releases = ReleaseStore(folder / "dags")
        self.needed = set()
        self.use = lambda: DiskUse(20 * GIB, 0)
        self.guard = DiskGuard(
            self.releases,
            self.bundles,
            (self.logs,),
            self.layers,
            lambda: self.needed,
            lambda _line: None,
            lambda: self.use(),  # noqa: PLW0108 - tests change it
            clock=lambda: self.now,
        )

    def left(self):
        logs = [path.name for path in self.logs.rglob("*.log")]
        layers = [path.name[:6] for path in self.layers.glob("l-*")]
        return sorted([*logs, *layers, *self.releases.staged()])

    def log(self, name, hours):
        path = self.logs / "dag_id=a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("said")
        self.age(path, hours)
        return path

    def layer(self, number, hours):
        LayerCache(self.layers)
        folder = self.layers / f"l-{number}{'0' * 31}-{'0' * 12}"
        folder.mkdir()
        self.age(folder, hours)
        return folder

    def release(self, number, hours):
        folder = self.releases.folder(f"r{number}")
        folder.mkdir()
        (folder / "a.py").write_text("pass")
        self.age(folder, hours)

    def age(self, path, hours):
        os.utime(path, (self.now - hours * HOUR, self.now - hours * HOUR))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def fill(world):
    for number in range(1, 4):
        world.log(f"{number}.log", hours=10 * number)
        world.layer(number, hours=10 * number + 1)
        world.release(number, hours=10 * number + 2)


def test_with_room_enough_nothing_goes(world):
    fill(world)
    before = world.left()
    world.use = lambda: DiskUse(20 * GIB, GIB)
    world.guard.step()
    assert (world.left(), world.guard.problem) == (before, None)


def test_the_oldest_go_until_there_is_room_enough_and_no_further(world):
    fill(world)
    world.use = lambda: DiskUse(200, 4 * (9 - len(world.left())))  # ten free are the least, fifteen are enough
    world.guard.step()
    assert world.left() == ["1.log", "2.log", "l-1000", "l-2000", "r1"]
    assert (world.use().free_bytes, world.guard.problem) == (16, None)


def test_what_runs_or_may_go_live_or_is_being_written_or_is_young_stays_and_the_report_says_it_is_not_enough(world):
    for number in range(1, 5):
        world.release(number, hours=50)
    world.releases.activate("r1")
    world.needed = {"r2"}  # the candidate
    lock = world.bundles / "_tracking" / "releases" / "r3"  # a task runs on it
    lock.parent.mkdir(parents=True)
    lock.touch()
    used = world.layer(1, hours=50)
    cache = LayerCache(world.layers)
    cache._say_used(used.name, "t1")
    world.layer(2, hours=50)
    world.log("young.log", hours=0.5)
    world.log("old.log", hours=50)
    with lock.open() as held, world.log("written.log", hours=50).open("a"):
        fcntl.flock(held, fcntl.LOCK_SH)
        world.guard.step()
    assert world.left() == ["l-1000", "r1", "r2", "r3", "written.log", "young.log"]
    assert "nothing more" in world.guard.problem


def test_without_a_control_document_no_release_goes(world):
    world.release(1, hours=50)
    world.needed = None
    world.guard.step()
    assert world.left() == ["r1"]


def test_a_release_that_went_live_or_a_layer_that_is_used_since_it_was_listed_is_not_removed(world):
    world.release(1, hours=50)
    world.releases.activate("r1")
    world.releases.discard("r1")
    layer = world.layer(1, hours=50)
    cache = LayerCache(world.layers)
    assert [name for name, _ in cache.unused()] == [layer.name]
    cache._say_used(layer.name, "t1")
    assert cache.unused() == []
    cache.discard(layer.name)
    assert world.left() == ["l-1000", "r1"]


def test_the_system_tells_of_locks_open_files_and_room(tmp_path):
    (tmp_path / "_tracking" / "releases").mkdir(parents=True)
    record = tmp_path / "_tracking" / "releases" / "r1"
    record.touch()
    assert not release_in_use(tmp_path, "r1")
    assert not release_in_use(tmp_path, "r2")
    with record.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert release_in_use(tmp_path, "r1")
        opened = open_files()
        assert opened is None or str(record.resolve()) in opened
    assert 0 < disk_use(tmp_path).free_bytes <= disk_use(tmp_path).total_bytes
