"""An agent follows the control document, holds on to what it last knew, and reports what it cannot do."""

import hashlib
import json

import pytest

from hangar_agent.control_link import ControlLink
from hangar_agent.object_storage import ObjectMissing, StorageError, StoredObject
from hangar_agent.release_store import ReleaseStore


class MemoryStorage:
    """Objects in memory, with tags; can be away."""

    def __init__(self):
        self.objects = {}
        self.away = False

    def get(self, key, etag=None):
        if self.away:
            raise StorageError("connection refused")
        if key not in self.objects:
            raise ObjectMissing(key)
        body = self.objects[key]
        tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return None if tag == etag else StoredObject(body, tag)

    def download(self, key, file, most_bytes):
        body = self.get(key).body
        if len(body) > most_bytes:
            raise StorageError("too large")
        file.write_bytes(body)
        return len(body), hashlib.sha256(body).hexdigest()

    def put(self, key, body):
        self.objects[key] = body

    def publish(self, epoch, release=None, **changes):
        fields = {"epoch": epoch, "environmentId": "e7", "release": release, "canary": None, "workersWanted": 1}
        self.put("control.json", json.dumps({**fields, **changes}).encode())

    def release(self, release_id, number, body):
        sha256 = hashlib.sha256(body).hexdigest()
        self.put(f"blobs/{sha256}", body)
        files = [{"path": "a.py", "size": len(body), "sha256": sha256, "versionId": "v"}]
        self.put(
            f"releases/{release_id}.json", json.dumps({"id": release_id, "number": number, "files": files}).encode()
        )
        return {"id": release_id, "number": number, "manifest": f"releases/{release_id}.json"}


@pytest.fixture
def storage():
    return MemoryStorage()


@pytest.fixture
def releases(tmp_path):
    return ReleaseStore(tmp_path / "dags")


@pytest.fixture
def make_link(storage, releases, tmp_path):
    return lambda: ControlLink(storage, "e7", tmp_path / "control.json", releases)


def test_before_the_control_plane_has_spoken_nothing_is_wrong(make_link):
    link = make_link()
    assert (link.poll(), link.follow(set), link.document) == (None, None, None)


def test_a_published_release_is_staged_and_goes_live(make_link, storage, releases):
    link = make_link()
    storage.publish(1, storage.release("r1", 1, b"one"))
    assert (link.poll(), link.follow(set), releases.live()) == (None, None, "r1")


def test_a_restarted_agent_refuses_an_epoch_lower_than_its_predecessor_saw(make_link, storage):
    storage.publish(7)
    make_link().poll()
    storage.publish(6)
    again = make_link()
    assert "lower than 7" in (again.poll() or "")
    assert again.document is not None
    assert again.document.epoch == 7


def test_a_malformed_document_leaves_the_old_one_in_force_and_is_told_until_it_is_repaired(make_link, storage):
    link = make_link()
    storage.publish(1)
    link.poll()
    storage.put("control.json", b"{")
    assert "malformed" in (link.poll() or "")
    assert "malformed" in (link.poll() or "")
    assert link.document is not None
    storage.publish(2)
    assert link.poll() is None
    assert link.document.epoch == 2


def test_while_storage_is_away_the_live_release_stays_and_the_new_one_comes_when_it_is_back(
    make_link, storage, releases
):
    link = make_link()
    storage.publish(1, storage.release("r1", 1, b"one"))
    link.poll()
    link.follow(set)
    storage.publish(2, storage.release("r2", 2, b"two"))
    link.poll()
    storage.away = True
    assert "r2 is not live" in (link.follow(set) or "")
    assert "cannot be read" in (link.poll() or "")
    assert releases.live() == "r1"
    storage.away = False
    assert (link.follow(set), releases.live()) == (None, "r2")


def test_a_blob_that_is_not_what_the_manifest_says_never_goes_live(make_link, storage, releases):
    link = make_link()
    storage.publish(1, storage.release("r1", 1, b"one"))
    storage.put(f"blobs/{hashlib.sha256(b'one').hexdigest()}", b"two")
    link.poll()
    assert "not those of the manifest" in (link.follow(set) or "")
    assert releases.live() is None


def test_a_deleted_document_changes_nothing_and_is_told(make_link, storage):
    link = make_link()
    storage.publish(1)
    link.poll()
    del storage.objects["control.json"]
    assert "has gone" in (link.poll() or "")
    assert link.document is not None


def test_a_candidate_is_staged_beside_the_live_release_and_not_activated(make_link, storage, releases):
    link = make_link()
    storage.publish(1, storage.release("r1", 1, b"one"), candidate=storage.release("r2", 2, b"two"))
    assert (link.poll(), link.follow(set), link.stage_candidate()) == (None, None, None)
    assert (releases.live(), sorted(releases.staged())) == ("r1", ["r1", "r2"])


def test_a_candidate_that_cannot_be_staged_is_told_and_leaves_the_live_release_alone(make_link, storage, releases):
    link = make_link()
    storage.publish(1, storage.release("r1", 1, b"one"), candidate={"id": "r2", "number": 2, "manifest": "nowhere"})
    link.poll()
    link.follow(set)
    assert "candidate r2 is not staged" in (link.stage_candidate() or "")
    assert releases.live() == "r1"


def test_a_candidate_in_force_is_never_pruned(storage, releases, tmp_path):
    link = ControlLink(storage, "e7", tmp_path / "control.json", releases, clock=lambda: 1e12)
    candidate = storage.release("candidate", 1, b"candidate")
    for number in range(2, 12):
        storage.publish(number, storage.release(f"r{number}", number, b"%d" % number), candidate=candidate)
        link.poll()
        assert link.stage_candidate() is None
        assert link.follow(set) is None
    assert "candidate" in releases.staged()
    assert "r2" not in releases.staged()
