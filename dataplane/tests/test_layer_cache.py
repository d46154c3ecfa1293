"""Unpacked layers of a machine: whole or not there, shared, and never removed from under a task that lives."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hangar_agent.archive_packing import pack
from hangar_agent.layer_cache import KEPT, LayerCache

SOURCE = Path(__file__).resolve().parents[1] / "src"


def key(number):
    return f"l-{number:032x}"


@pytest.fixture
def archive(tmp_path):
    content = tmp_path / "content" / "site"
    content.mkdir(parents=True)
    for number in range(50):
        (content / f"m{number}.py").write_text(f"N = {number}\n")
    return tmp_path / "layer.tar", pack(tmp_path / "content", tmp_path / "layer.tar")[1]


def copier(archive, calls):
    def fetch(file):
        calls.append(file)
        file.write_bytes(archive.read_bytes())

    return fetch


def test_a_layer_is_fetched_once_and_found_afterwards(tmp_path, archive):
    file, sha256 = archive
    calls = []
    for task in ("t1", "t2"):
        folder = LayerCache(tmp_path / "cache").take(key(1), sha256, task, copier(file, calls))
        assert len(list((folder / "site").iterdir())) == 50
    assert len(calls) == 1


def test_other_bytes_under_the_same_key_are_another_folder(tmp_path, archive):
    file, sha256 = archive
    cache = LayerCache(tmp_path / "cache")
    first = cache.take(key(1), sha256, "t1", copier(file, []))
    assert cache.take(key(1), "f" * 64, "t2", copier(file, [])) != first


def test_a_fetch_that_fails_leaves_nothing_and_does_not_stand_in_the_way(tmp_path, archive):
    file, sha256 = archive
    cache = LayerCache(tmp_path / "cache")

    def fails(target):
        target.write_bytes(b"half")
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        cache.take(key(1), sha256, "t1", fails)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir() and path.name != "uses"]
    assert cache.take(key(1), sha256, "t1", copier(file, [])).is_dir()


TAKES = """
import os, shutil, sys
from pathlib import Path
from hangar_agent.layer_cache import LayerCache
root, key, sha256, archive = sys.argv[1:]
fetched = []
def fetch(file):
    fetched.append(file)
    shutil.copyfile(archive, file)
print("ready", flush=True)
sys.stdin.readline()
folder = LayerCache(Path(root)).take(key, sha256, f"t{os.getpid()}", fetch)
print(len(list((folder / "site").iterdir())), len(fetched))
"""


def test_many_tasks_at_once_unpack_it_once(tmp_path, archive):
    file, sha256 = archive
    command = [sys.executable, "-c", TAKES, tmp_path / "cache", key(1), sha256, file]
    start = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": {"PYTHONPATH": str(SOURCE)}}
    with contextlib.ExitStack() as running:
        tasks = [running.enter_context(subprocess.Popen(command, **start)) for _ in range(4)]
        running.callback(lambda: [task.kill() for task in tasks])
        for task in tasks:
            assert task.stdout.readline() == b"ready\n"
        for task in tasks:
            task.stdin.write(b"go\n")
            task.stdin.flush()
        seen = [[int(number) for number in task.stdout.readline().split()] for task in tasks]
    assert [files for files, _ in seen] == [50] * 4
    assert sum(fetched for _, fetched in seen) == 1


KILLED = """
import sys, time
from pathlib import Path
from hangar_agent.layer_cache import LayerCache
def fetch(file):
    file.write_bytes(b"half")
    print("fetching", flush=True)
    time.sleep(600)
LayerCache(Path(sys.argv[1])).take(sys.argv[2], sys.argv[3], "t1", fetch)
"""


def test_a_task_killed_while_it_unpacks_leaves_neither_half_a_layer_nor_a_lock(tmp_path, archive):
    file, sha256 = archive
    command = [sys.executable, "-c", KILLED, tmp_path / "cache", key(1), sha256]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONPATH": str(SOURCE)})
    with killed:
        assert killed.stdout.readline() == b"fetching\n"
        killed.kill()
    cache = LayerCache(tmp_path / "cache")
    folder = cache.take(key(1), sha256, "t2", copier(file, []))
    assert len(list((folder / "site").iterdir())) == 50
    cache.prune()
    assert not list((tmp_path / "cache").glob(".unpacking-*"))


def test_pruning_keeps_what_a_living_task_uses_and_the_five_used_last(tmp_path, archive):
    file, sha256 = archive
    cache = LayerCache(tmp_path / "cache")
    folders = [cache.take(key(number), sha256, f"t{number}", copier(file, [])) for number in range(KEPT + 4)]
    for age, folder in enumerate(reversed(folders)):
        os.utime(folder, (time.time() - age, time.time() - age))
    assert cache.prune() == []  # every task lives: it is this process
    uses = tmp_path / "cache" / "uses"
    for number in range(1, KEPT + 4):
        use = json.loads((uses / f"t{number}.json").read_text())
        dead = {"pid": 2**22 + 1} if number % 2 else {"started": "1"}  # no such process; its number used again
        (uses / f"t{number}.json").write_text(json.dumps({**use, **dead}))
    assert sorted(cache.prune()) == [folder.name for folder in folders[1:4]]
    assert [folder for folder in folders if folder.is_dir()] == [folders[0], *folders[4:]]
    assert [file.name for file in uses.iterdir()] == ["t0.json"]
