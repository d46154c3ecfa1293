"""A manifest that could write outside its release, or is not the one asked for, is refused."""

import json

import pytest

from hangar_agent.manifest import ManifestError, parse_manifest, safe_path

FILE = {"path": "team/etl.py", "size": 3, "sha256": "a" * 64, "versionId": "v1"}


def manifest(*files, **changes):
    return json.dumps({"id": "r1", "number": 1, "files": files or [FILE], **changes}).encode()


def test_a_manifest_lists_files_by_content():
    assert [file.path for file in parse_manifest(manifest(), "r1").files] == ["team/etl.py"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", "", "a\0b", "a\\..\\b", "./a"])
def test_a_path_that_leaves_its_folder_is_refused(path):
    assert not safe_path(path)
    with pytest.raises(ManifestError):
        parse_manifest(manifest({**FILE, "path": path}), "r1")


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"{}",
        manifest(id="r2"),
        manifest({**FILE, "sha256": "short"}),
        manifest({**FILE, "size": -1}),
        manifest(FILE, FILE),
        manifest({**FILE, "path": "a"}, {**FILE, "path": "a/b"}),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_whole(body):
    with pytest.raises(ManifestError):
        parse_manifest(body, "r1")
