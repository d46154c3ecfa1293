"""Keeps room on a task's disk: removes old task logs, releases and layers while there is too little, oldest first."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.disk_room import DiskUse, Spare, in_order, room_enough, short_of_room
from hangar_agent.layer_cache import LayerCache

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from hangar_agent.release_store import ReleaseStore
    from hangar_agent.settings import AgentSettings
    from hangar_agent.task_files import TaskFiles

LOOK_SECONDS = 60.0
MOST_AT_ONCE = 20_000
UNKNOWN_USE_SECONDS = 86_400.0
"""Where nobody can say which files are open, those written within a day may be."""


def disk_use(folder: Path) -> DiskUse:
    """Ask the file system a folder is on."""
    usage = shutil.disk_usage(folder)
    return DiskUse(usage.total, usage.free)


class DiskGuard:
    """Looks once a minute. Used from one thread."""

    def __init__(
        self,
        releases: ReleaseStore,
        bundles: Path,
        log_folders: Iterable[Path],
        layers: Path,
        needed_releases: Callable[[], Collection[str] | None],
        log: Callable[[str], None],
        use: Callable[[], DiskUse],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`bundles`: Airflow's record of the releases in use. `needed_releases`: None while that cannot be known."""
        self._releases = releases
        self._bundles = bundles
        self._log_folders = tuple(log_folders)
        self._layers = layers
        self._needed_releases = needed_releases
        self._log = log
        self._use = use
        self._clock = clock
        self.problem: str | None = None

    def step(self) -> float:
        """Make room if there is too little; return the seconds until the next look."""
        self.problem = None
        if short_of_room(self._use()):
            removed = self._make_room()
            if removed:
                told = ", ".join(f"{count} of kind {kind}" for kind, count in sorted(removed.items()))
                self._log(f"disk: short of room, removed {told}")
            use = self._use()
            if short_of_room(use):
                self.problem = (
                    f"the task's disk has {use.free_bytes >> 20} MB free of {use.total_bytes >> 20}, and nothing more "
                    "can be removed: what runs needs the rest. Tasks that write much to the disk should clean up"
                )
        return LOOK_SECONDS

    def _make_room(self) -> dict[str, int]:
        removed: dict[str, int] = {}
        for spare in in_order(self._spares(), self._clock())[:MOST_AT_ONCE]:
            with suppress(OSError):  # another task of this machine was quicker, or it cannot be removed: go on
                self._remove(spare)
                removed[spare.kind] = removed.get(spare.kind, 0) + 1
            if room_enough(self._use()):
                break
        return removed

    def _spares(self) -> Iterator[Spare]:
        now = self._clock()
        needed = self._needed_releases()
        if needed is not None:
            for name, came_at in self._releases.spare(needed, now):
                if not release_in_use(self._bundles, name):
                    yield Spare("release", name, came_at)
        if self._layers.is_dir():
            yield from (Spare("layer", name, used_at) for name, used_at in LayerCache(self._layers).unused())
        opened = open_files()
        for folder in self._log_folders:
            for path in folder.resolve().rglob("*"):
                with suppress(OSError):
                    if path.is_symlink() or not path.is_file() or (opened is not None and str(path) in opened):
                        continue
                    written_at = path.stat().st_mtime
                    if opened is not None or now - written_at > UNKNOWN_USE_SECONDS:
                        yield Spare("task log", str(path), written_at)

    def _remove(self, spare: Spare) -> None:
        if spare.kind == "release":
            self._releases.discard(spare.name)
        elif spare.kind == "layer":
            LayerCache(self._layers).discard(spare.name)
        else:
            Path(spare.name).unlink()


def guard_of(
    settings: AgentSettings,
    files: TaskFiles,
    releases: ReleaseStore,
    needed_releases: Callable[[], Collection[str] | None],
    log: Callable[[str], None],
) -> DiskGuard:
    """Return the guard of a task. Where tasks share a log folder or a layer cache, any of them makes room in it."""
    return DiskGuard(
        releases,
        files.bundles,
        (settings.log_folder, files.parsing_logs),
        settings.layer_cache or files.layers,
        needed_releases,
        log,
        lambda: disk_use(settings.task_folder),
    )


def release_in_use(bundles: Path, release_id: str) -> bool:
    """Tell whether a running task of Airflow 3 holds its lock on a release (dag_processing/bundles/base.py)."""
    for record in bundles.glob(f"_tracking/*/{release_id}"):
        try:
            with record.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue
        except OSError:
            return True
    return False


def open_files() -> frozenset[str] | None:
    """Return the paths of all files any process of this user has open; None where the system does not tell."""
    processes = Path("/proc")
    if not (processes / "self" / "fd").is_dir():
        return None
    found = set()
    for process in processes.glob("[0-9]*"):
        with suppress(OSError):  # another user's, or it has ended
            for descriptor in (process / "fd").iterdir():
                with suppress(OSError):
                    found.add(os.readlink(descriptor))  # noqa: PTH115 - a thousand Paths for nothing
    return frozenset(found)
