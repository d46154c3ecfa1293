"""Has Airflow 3's dag-processor parse what a new release changed before everything else, and from the new release.

The processor fills its queue when the queue is empty, each file with the folder it was found in. With a long queue a
changed file waits for its turn, and is then read from the release it was queued with (seen in 3.3.1:
`DagFileProcessorManager.prepare_file_queue`; `DagFileInfo.bundle_path` takes no part in a comparison).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WAITING = "_hangar_changed_files"
"""Attribute of the manager: changed files whose older bytes were still being parsed."""


def parse_changed_first(manager_class: Any, bundle_class: type) -> None:
    """Extend the manager's look at its bundles of one class. Without the parts this stands on it is left as it is."""
    refresh = getattr(manager_class, "_refresh_dag_bundles", None)
    if refresh is None or not hasattr(manager_class, "_add_files_to_queue"):
        return

    def releases(manager: Any) -> list[Any]:
        return [bundle for bundle in manager._dag_bundles if isinstance(bundle, bundle_class)]  # noqa: SLF001

    def refresh_and_requeue(manager: Any, *arguments: Any, **named: Any) -> None:
        before = {bundle.name: bundle.path for bundle in releases(manager)}
        refresh(manager, *arguments, **named)
        known = named.get("known_files") or (arguments[0] if arguments else {})
        for bundle in releases(manager):
            old = before.get(bundle.name)
            if old is not None and old != bundle.path:
                _requeue(manager, bundle, old, known.get(bundle.name, ()))
        _queue_waiting(manager)

    manager_class._refresh_dag_bundles = refresh_and_requeue  # noqa: SLF001 - there is no public place for it


def changed_files(files: Iterable[Any], old: Path, new: Path) -> list[Any]:
    """Return those whose bytes differ between two release folders: equal bytes are one file, linked twice."""
    return [file for file in files if _identity(old / file.rel_path) != _identity(new / file.rel_path)]


def _requeue(manager: Any, bundle: Any, old: Path, files: Iterable[Any]) -> None:
    queue = manager._file_queue  # noqa: SLF001
    manager._file_queue = OrderedDict(  # noqa: SLF001
        (replace(file, bundle_path=bundle.path) if _follows(file, bundle) else file, None) for file in queue
    )
    waiting = {file.rel_path: file for file in getattr(manager, WAITING, ())}
    waiting |= {file.rel_path: file for file in changed_files(files, old, bundle.path)}
    setattr(manager, WAITING, [replace(file, bundle_path=bundle.path) for file in waiting.values()])


def _follows(file: Any, bundle: Any) -> bool:
    """Tell whether a queued file is to be read from the live release: a callback's is pinned to a version."""
    return bool(file.bundle_name == bundle.name and file.bundle_version is None)


def _queue_waiting(manager: Any) -> None:
    """Put changed files first. One whose older bytes are being parsed would be dropped: it waits for the next look."""
    waiting = getattr(manager, WAITING, [])
    busy = manager._processors  # noqa: SLF001
    ready = [file for file in waiting if file not in busy]
    if ready:
        manager._add_files_to_queue(ready, mode="frontprio")  # noqa: SLF001
        setattr(manager, WAITING, [file for file in waiting if file in busy])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
