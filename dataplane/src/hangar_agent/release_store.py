"""Releases on this task's disk: `blobs/<sha256>`, `releases/<id>/…`, and the symlink `current`.

A release appears by one rename and goes live by another: a reader sees all of it or nothing. Nothing below
`releases/<id>` is ever changed. The agent and `fetch-release` may stage at the same time: a lock file orders them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from hangar_agent.durable_files import flush_file, flush_folder
from hangar_agent.manifest import RELEASE_ID, Manifest, ReleaseFile
from hangar_agent.side_by_side import for_each

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

NO_RELEASE = "none"
KEPT_RELEASES = 5
KEPT_SECONDS = 900
"""Airflow pins a run to the release its DAG was last parsed from, which is up to half a minute behind the live one."""
READ_ONLY = 0o444
SIDE_BY_SIDE = 8
"""Downloads, and waits for the disk, at a time: a journal makes many files durable in the time of one."""


class Download(Protocol):
    """Brings a blob to the disk. It is called from several threads at once."""

    def __call__(self, sha256: str, file: Path, size: int) -> tuple[int, str]:
        """Write the blob to `file`; return the size and sha256 of what came. `size`: what it should have."""


class CorruptBlob(Exception):
    """Downloaded bytes are not what the manifest says; nothing was staged."""


class ReleaseStore:
    """The release folder of one task."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._blobs = root / "blobs"
        self._releases = root / "releases"
        self._counting = threading.Lock()
        self.brought = 0
        """How many blobs came since this store was made: who waits for a release sees that it is coming."""
        for folder in (self._blobs, self._releases, self._releases / NO_RELEASE):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock():
            if not (root / "current").is_symlink():
                self._point(NO_RELEASE)

    def staged(self) -> list[str]:
        """Return the ids of all complete releases here, oldest first."""
        entries = [entry for entry in self._releases.iterdir() if entry.name != NO_RELEASE]
        complete = [entry for entry in entries if RELEASE_ID.fullmatch(entry.name)]
        return [entry.name for entry in sorted(complete, key=lambda entry: entry.stat().st_mtime_ns)]

    def live(self) -> str | None:
        """Return the id `current` points to; None before the first release."""
        name = (self._root / "current").readlink().name
        return None if name == NO_RELEASE else name

    def folder(self, release_id: str) -> Path:
        """Return where the files of a staged release are."""
        return self._releases / release_id

    def live_since(self) -> float:
        """Return the epoch seconds of the last swap of `current`."""
        return (self._root / "current").lstat().st_mtime

    def stage(self, manifest: Manifest, download: Download) -> None:
        """Make `releases/<id>` complete. A blob is never held in memory: a release may bring hundreds of megabytes.

        Raises CorruptBlob, or what `download` raises; then no trace of the release is left, only verified blobs.
        """
        with self._lock():
            self._sweep()
            if (self._releases / manifest.id).is_dir():
                return
            folder = self._releases / f".staging-{secrets.token_hex(6)}"
            try:
                folder.mkdir(mode=0o700)
                self._bring_missing(manifest, download)
                copies = [each for file in manifest.files if (each := self._place(file, folder))]
                for_each(copies, flush_file, SIDE_BY_SIDE)
                folders = [folder.__class__(parent) for parent, _, _ in os.walk(folder)]
                for_each(folders, flush_folder, SIDE_BY_SIDE)
                os.utime(folder)
                folder.rename(self._releases / manifest.id)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            flush_folder(self._releases)

    def activate(self, release_id: str | None) -> None:
        """Swap `current` to a staged release, or back to none, by one rename."""
        name = release_id or NO_RELEASE
        if not (self._releases / name).is_dir():
            raise FileNotFoundError(f"release {name} is not staged")
        with self._lock():
            self._point(name)

    def prune(self, keep: Collection[str], now: float) -> list[str]:
        """Remove releases older than a quarter of an hour, but the five newest, the live one and those of `keep`.

        Then the blobs nothing refers to. Returns the ids removed.
        """
        with self._lock():
            staged = self.staged()
            kept = {*staged[-KEPT_RELEASES:], *keep, self.live()}
            old = [each for each in staged if now - (self._releases / each).stat().st_mtime > KEPT_SECONDS]
            removed = [each for each in old if each not in kept]
            self._remove(removed)
            return removed

    def spare(self, keep: Collection[str], now: float) -> list[tuple[str, float]]:
        """Return releases older than a quarter of an hour, but the live one and those of `keep`, and when they came."""
        came = {each: (self._releases / each).stat().st_mtime for each in self.staged()}
        kept = {*keep, self.live()}
        return [(each, at) for each, at in came.items() if each not in kept and now - at > KEPT_SECONDS]

    def discard(self, release_id: str) -> None:
        """Remove one release to make room, unless it went live meanwhile; whoever asks for it fetches it again."""
        with self._lock():
            if release_id != self.live() and release_id in self.staged():
                self._remove([release_id])

    def _remove(self, release_ids: Collection[str]) -> None:
        for release_id in release_ids:
            # Out of sight first: a reader must not find half a release.
            gone = self._releases / f".removed-{secrets.token_hex(6)}"
            (self._releases / release_id).rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        if release_ids:
            self._sweep()
            for blob in self._blobs.iterdir():
                if blob.stat().st_nlink == 1:
                    blob.unlink(missing_ok=True)

    def _bring_missing(self, manifest: Manifest, download: Download) -> None:
        """Have every blob of the manifest here, verified and durable: each is flushed before it gets its name."""
        contents = {(file.sha256, file.size): file for file in manifest.files}.values()
        missing = [file for file in contents if not _is(file, self._blobs / file.sha256)]
        for_each(missing, lambda file: self._bring(file, download), SIDE_BY_SIDE)
        if missing:
            flush_folder(self._blobs)

    def _bring(self, file: ReleaseFile, download: Download) -> None:
        partly = self._blobs / f".{file.sha256}.{secrets.token_hex(4)}"
        try:
            _verify(file, download(file.sha256, partly, file.size))
            partly.chmod(READ_ONLY)
            flush_file(partly)
            partly.replace(self._blobs / file.sha256)
        except BaseException:
            partly.unlink(missing_ok=True)
            raise
        with self._counting:
            self.brought += 1

    def _place(self, file: ReleaseFile, folder: Path) -> Path | None:
        """Put a file in its place; return it where it is a copy, which is not durable yet."""
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            target.hardlink_to(self._blobs / file.sha256)
        except OSError:  # a file system without hard links, or too many of them
            shutil.copyfile(self._blobs / file.sha256, target)
            target.chmod(READ_ONLY)
            return target
        return None

    def _point(self, name: str) -> None:
        temporary = self._root / f".current-{secrets.token_hex(6)}"
        temporary.symlink_to(self._root.joinpath("releases", name))
        temporary.replace(self._root / "current")
        flush_folder(self._root)

    def _sweep(self) -> None:
        """Remove what a crash left behind."""
        for pattern in (".staging-*", ".removed-*"):
            for folder in self._releases.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)
        for leftover in [*self._blobs.glob(".*"), *self._root.glob(".current-*")]:
            with suppress(OSError):
                leftover.unlink()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._root / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _verify(file: ReleaseFile, came: tuple[int, str]) -> None:
    if came != (file.size, file.sha256):
        raise CorruptBlob(f"{file.path}: the bytes under {file.sha256[:12]}… are not those of the manifest")


def _is(file: ReleaseFile, blob: Path) -> bool:
    try:
        with blob.open("rb") as body:
            if os.fstat(body.fileno()).st_size != file.size:
                return False
            return hashlib.file_digest(body, "sha256").hexdigest() == file.sha256
    except OSError:
        return False
