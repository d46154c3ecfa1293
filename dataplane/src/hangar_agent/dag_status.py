"""`dags.json`: what Airflow itself has made of the live release's files, as its metadata database says. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hangar_agent.dag_check_error import masked, read_failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

SCHEMA = 1
DAG_STATUS_KEY = "dags.json"
MOST_BYTES = 2_000_000
RESERVED_BYTES = 1_000
IN_ARCHIVE = re.compile(r"(\.zip)/.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedDag:
    """One DAG as Airflow last parsed it."""

    file: str
    """As Airflow names it: relative to the release (Airflow 3), or a whole path."""
    dag_id: str
    parsed_at: float | None
    release: str | None
    """The bundle version it was parsed from; Airflow 3 only."""


@dataclass(frozen=True, slots=True)
class RecordedError:
    """One import error as Airflow recorded it."""

    file: str
    at: float | None
    text: str


def dag_status(
    dags: Iterable[ParsedDag],
    errors: Iterable[RecordedError],
    releases: Path,
    release: str | None,
    at: float,
    secrets: Collection[str],
) -> dict[str, Any]:
    """Return the document. `releases`: root of the release store, which whole paths are cut down from."""
    roots = _roots(releases)
    files: dict[str, dict[str, Any]] = {}

    def entry(file: str) -> dict[str, Any] | None:
        path = _relative(file, roots)
        fresh: dict[str, Any] = {"parsedAt": None, "release": None, "dagIds": [], "error": None}
        return None if path is None else files.setdefault(path, fresh)

    for dag in dags:
        if (known := entry(dag.file)) is not None:
            known["dagIds"] = sorted({*known["dagIds"], dag.dag_id[:250]})
            known["parsedAt"] = max(known["parsedAt"] or 0, dag.parsed_at or 0) or None
            known["release"] = dag.release
    for error in errors:
        if (known := entry(error.file)) is not None:
            path = _relative(error.file, roots) or error.file
            failure = read_failure(masked(error.text, secrets), path, _found(error.text, roots))
            known["error"] = failure.fields()
            known["parsedAt"] = max(known["parsedAt"] or 0, error.at or 0) or None
    return {"schema": SCHEMA, "at": at, "release": release, "files": _bounded(files)}


def meaning(status: dict[str, Any], live_since: float) -> Any:
    """Return what makes two documents different: of a file's time of parsing, only whether it was since the swap."""
    return status["release"], {
        path: {**file, "parsedAt": (file["parsedAt"] or 0) >= live_since} for path, file in status["files"].items()
    }


def encode(status: dict[str, Any]) -> bytes:
    """Return the bytes to store."""
    return json.dumps(status, separators=(",", ":"), sort_keys=True).encode()


def _bounded(files: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Keep what fits, errors first."""
    room, kept = MOST_BYTES - RESERVED_BYTES, {}
    for path in sorted(files, key=lambda path: (files[path]["error"] is None, path)):
        room -= len(encode({path: files[path]})) + 1
        if room < 0:
            break
        kept[path] = files[path]
    return kept


def _roots(releases: Path) -> Sequence[re.Pattern[str]]:
    root = re.escape(str(releases))
    return [re.compile(rf"{root}/current/"), re.compile(rf"{root}/releases/[^/]+/")]


def _found(text: str, roots: Sequence[re.Pattern[str]]) -> set[str]:
    """Return the folders of releases that a text names."""
    return {found for pattern in roots for found in pattern.findall(text)}


def _relative(file: str, roots: Sequence[re.Pattern[str]]) -> str | None:
    """Return a file's path in the release, an archive for what is in it; None for a file of none (the canary)."""
    if file.startswith("/"):
        found = next((match for pattern in roots if (match := pattern.match(file))), None)
        if found is None:
            return None
        file = file[found.end() :]
    return IN_ARCHIVE.sub(r"\1", file)
