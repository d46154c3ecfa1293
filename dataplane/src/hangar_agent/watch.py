"""The look-outs: one a role, each called about twice a second off the main thread, each returning verdicts.

They hold what a verdict needs remembered (since when the database answers, whether the api-server is warm).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hangar_agent.health import Observation, Verdict, judge
from hangar_agent.metadata_database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hangar_agent.metadata_database import MetadataDatabase
    from hangar_agent.supervisor import ComponentStatus
    from hangar_agent.web_probe import WebProbe

STEADY_WEB_SECONDS = 10.0
BROKER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Verdicts by component, and a sentence on what cannot be reached."""

    verdicts: dict[str, Verdict]
    problem: str | None = None
    hold: bool = False
    """What the components need is away: those that end meanwhile are started again when it is back."""


class LookOut(Protocol):
    """Observes the components of one role."""

    def look(self, statuses: Sequence[ComponentStatus], now: float) -> Sighting:
        """Observe and judge."""


class WebLookOut:
    """Asks the api-server each time while it starts, then every ten seconds."""

    def __init__(self, probe: WebProbe) -> None:
        self._probe = probe
        self._pid: int | None = None
        self._last_sign_at: float | None = None
        self._asked_at = 0.0
        self._warm = False

    def look(self, statuses: Sequence[ComponentStatus], now: float) -> Sighting:
        """Observe and judge."""
        (status,) = statuses
        if status.pid != self._pid:
            self._pid, self._last_sign_at, self._asked_at, self._warm = status.pid, None, 0.0, False
        settled = self._warm and self._last_sign_at == self._asked_at
        if status.pid is not None and (not settled or now - self._asked_at >= STEADY_WEB_SECONDS):
            self._asked_at = now
            if self._probe.alive():
                self._last_sign_at = now
                self._warm = self._warm or self._probe.warm()
        seen = Observation(status.pid, status.started_at or now, self._last_sign_at, 0.0, ready=self._warm)
        return Sighting({status.name: judge(status.name, seen, now)})


class SchedulerLookOut:
    """Reads the heartbeats of scheduler, dag-processor and triggerer in one statement."""

    def __init__(self, database: MetadataDatabase, hostname: str, job_types: Mapping[str, str]) -> None:
        self._database = database
        self._hostname = hostname
        self._job_types = job_types
        self._reachable_since: float | None = None
        self._signs: dict[tuple[str, int], float] = {}

    def look(self, statuses: Sequence[ComponentStatus], now: float) -> Sighting:
        """Observe and judge. A heartbeat older than a process is its predecessor's."""
        problem = None
        beats: dict[str, float] = {}
        try:
            beats = self._database.heartbeats(self._hostname)
            self._reachable_since = self._reachable_since or now
        except DatabaseAway as error:
            self._reachable_since = None
            problem = f"the metadata database does not answer: {error}"
        verdicts = {}
        for status in statuses:
            started_at = status.started_at or now
            key = (status.name, status.pid or 0)
            beat = beats.get(self._job_types[status.name])
            if beat is not None and beat >= started_at:
                self._signs[key] = beat
            seen = Observation(status.pid, started_at, self._signs.get(key), self._reachable_since)
            verdicts[status.name] = judge(status.name, seen, now)
        self._signs = {
            key: beat for key, beat in self._signs.items() if key in {(s.name, s.pid or 0) for s in statuses}
        }
        return Sighting(verdicts, problem, hold=self._reachable_since is None)


class WorkerLookOut:
    """Reads when the worker's channel last polled; asks whether the broker is there only when it fell silent."""

    def __init__(self, poll_file: Path, broker: tuple[str, int] | None) -> None:
        self._poll_file = poll_file
        self._broker = broker
        self._reachable_since: float | None = 0.0

    def look(self, statuses: Sequence[ComponentStatus], now: float) -> Sighting:
        """Observe and judge."""
        (status,) = statuses
        started_at, polled_at = status.started_at or now, self.last_poll_at()
        sign = polled_at if polled_at is not None and polled_at >= started_at else None
        verdict = judge(status.name, Observation(status.pid, started_at, sign, self._reachable_since), now)
        problem = None
        if verdict.state == "unhealthy" or self._reachable_since is None:
            if not self._broker_answers():
                self._reachable_since, problem = None, "the queue's endpoint does not answer"
            elif self._reachable_since is None:
                self._reachable_since = now
            verdict = judge(status.name, Observation(status.pid, started_at, sign, self._reachable_since), now)
        return Sighting({status.name: verdict}, problem)

    def last_poll_at(self) -> float | None:
        """Return the epoch seconds of the last poll, None before the first."""
        try:
            return self._poll_file.stat().st_mtime
        except FileNotFoundError:
            return None

    def _broker_answers(self) -> bool:
        if self._broker is None:
            return True
        try:
            socket.create_connection(self._broker, timeout=BROKER_SECONDS).close()
        except OSError:
            return False
        return True
