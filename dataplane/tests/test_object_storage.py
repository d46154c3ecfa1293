"""Objects travel over HTTP; absence, no change and trouble are told apart."""

import hashlib

import pytest

from hangar_agent.credentials import CredentialSource
from hangar_agent.object_storage import ObjectMissing, S3ObjectStorage, StorageError
from hangar_agent.settings import StorageSettings


@pytest.fixture
def make_storage():
    keys = CredentialSource({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalr/+secret"})
    return lambda url: S3ObjectStorage(StorageSettings("e7", "control", "environments/e7/", url, "eu-west-1"), keys)


def test_an_object_is_read_once_and_then_only_when_it_changed(make_storage, small_s3):
    storage = make_storage(small_s3.url)
    small_s3.objects["/control/environments/e7/control.json"] = b"one"
    first = storage.get("control.json")
    assert first is not None
    assert first.body == b"one"
    assert storage.get("control.json", first.etag) is None
    small_s3.objects["/control/environments/e7/control.json"] = b"two"
    second = storage.get("control.json", first.etag)
    assert second is not None
    assert second.body == b"two"
    assert all("/eu-west-1/s3/aws4_request" in signed for signed in small_s3.signed)


def test_what_is_put_lies_below_the_environments_prefix(make_storage, small_s3):
    make_storage(small_s3.url).put("reports/t1.json", b"{}")
    assert small_s3.objects == {"/control/environments/e7/reports/t1.json": b"{}"}


def test_an_absent_object_is_not_mistaken_for_trouble(make_storage, small_s3):
    with pytest.raises(ObjectMissing):
        make_storage(small_s3.url).get("control.json")


def test_trouble_is_one_error_with_the_reason(make_storage, unused_port):
    storage = make_storage(f"http://127.0.0.1:{unused_port}")
    with pytest.raises(StorageError, match="connect"):
        storage.get("control.json")
    with pytest.raises(StorageError, match="connect"):
        storage.put("reports/t1.json", b"{}")


def test_a_server_error_is_tried_again_once_and_then_told_with_s3s_own_words(make_storage, small_s3):
    small_s3.failures = [503]
    make_storage(small_s3.url).put("reports/t1.json", b"{}")
    assert len(small_s3.objects) == 1
    small_s3.failures = [503, 503]
    with pytest.raises(StorageError, match="503 SlowDown: Please reduce your request rate"):
        make_storage(small_s3.url).put("reports/t1.json", b"{}")


def test_a_refusal_is_not_tried_again(make_storage, small_s3):
    small_s3.failures = [403, 403]
    with pytest.raises(StorageError, match="403"):
        make_storage(small_s3.url).get("control.json")
    assert small_s3.failures == [403]


def test_without_keys_the_reason_names_both_places_that_were_looked_at(small_s3):
    settings = StorageSettings("e7", "control", "environments/e7/", small_s3.url, "eu-west-1")
    with pytest.raises(StorageError, match="AWS_ACCESS_KEY_ID nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        S3ObjectStorage(settings, CredentialSource({})).get("control.json")


def test_a_large_object_goes_from_and_to_the_disk_with_its_hash(make_storage, small_s3, tmp_path):
    storage = make_storage(small_s3.url)
    body = bytes(range(256)) * 20_000
    sha256 = hashlib.sha256(body).hexdigest()
    (tmp_path / "layer.tar").write_bytes(body)
    small_s3.failures = [503]
    storage.upload("layers/l-1/layer.tar", tmp_path / "layer.tar", sha256)
    assert small_s3.objects == {"/control/environments/e7/layers/l-1/layer.tar": body}
    assert storage.download("layers/l-1/layer.tar", tmp_path / "again", len(body)) == (len(body), sha256)
    assert (tmp_path / "again").read_bytes() == body


def test_a_download_is_tried_again_once_after_a_server_error(make_storage, small_s3, tmp_path):
    storage = make_storage(small_s3.url)
    small_s3.objects["/control/environments/e7/blobs/x"] = b"bytes"
    small_s3.failures = [503]
    assert storage.download("blobs/x", tmp_path / "x", 10) == (5, hashlib.sha256(b"bytes").hexdigest())
    small_s3.failures = [503, 503]
    with pytest.raises(StorageError, match="503 SlowDown: Please reduce your request rate"):
        storage.download("blobs/x", tmp_path / "x", 10)


def test_many_downloads_go_over_one_connection_and_survive_its_end(make_storage, small_s3, tmp_path):
    storage = make_storage(small_s3.url)
    small_s3.objects["/control/environments/e7/blobs/x"] = b"bytes"
    for closing, most in ((False, 1), (True, 11)):
        small_s3.closing = closing
        for _ in range(10):
            assert storage.download("blobs/x", tmp_path / "x", 10)[0] == 5
        assert small_s3.connections <= most


def test_a_download_tells_absence_refusal_and_too_much_apart(make_storage, small_s3, tmp_path):
    storage = make_storage(small_s3.url)
    with pytest.raises(ObjectMissing):
        storage.download("blobs/x", tmp_path / "x", 10)
    small_s3.objects["/control/environments/e7/blobs/x"] = b"more than five"
    with pytest.raises(StorageError, match="larger than 5"):
        storage.download("blobs/x", tmp_path / "x", 5)
    small_s3.failures = [403]
    with pytest.raises(StorageError, match="403"):
        storage.download("blobs/x", tmp_path / "x", 50)


def test_no_connection_is_one_error_for_files_too(make_storage, unused_port, tmp_path):
    storage = make_storage(f"http://127.0.0.1:{unused_port}")
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(StorageError, match="no connection"):
        storage.download("blobs/x", tmp_path / "y", 5)
    with pytest.raises(StorageError, match="no connection"):
        storage.upload("blobs/x", tmp_path / "x", "0" * 64)
