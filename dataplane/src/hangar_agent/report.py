"""What a task says of itself: one overwritten object, `reports/<task id>.json`. State, not a message."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hangar_agent.canary import CanaryResult
    from hangar_agent.duties import Duties
    from hangar_agent.health import Verdict
    from hangar_agent.supervisor import ComponentStatus
    from hangar_agent.watch import Hold

SCHEMA = 1
INTERVAL_SECONDS = 30.0
IN_HAND_SECONDS = 5.0
"""A worker's tasks come and go faster than anybody decides by them, and every report is a paid request."""


@dataclass(frozen=True, slots=True)
class TaskIdentity:
    """What does not change while the task lives."""

    task_id: str
    role: str
    environment_id: str
    generation: int
    airflow_version: str
    started_at: float


@dataclass(slots=True)
class TaskState:
    """What does change. Written by the agent's loops, each field by one of them."""

    epoch: int = 0
    release: dict[str, Any] | None = None
    staged: list[str] = field(default_factory=list)
    statuses: Sequence[ComponentStatus] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    canary: CanaryResult | None = None
    last_poll_at: float | None = None
    problems: dict[str, str] = field(default_factory=dict)
    """By origin (control, release, observation), so that each loop replaces only its own."""
    hold: Hold | None = None
    """What is away that every component needs: nothing is started or killed until it is back."""
    stopping: bool = False
    given_up: str | None = None
    """Why this task ends unasked: which component cannot be kept running."""
    drain: dict[str, str | int] | None = None
    duties: Duties | None = None
    """What the document in force leaves this task to do; None until somebody has asked."""
    pause: dict[str, str] | None = None
    in_hand: int | None = None
    """Of a worker: tasks received and not finished; None while its channel has not spoken, and for other roles."""


def build_report(identity: TaskIdentity, state: TaskState, now: float) -> dict[str, Any]:
    """Return the report's JSON object. `healthy` means that every component that is to run does and has shown it.

    `inHand` is there only where it is known: a reader must not take silence for idleness.
    """
    components = {status.name: _component(status, state) for status in state.statuses}
    return {
        "schema": SCHEMA,
        "taskId": identity.task_id,
        "environmentId": identity.environment_id,
        "role": identity.role,
        "generation": identity.generation,
        "airflowVersion": identity.airflow_version,
        "at": now,
        "startedAt": identity.started_at,
        "epoch": state.epoch,
        "release": state.release,
        "staged": state.staged,
        "components": components,
        "healthy": not state.stopping
        and bool(components)
        and all(components[status.name]["state"] == "running" for status in state.statuses if status.wanted),
        "canary": asdict(state.canary) if state.canary else None,
        "lastPollAt": state.last_poll_at,
        "problems": [*([state.given_up] if state.given_up else []), *state.problems.values()],
        "hold": state.hold,
        "stopping": state.stopping,
        "drain": state.drain,
        "pause": state.pause,
        "held": state.duties is not None and state.duties.held,
        **({} if state.in_hand is None else {"inHand": state.in_hand}),
    }


def worth_sending(report: dict[str, Any], last: dict[str, Any] | None) -> bool:
    """Tell whether a report differs from the last one sent in what matters, or the last one is 30 s old.

    Times alone do not. The number of tasks in hand waits for a report that is IN_HAND_SECONDS old; while a drain is
    ordered its `inFlight` is part of `drain`, and does not wait.
    """
    if last is None or report["at"] - last["at"] >= INTERVAL_SECONDS:
        return True
    if report.get("inHand") != last.get("inHand") and report["at"] - last["at"] >= IN_HAND_SECONDS:
        return True
    return _lasting(report) != _lasting(last)


def encode(report: dict[str, Any]) -> bytes:
    """Return the bytes to store."""
    return json.dumps(report, separators=(",", ":"), sort_keys=True).encode()


def _lasting(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in {"at", "lastPollAt", "inHand"}}


def _component(status: ComponentStatus, state: TaskState) -> dict[str, Any]:
    verdict = state.verdicts.get(status.name)
    if status.pid is None:
        shown, detail = "stopped", status.detail
    elif verdict is None or verdict.pid != status.pid:
        shown, detail = "starting", status.detail
    else:
        shown, detail = verdict.state, verdict.detail or status.detail
    return {
        "state": shown,
        "pid": status.pid,
        "restarts": status.restarts,
        "since": status.started_at,
        "detail": detail,
    }
