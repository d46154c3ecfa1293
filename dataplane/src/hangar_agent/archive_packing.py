"""layer.tar: a folder as one file, the same bytes for the same content, and back onto a task's disk."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 1 << 20
MOST_BYTES = 4 << 30
"""Below the 5 GB that one request carries to S3, and what a task should have to unpack at its start."""


class ArchiveFault(Exception):
    """The archive cannot be made, or is not one that was made here; the message says why."""


def pack(folder: Path, archive: Path, most_bytes: int = MOST_BYTES) -> tuple[int, str]:
    """Write everything below `folder` to a tar file, sorted, without times and owners; return its size and sha256."""
    with archive.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            for path in _sorted(folder):
                member = _member(folder, path, tar)
                if file.tell() + member.size > most_bytes:
                    raise ArchiveFault(f"the layer is larger than {most_bytes >> 20:,} MB: ask for fewer packages")
                if path.is_dir():
                    tar.addfile(member)
                else:
                    with path.open("rb") as content:
                        tar.addfile(member, content)
        file.flush()
        os.fsync(file.fileno())
    with archive.open("rb") as file:
        return archive.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def unpack(archive: Path, target: Path) -> None:
    """Unpack such a tar file into an empty folder. Files and folders with plain names only: raises ArchiveFault."""
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                place = target / _plain(member)
                if member.isdir():
                    place.mkdir(parents=True, exist_ok=True, mode=0o755)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
                source = tar.extractfile(member)
                if source is None:
                    raise ArchiveFault(f"{member.name!r} has no content")
                _copy(source, place)
                place.chmod(member.mode & 0o755)
                # Compiled modules beside it are valid for this time: the same in every task.
                os.utime(place, (0, 0))
    except tarfile.TarError as error:
        raise ArchiveFault(f"it is not a layer archive: {error}") from error


def _sorted(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda each: each.name.encode()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _sorted(path)


def _member(folder: Path, path: Path, tar: tarfile.TarFile) -> tarfile.TarInfo:
    name = str(path.relative_to(folder))
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        raise ArchiveFault(f"{name!r} is neither a file nor a folder; a package must not bring such a thing")
    member = tar.gettarinfo(path, name)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    executable = member.isdir() or member.mode & 0o100
    member.mode = 0o755 if executable else 0o644
    if not member.isdir():
        # Two files that are one on this disk (uv links them from its cache) are two in the archive.
        member.type, member.linkname, member.size = tarfile.REGTYPE, "", path.stat().st_size
    return member


def _plain(member: tarfile.TarInfo) -> PurePosixPath:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts or not (member.isreg() or member.isdir()):
        raise ArchiveFault(f"{member.name!r} does not belong into a layer")
    return path


def _copy(source: IO[bytes], place: Path) -> None:
    with place.open("xb") as file:
        while block := source.read(BLOCK_BYTES):
            file.write(block)
