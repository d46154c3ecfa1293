"""A reader of the release folder sees a whole release or none, whatever happens while one is brought in."""

import hashlib
import os

import pytest

from hangar_agent.manifest import Manifest, ReleaseFile
from hangar_agent.release_store import CorruptBlob, ReleaseStore


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
