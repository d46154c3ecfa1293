"""Is a component doing its job? Verdicts from observations: pure, no clock, no socket.

A component is restarted only for what is its own fault: while the database (or, for a worker, the broker) is away,
nothing can be known of it, and everything is held as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["starting", "running", "unhealthy", "stopped"]

START_SECONDS = 300.0
SILENCE_SECONDS = {"api-server": 30.0, "scheduler": 60.0, "dag-processor": 120.0, "triggerer": 120.0, "worker": 60.0}


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one component, all times in epoch seconds."""

    pid: int | None
    """The present process; None while there is none."""
    started_at: float
    """When it was started."""
    last_sign_at: float | None
    """Latest sign of life of the present process: an answer, a heartbeat, a poll."""
    judge_reachable_since: float | None
    """Since when what carries the sign (database, broker) answers without a break; None while it does not."""
    ready: bool = True
    """False while a first sign is not enough yet: an api-server that has not been warmed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state and the sentence that explains it."""

    state: State
    detail: str = ""
    pid: int | None = None
    """The process it was passed on: a verdict says nothing about a successor."""
    beyond_repair: bool = False
    """Unhealthy, and to be replaced with its task instead of being restarted."""


def judge(name: str, seen: Observation, now: float, replaced_after_seconds: float = 0) -> Verdict:
    """Return the state of a component.

    Silence counts from the latest of: its last sign, its start, the return of what carries the sign.
    `replaced_after_seconds`, unless 0: the silence after which its task is replaced, and before which it is left alone
    (MWAA's `mwaa.worker_replacement_threshold_seconds`). A start has five minutes in any case.
    """
    limit = replaced_after_seconds or SILENCE_SECONDS[name]
    state, detail = _judge(seen, now, limit, max(START_SECONDS, replaced_after_seconds))
    return Verdict(state, detail, seen.pid, beyond_repair=state == "unhealthy" and replaced_after_seconds > 0)


def _judge(seen: Observation, now: float, silence_seconds: float, start_seconds: float) -> tuple[State, str]:
    if seen.pid is None:
        return "stopped", ""
    if seen.judge_reachable_since is None:
        return "starting" if seen.last_sign_at is None else "running", "nothing can be seen of it at present"
    if seen.last_sign_at is None or not seen.ready:
        waited = now - max(seen.started_at, seen.judge_reachable_since)
        if waited > start_seconds:
            return "unhealthy", f"not ready {waited:.0f} s after its start"
        return "starting", "" if seen.last_sign_at is None else "warming up"
    silent = now - max(seen.last_sign_at, seen.started_at, seen.judge_reachable_since)
    if silent > silence_seconds:
        return "unhealthy", f"no sign of life for {silent:.0f} s"
    return "running", ""
