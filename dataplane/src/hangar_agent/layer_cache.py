"""Unpacked layers on this machine's disk: `<root>/<key>-<start of the archive's sha256>/`, shared by tasks.

A layer appears by one rename. The hash is in the name because two environments may build one key to different bytes (an
index changes). `uses/` says which task runs with which, so that pruning leaves those alone; lock files order everybody.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import secrets
import shutil
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hangar_agent.archive_packing import unpack
from hangar_agent.durable_files import flush_folder, write_durably
from hangar_agent.layer_processes import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEPT = 5
HASH_DIGITS = 12
FOLDER = re.compile(r"l-[0-9a-f]{32}-[0-9a-f]{12}")


class LayerCache:
    """The layers below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._uses = root / "uses"
        self._uses.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take(self, key: str, sha256: str, task_id: str, fetch: Callable[[Path], None]) -> Path:
        """Return the unpacked layer's folder; it stays while this process lives.

        `fetch` brings the archive to a file and raises when it is not the right one: then nothing is left.
        """
        name = f"{key}-{sha256[:HASH_DIGITS]}"
        folder = self._root / name
        with self._lock(f"{name}.lock"):
            with self._lock("prune.lock"):
                self._say_used(name, task_id)
            if not folder.is_dir():
                self._unpack(name, fetch)
            os.utime(folder)  # the newest five are kept: newest by use
        return folder

    def prune(self) -> list[str]:
        """Remove layers no living task uses, but the five used last, and what killed tasks left; return the names."""
        with self._lock("prune.lock"):
            used = self._used()
            layers = [each for each in self._root.iterdir() if FOLDER.fullmatch(each.name)]
            layers.sort(key=lambda each: each.stat().st_mtime, reverse=True)
            removed = [each for each in layers[KEPT:] if each.name not in used]
            for folder in removed:
                folder.rename(self._root / f".removed-{secrets.token_hex(6)}")  # out of sight first
        for leftover in self._root.glob(".removed-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        self._sweep_unpacking()
        return [folder.name for folder in removed]

    def unused(self) -> list[tuple[str, float]]:
        """Return the layers no living task uses, and when each was used last."""
        with self._lock("prune.lock"):
            used = self._used()
        layers = [each for each in self._root.iterdir() if FOLDER.fullmatch(each.name)]
        return [(each.name, each.stat().st_mtime) for each in layers if each.name not in used]

    def discard(self, name: str) -> None:
        """Remove one layer to make room, unless a task began to use it meanwhile; the next one fetches it again."""
        gone = self._root / f".removed-{secrets.token_hex(6)}"
        with self._lock("prune.lock"):
            if name in self._used():
                return
            with suppress(FileNotFoundError):
                (self._root / name).rename(gone)  # out of sight first
        shutil.rmtree(gone, ignore_errors=True)

    def _unpack(self, name: str, fetch: Callable[[Path], None]) -> None:
        own, at = os.getpid(), started(os.getpid())
        work = self._root / f".unpacking-{own}-{at}-{secrets.token_hex(4)}"
        try:
            work.mkdir(mode=0o700)
            fetch(work / "layer.tar")
            target = work / "layer"
            target.mkdir(mode=0o755)
            unpack(work / "layer.tar", target)
            _to_disk(target)
            target.rename(self._root / name)
            flush_folder(self._root)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _sweep_unpacking(self) -> None:
        for folder in self._root.glob(".unpacking-*"):
            _, pid, at, _ = folder.name.split("-", 3)
            if str(started(int(pid))) != at:
                shutil.rmtree(folder, ignore_errors=True)

    def _say_used(self, name: str, task_id: str) -> None:
        use = {"layer": name, "pid": os.getpid(), "started": started(os.getpid())}
        write_durably(self._uses / f"{re.sub(r'[^A-Za-z0-9._-]', '_', task_id)}.json", json.dumps(use).encode())

    def _used(self) -> set[str]:
        """Return the layers living tasks use; forget the others."""
        used = set()
        for file in self._uses.glob("*.json"):
            try:
                use = json.loads(file.read_bytes())
                alive = use["started"] is not None and started(int(use["pid"])) == use["started"]
            except (OSError, ValueError, KeyError, TypeError):
                alive = False
            if alive:
                used.add(use["layer"])
            else:
                with suppress(OSError):
                    file.unlink()
        return used

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        with (self._root / f".{name}").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _to_disk(folder: Path) -> None:
    """Have everything written before the rename: a layer that is there is whole, after a power cut too."""
    if sys.platform != "linux":
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        ctypes.CDLL(None).syncfs(descriptor)  # this file system alone
    finally:
        os.close(descriptor)
