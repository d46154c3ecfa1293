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
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hangar_agent.durable_files import flush_folder, write_durably
from hangar_agent.manifest import RELEASE_ID, Manifest, ReleaseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

NO_RELEASE = "none"
KEPT_RELEASES = 5
KEPT_SECONDS = 900
"""Airflow pins a run to the release its DAG was last parsed from, which is up to half a minute behind the live one."""
READ_ONLY = 0o444


class CorruptBlob(Exception):
    """Downloaded bytes are not what the manifest says; nothing was staged."""


class ReleaseStore:
    """The release folder of one task."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._blobs = root / "blobs"
        self._releases = root / "releases"
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

    def stage(self, manifest: Manifest, download: Callable[[str], bytes]) -> None:
        """Make `releases/<id>` complete. `download` gets a sha256 and returns the blob's bytes.

        Raises CorruptBlob, or what `download` raises; then no trace of the release is left, only verified blobs.
        """
        with self._lock():
            self._sweep()
            if (self._releases / manifest.id).is_dir():
                return
            folder = self._releases / f".staging-{secrets.token_hex(6)}"
            try:
                folder.mkdir(mode=0o700)
                for file in manifest.files:
                    self._place(file, folder, download)
                for parent, _, _ in os.walk(folder):
                    flush_folder(folder.__class__(parent))
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
            for release_id in removed:
                # Out of sight first: a reader must not find half a release.
                gone = self._releases / f".removed-{secrets.token_hex(6)}"
                (self._releases / release_id).rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
            if removed:
                self._sweep()
                for blob in self._blobs.iterdir():
                    if blob.stat().st_nlink == 1:
                        blob.unlink(missing_ok=True)
            return removed

    def _place(self, file: ReleaseFile, folder: Path, download: Callable[[str], bytes]) -> None:
        blob = self._blobs / file.sha256
        if not (blob.is_file() and _is(file, blob.read_bytes())):
            body = download(file.sha256)
            if not _is(file, body):
                raise CorruptBlob(f"{file.path}: the bytes under {file.sha256[:12]}… are not those of the manifest")
            write_durably(blob, body, READ_ONLY)
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            target.hardlink_to(blob)
        except OSError:  # a file system without hard links, or too many of them
            write_durably(target, blob.read_bytes(), READ_ONLY)

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


def _is(file: ReleaseFile, body: bytes) -> bool:
    return len(body) == file.size and hashlib.sha256(body).hexdigest() == file.sha256
