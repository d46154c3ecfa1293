"""plugins.zip onto the disk, whole or not at all: what a zip may contain is decided here, before a byte is written.

Refused with the member's name: what would grow without end, leave the folder, or mean different things to different
readers. Sizes are counted while unpacking, too: a zip's own directory may lie.
"""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1 << 30
MOST_FILES = 10_000
RATIO_FROM_BYTES = 100 << 20
MOST_RATIO = 200
"""Beyond 100 MB, how many times its packed size an archive may grow to."""
MOST_PART_BYTES = 255
MOST_PATH_BYTES = 1024
CHUNK = 1 << 20
ENCRYPTED = 0x1
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
DRIVE = re.compile(r"[A-Za-z]:")
SHOWN = 120


class UnsafeArchive(Exception):
    """The archive is refused; the message names the member and the reason."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive may be. Tests make them small."""

    bytes: int = MOST_BYTES
    files: int = MOST_FILES
    ratio_from_bytes: int = RATIO_FROM_BYTES
    ratio: int = MOST_RATIO


def unpack_zip(archive: Path, target: Path, limits: Limits | None = None) -> None:
    """Unpack a zip file into `target`, which must not exist yet. Raises UnsafeArchive, and leaves nothing then."""
    limits = limits or Limits()
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not _is_shelved(member.filename)]
            _consider(members, limits)
            _write(opened, members, target, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise UnsafeArchive(f"it is not a zip file that can be read ({error}); make it anew with zip -r") from error


def _consider(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.files:
        raise UnsafeArchive(f"it has {len(members):,} entries, more than {limits.files:,}")
    folders: set[str] = set()
    files: set[str] = set()
    total = packed = 0
    for member in members:
        parts = _parts(member)
        total, packed = total + member.file_size, packed + member.compress_size
        if total > limits.bytes:
            raise _refusal(member, f"with it the unpacked files are larger than {limits.bytes >> 20:,} MB")
        if total > limits.ratio_from_bytes and total > packed * limits.ratio:
            raise _refusal(member, f"it grows to more than {limits.ratio} times its packed size, as zip bombs do")
        # Compared in one normal form: what is two files here must not be one file elsewhere.
        names = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        names = [unicodedata.normalize("NFC", name) for name in names]
        own = names[-1]
        above = names if member.is_dir() else names[:-1]
        if not member.is_dir() and own in files:
            raise _refusal(member, "two files have this name")
        if files.intersection(above) or (not member.is_dir() and own in folders):
            raise _refusal(member, "a file and a folder have one name")
        folders.update(above)
        if not member.is_dir():
            files.add(own)


def _parts(member: zipfile.ZipInfo) -> list[str]:
    name = member.orig_filename
    if CONTROL_CHARACTERS.search(name):
        raise _refusal(member, "its name contains a newline or another control character")
    if "\\" in name:
        raise _refusal(member, "its name contains a backslash; zip it with / between folders")
    if name.startswith("/") or DRIVE.match(name):
        raise _refusal(member, "its name is an absolute path")
    parts = name.rstrip("/").split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise _refusal(member, "its name leads out of the folder, or has an empty part")
    if any(len(part.encode()) > MOST_PART_BYTES for part in parts) or len(name.encode()) > MOST_PATH_BYTES:
        raise _refusal(member, f"a part of its name is longer than {MOST_PART_BYTES} bytes, or all of it than 1,024")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _refusal(member, "it is a symbolic link; put the file itself there")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refusal(member, "it is neither a file nor a folder")
    if member.flag_bits & ENCRYPTED:
        raise _refusal(member, "it is encrypted; nobody can enter a password here")
    return parts


def _write(opened: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, limits: Limits) -> None:
    target.mkdir(mode=0o755)
    left = limits.bytes
    try:
        for member in members:
            place = target.joinpath(*member.filename.rstrip("/").split("/"))
            if member.is_dir():
                place.mkdir(parents=True, exist_ok=True, mode=0o755)
                continue
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            left = _write_file(opened, member, place, left)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _write_file(opened: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, left: int) -> int:
    try:
        with opened.open(member) as source, place.open("xb") as file:
            while chunk := source.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _refusal(member, "the unpacked files are larger than the archive says")
                file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, lzma.LZMAError) as error:
        raise _refusal(member, f"its bytes are damaged ({error}); zip and upload it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise _refusal(member, f"it cannot be unpacked ({error}); zip it with the usual compression") from error
    place.chmod(0o755 if member.external_attr >> 16 & 0o100 else 0o644)
    return left


def _is_shelved(name: str) -> bool:
    """Tell whether it is what macOS adds to a zip and nobody meant."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] == ".DS_Store"


def _refusal(member: zipfile.ZipInfo, reason: str) -> UnsafeArchive:
    name = member.orig_filename
    return UnsafeArchive(f"{name[:SHOWN]!r}: {reason}")
