"""What an upgrade check found, as `upgrade-checks/<id>/result.json`. Bounded: what people need most is kept longest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hangar_agent.airflow_rules import RuleFinding
    from hangar_agent.dag_check_knowledge import Imported
    from hangar_agent.layer_failure import LayerFailed

SCHEMA = 1
MOST_BYTES = 900_000
"""The control plane reads a megabyte."""
MOST_RULE_FINDINGS = 500
MOST_WARNINGS = 50
TRACEBACK_CHARACTERS = 1_500


@dataclass(slots=True)
class Found:
    """What came of each part; a part that is None was not reached."""

    packages: Sequence[str] | None = None
    warnings: Sequence[str] = ()
    failed: LayerFailed | None = None
    """Why plugins, requirements and startup script cannot be installed for this image."""
    imports: Mapping[str, Imported | None] | None = None
    """By DAG file; None for one there was no time for."""
    imports_problem: str | None = None
    rules: Sequence[RuleFinding] | None = None
    rules_problem: str | None = None
    active_dags: Mapping[str, str | None] | None = None
    """Of the copy: ids of DAGs in use, and the file each comes from."""
    migration: Mapping[str, Any] | None = None
    """What `migrate-copy` wrote of the copy: seconds, head, rows, secrets (dataplane/README.md, Upgrades)."""
    seconds: dict[str, float] = field(default_factory=dict)
    """What each part took."""


def result_key(check_id: str) -> str:
    """Return where a check's result is, below the environment's prefix."""
    return f"upgrade-checks/{check_id}/result.json"


def result_document(check_id: str, version: str, found: Found, at: float, mask: Callable[[str], str]) -> bytes:
    """Return result.json. `at`: seconds since the epoch; `mask` takes secrets out of a text."""
    for shown in (TRACEBACK_CHARACTERS, 0):
        body = _encode(_document(check_id, version, found, at, mask, shown))
        if len(body) <= MOST_BYTES:
            return body
    whole = _document(check_id, version, found, at, mask, 0)
    return _encode({**whole, "files": _bounded(whole["files"], MOST_BYTES // 2), "rules": [], "complete": False})


def _document(
    check_id: str, version: str, found: Found, at: float, mask: Callable[[str], str], shown: int
) -> dict[str, Any]:
    failed = found.failed
    files = None if found.imports is None else {p: _file(i, mask, shown) for p, i in found.imports.items()}
    rules = None if found.rules is None else [each.fields() for each in found.rules[:MOST_RULE_FINDINGS]]
    return {
        "schema": SCHEMA,
        "id": check_id,
        "airflowVersion": version,
        "at": at,
        "complete": found.rules is None or len(found.rules) <= MOST_RULE_FINDINGS,
        "packages": None if found.packages is None else list(found.packages),
        "warnings": [mask(each)[:1000] for each in found.warnings[:MOST_WARNINGS]],
        "failed": None
        if failed is None
        else {
            "part": failed.part,
            "message": mask(str(failed))[:4000],
            "detail": mask(failed.detail)[-4000:],
            "transient": failed.transient,
        },
        "files": files,
        "importsProblem": found.imports_problem and mask(found.imports_problem)[:1000],
        "rules": rules,
        "rulesProblem": found.rules_problem and mask(found.rules_problem)[:1000],
        "activeDags": None if found.active_dags is None else dict(found.active_dags),
        "migration": None if found.migration is None else dict(found.migration),
        "seconds": {part: round(seconds, 2) for part, seconds in found.seconds.items()},
    }


def _file(imported: Imported | None, mask: Callable[[str], str], shown: int) -> dict[str, Any] | None:
    if imported is None:
        return None
    failure = imported.failure
    return {
        "dagIds": sorted(each[:250] for each in imported.dag_ids),
        "error": None
        if failure is None
        else {
            "message": mask(failure.message)[:500],
            "line": failure.line,
            "in": failure.culprit,
            "traceback": mask(failure.traceback)[-shown:] if shown else "",
            "missing": failure.missing,
            "unanswered": failure.unanswered,
        },
    }


def _bounded(files: dict[str, Any] | None, room: int) -> dict[str, Any] | None:
    """Keep what fits, errors first."""
    if files is None:
        return None
    kept: dict[str, Any] = {}
    for path in sorted(files, key=lambda path: (files[path] is not None and files[path]["error"] is None, path)):
        room -= len(_encode({path: files[path]}))
        if room < 0:
            break
        kept[path] = files[path]
    return kept


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
