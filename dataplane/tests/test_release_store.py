"""A reader of the release folder sees a whole release or none, whatever happens while one is brought in."""

import hashlib
import os
import threading

import pytest

from hangar_agent.manifest import Manifest, ReleaseFile
from hangar_agent.release_store import SIDE_BY_SIDE, CorruptBlob, ReleaseStore


class Blobs:
    """Blobs by hash, counting downloads."""

    def __init__(self):
        self.bodies = {}
        self.downloads = []

    def file(self, path, body):
        sha256 = hashlib.sha256(body).hexdigest()
        self.bodies[sha256] = body
        return ReleaseFile(path, len(body), sha256)

    def download(self, sha256, file, size):  # noqa: ARG002
        self.downloads.append(sha256)
        body = self.bodies[sha256]
        file.write_bytes(body)
        return len(body), hashlib.sha256(body).hexdigest()


@pytest.fixture
def blobs():
    return Blobs()


@pytest.fixture
def store(tmp_path):
    return ReleaseStore(tmp_path / "dags")


def release(blobs, number, **files):
    listed = tuple(blobs.file(path.replace("__", "/") + ".py", body) for path, body in files.items())
    return Manifest(f"r{number}", number, listed)


def test_before_the_first_release_current_is_an_empty_folder(store, tmp_path):
    assert store.live() is None
    assert list((tmp_path / "dags" / "current").iterdir()) == []


def test_a_staged_release_is_complete_and_goes_live_only_when_activated(store, blobs, tmp_path):
    store.stage(release(blobs, 1, a=b"one", team__b=b"two"), blobs.download)
    assert (store.staged(), store.live()) == (["r1"], None)
    store.activate("r1")
    assert (tmp_path / "dags" / "current" / "team" / "b.py").read_bytes() == b"two"
    assert store.live() == "r1"


def test_a_blob_with_other_bytes_than_the_manifest_says_leaves_no_release(store, blobs, tmp_path):
    manifest = release(blobs, 1, a=b"one", b=b"two")
    blobs.bodies[manifest.files[1].sha256] = b"tampered"
    with pytest.raises(CorruptBlob):
        store.stage(manifest, blobs.download)
    assert store.staged() == []
    assert [entry.name for entry in (tmp_path / "dags" / "releases").iterdir()] == ["none"]


def test_a_download_that_fails_leaves_no_release_and_the_next_try_fetches_only_what_is_missing(store, blobs):
    manifest = release(blobs, 1, a=b"one", b=b"two")
    missing = blobs.bodies.pop(manifest.files[1].sha256)
    with pytest.raises(KeyError):
        store.stage(manifest, blobs.download)
    assert store.staged() == []
    blobs.bodies[manifest.files[1].sha256] = missing
    blobs.downloads.clear()
    store.stage(manifest, blobs.download)
    assert blobs.downloads == [manifest.files[1].sha256]


def test_unchanged_files_of_the_next_release_are_not_downloaded_again(store, blobs):
    store.stage(release(blobs, 1, a=b"same", b=b"old"), blobs.download)
    blobs.downloads.clear()
    store.stage(release(blobs, 2, a=b"same", b=b"new"), blobs.download)
    assert blobs.downloads == [hashlib.sha256(b"new").hexdigest()]


def test_a_cached_blob_damaged_on_disk_is_fetched_anew(store, blobs, tmp_path):
    manifest = release(blobs, 1, a=b"one")
    blob = tmp_path / "dags" / "blobs" / manifest.files[0].sha256
    blob.write_bytes(b"dam")
    store.stage(manifest, blobs.download)
    store.activate("r1")
    assert (tmp_path / "dags" / "current" / "a.py").read_bytes() == b"one"


def test_what_a_crash_left_half_made_is_swept_away_and_never_listed(store, blobs, tmp_path):
    half = tmp_path / "dags" / "releases" / ".staging-dead"
    half.mkdir()
    (half / "a.py").write_bytes(b"half")
    assert store.staged() == []
    store.stage(release(blobs, 1, a=b"one"), blobs.download)
    assert not half.exists()


def test_a_release_that_is_not_staged_cannot_go_live(store):
    with pytest.raises(FileNotFoundError):
        store.activate("r9")
    assert store.live() is None


