"""`checks/<candidate id>.json`: what a check says to the control plane, bounded in every direction. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hangar_agent.dag_check_error import masked

if TYPE_CHECKING:
    from collections.abc import Collection

    from hangar_agent.dag_check import CheckedFile, Verdict

SCHEMA = 1
MOST_BYTES = 1_000_000
RESERVED_BYTES = 4_000
MOST_DAG_IDS = 1_000
DAG_ID_CHARACTERS = 250
MOST_HELD = 10_000


@dataclass(frozen=True, slots=True)
class CheckedCandidate:
    """Which check this is."""

    candidate: str
    base: str | None
    task_id: str
    at: float
    seconds: float


def check_key(candidate_id: str) -> str:
    """Return where a candidate's check is stored, below the environment's prefix."""
    return f"checks/{candidate_id}.json"


def impossible(checked: CheckedCandidate, problem: str) -> bytes:
    """Return the document of a check that could not be made at all."""
    return _encode(_document(checked, "impossible", problem[:1000], {}, []))


def found(checked: CheckedCandidate, verdict: Verdict, secrets: Collection[str]) -> bytes:
    """Return the document of a check. If it does not all fit, what failed is told before what did not."""
    held = [{"path": path, "because": masked(because, secrets)} for path, because in sorted(verdict.held.items())][
        :MOST_HELD
    ]
    if len(_encode(held)) > MOST_BYTES // 2:
        held = [{"path": each["path"], "because": each["because"][:20]} for each in held]
    files: dict[str, Any] = {}
    room = MOST_BYTES - RESERVED_BYTES - len(_encode(held))
    for path in sorted(verdict.files, key=lambda path: (_rank(verdict.files[path]), path)):
        fields = _file(verdict.files[path], secrets)
        room -= len(_encode({path: fields}))
        if room < 0:
            break
        files[path] = fields
    untold = len(verdict.files) - len(files)
    problem = f"{untold} of {len(verdict.files)} checked files are not listed here" if untold else None
    return _encode(_document(checked, "checked", problem, files, held))


def _document(
    checked: CheckedCandidate, state: str, problem: str | None, files: dict[str, Any], held: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "candidate": checked.candidate,
        "base": checked.base,
        "taskId": checked.task_id,
        "at": checked.at,
        "seconds": round(max(0.0, checked.seconds), 3),
        "state": state,
        "problem": problem,
        "files": files,
        "held": held,
    }


def _rank(file: CheckedFile) -> int:
    if file.now is None:
        return 1
    return 2 if file.now.works else 0


def _file(file: CheckedFile, secrets: Collection[str]) -> dict[str, Any]:
    now = file.now
    if now is None:
        return {"state": "unchecked", "dagIds": [], "error": None, "before": file.before, "missing": None}
    failure = now.failure
    error = {**failure.fields()} if failure else None
    if error:
        error |= {name: masked(error[name], secrets) for name in ("message", "traceback")}
    state = "ok" if failure is None else "unchecked" if failure.unanswered else "failed"
    return {
        "state": state,
        "dagIds": [dag_id[:DAG_ID_CHARACTERS] for dag_id in now.dag_ids[:MOST_DAG_IDS]],
        "error": error,
        "before": file.before,
        "missing": failure.missing if failure else None,
    }


def _encode(fields: Any) -> bytes:
    return json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
