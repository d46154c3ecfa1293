"""A release's manifest: which files it is made of, by content. Parsed as foreign input."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

RELEASE_ID = re.compile(r"(?!none$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class ManifestError(Exception):
    """The manifest cannot be trusted; nothing of it is staged."""


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file, its path relative to the DAG folder, its size in bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """An immutable, numbered set of files."""

    id: str
    number: int
    files: tuple[ReleaseFile, ...]


def manifest_key(release_id: str) -> str:
    """Return where a release's manifest is when only its id is known (a DAG run that pins an older one)."""
    return f"releases/{release_id}.json"


def parse_manifest(body: bytes, expected_id: str) -> Manifest:
    """Return the manifest, or raise ManifestError: malformed, another release's, unsafe or clashing paths."""
    try:
        fields = json.loads(body)
        manifest = Manifest(fields["id"], fields["number"], tuple(_file(each) for each in fields["files"]))
    except (ValueError, TypeError, KeyError) as error:
        raise ManifestError(f"the manifest of release {expected_id} is malformed: {error}") from error
    if manifest.id != expected_id:
        raise ManifestError(f"the manifest found for release {expected_id} is that of {manifest.id!r}")
    paths = {file.path for file in manifest.files}
    parents = {parent for path in paths for parent in _parents(path)}
    if len(paths) != len(manifest.files) or paths & parents:
        raise ManifestError(f"the manifest of release {expected_id} names one path twice, or a file as a folder")
    return manifest


def safe_path(path: str) -> bool:
    """Tell whether a relative path stays below its folder: no root, no `..`, no empty part, no NUL, no backslash."""
    return (
        bool(path) and "\0" not in path and "\\" not in path and all(p not in {"", ".", ".."} for p in path.split("/"))
    )


def _file(fields: Any) -> ReleaseFile:
    path, size, sha256 = fields["path"], fields["size"], fields["sha256"]
    if not isinstance(path, str) or not safe_path(path):
        raise ValueError(f"path {path!r} is not a plain relative path")
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"size of {path!r} is not a number of bytes")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 of {path!r} is not 64 hexadecimal digits")
    return ReleaseFile(path, size, sha256)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