def test_pruning_keeps_what_is_young_the_newest_five_the_live_one_and_the_pinned_ones(store, blobs, tmp_path):
    for number in range(1, 10):
        store.stage(release(blobs, number, a=b"%d" % number), blobs.download)
        os.utime(tmp_path / "dags" / "releases" / f"r{number}", (number, number))
    store.activate("r1")
    assert store.prune({"r3"}, now=10) == []
    assert store.prune({"r3"}, now=10_000) == ["r2", "r4"]
    assert store.staged() == ["r1", "r3", "r5", "r6", "r7", "r8", "r9"]
    assert len(list((tmp_path / "dags" / "blobs").iterdir())) == 7


def test_a_second_store_on_the_same_folder_finds_what_the_first_staged(store, blobs, tmp_path):
    store.stage(release(blobs, 1, a=b"one"), blobs.download)
    store.activate("r1")
    again = ReleaseStore(tmp_path / "dags")
    assert (again.staged(), again.live()) == (["r1"], "r1")


def many(blobs, number, count):
    files = tuple(blobs.file(f"team{each % 7}/dag_{each}.py", b"dag %d" % each) for each in range(count))
    return Manifest(f"r{number}", number, files)


def test_a_bounded_number_of_files_is_brought_at_once_and_each_only_once(store, blobs):
    together = threading.Barrier(SIDE_BY_SIDE)
    under_way, most, counting = 0, 0, threading.Lock()

    def download(sha256, file, size):
        nonlocal under_way, most
        with counting:
            under_way += 1
            most = max(most, under_way)
        together.wait(10)  # none goes on before so many are here
        try:
            return blobs.download(sha256, file, size)
        finally:
            with counting:
                under_way -= 1

    manifest = many(blobs, 1, 5 * SIDE_BY_SIDE)
    twice = Manifest("r1", 1, (*manifest.files, blobs.file("copy.py", b"dag 3")))
    store.stage(twice, download)
    assert (len(blobs.downloads), len(set(blobs.downloads)), most) == (
        5 * SIDE_BY_SIDE,
        5 * SIDE_BY_SIDE,
        SIDE_BY_SIDE,
    )
    assert store.brought == 5 * SIDE_BY_SIDE
    assert {file.path: (store.folder("r1") / file.path).read_bytes() for file in twice.files} == {
        file.path: blobs.bodies[file.sha256] for file in twice.files
    }


def test_when_one_of_many_fails_no_other_is_still_being_written_and_none_of_them_is_half_there(store, blobs, tmp_path):
    manifest = many(blobs, 1, 60)
    blobs.bodies[manifest.files[20].sha256] = b"tampered"
    with pytest.raises(CorruptBlob):
        store.stage(manifest, blobs.download)
    came = len(blobs.downloads)
    blobs_here = {each.name: each.read_bytes() for each in (tmp_path / "dags" / "blobs").iterdir()}
    assert manifest.files[20].sha256 not in blobs_here
    assert all(hashlib.sha256(body).hexdigest() == name for name, body in blobs_here.items())
    assert (len(blobs_here), len(blobs.downloads), store.staged()) == (came - 1, came, [])


def test_a_release_gets_its_name_only_when_all_its_files_and_folders_are_on_the_disk(blobs, tmp_path, monkeypatch):
    flushed, order = set(), []
    fsync = os.fsync

    def noted(descriptor):
        flushed.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    class Watched(type(tmp_path)):
        """A folder that notes what was on the disk when it was renamed."""

        def rename(self, target):
            every = [self, *self.rglob("*")]
            order.append((target.name, [each.name for each in every if each.stat().st_ino not in flushed]))
            return super().rename(target)

    monkeypatch.setattr(os, "fsync", noted)
    ReleaseStore(Watched(tmp_path / "dags")).stage(many(blobs, 1, 30), blobs.download)
    assert order == [("r1", [])]


def test_where_a_file_system_has_no_hard_links_the_copies_are_on_the_disk_before_the_release_is_there(
    store, blobs, tmp_path, monkeypatch
):
    flushed = set()
    fsync = os.fsync

    def noted(descriptor):
        flushed.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    class WithoutLinks(type(tmp_path)):
        def hardlink_to(self, target):
            raise OSError(f"no links: {target}")

        def rename(self, target):
            assert {each.stat().st_ino for each in self.rglob("*")} <= flushed
            return super().rename(target)

    monkeypatch.setattr(os, "fsync", noted)
    manifest = many(blobs, 1, 30)
    ReleaseStore(WithoutLinks(tmp_path / "dags")).stage(manifest, blobs.download)
    assert (store.folder("r1") / manifest.files[3].path).read_bytes() == b"dag 3"
