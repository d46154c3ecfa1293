"""The look-outs: one a role, each called about twice a second off the main thread, each returning verdicts.

They hold what a verdict needs remembered (since when the database answers, whether the api-server is warm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from hangar_agent.health import Observation, Verdict, judge
from hangar_agent.metadata_database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hangar_agent.metadata_database import MetadataDatabase
    from hangar_agent.reachability import Reachability
    from hangar_agent.supervisor import ComponentStatus
    from hangar_agent.web_probe import WebProbe

STEADY_WEB_SECONDS = 10.0

Hold = Literal["database", "queue"]
"""What all components of a task need and do not have: they are left as they are until it is back."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Verdicts by component, and a sentence on what cannot be reached."""

    verdicts: dict[str, Verdict]
    problem: str | None = None
    hold: Hold | None = None
    """What is away: components that end meanwhile are started again when it is back."""


class LookOut(Protocol):
    """Observes the components of one role."""

    def look(self, statuses: Sequence[ComponentStatus], now: float, watching_since: float = 0.0) -> Sighting:
        """Observe and judge. No silence counts from before `watching_since`: nobody was there to hear anything."""


DATABASE_AWAY = "the metadata database does not answer"


class WebLookOut:
    """Asks the api-server each time while it starts, then every ten seconds; the database only when in doubt."""

    def __init__(self, probe: WebProbe, database: Reachability) -> None:
        self._probe = probe
        self._database = database
        self._pid: int | None = None
        self._last_sign_at: float | None = None
        self._asked_at = 0.0
        self._warm = False

    def look(self, statuses: Sequence[ComponentStatus], now: float, watching_since: float = 0.0) -> Sighting:
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
        in_doubt = not self._warm or self._last_sign_at != self._asked_at
        reachable_since = self._database.since(now) if in_doubt else 0.0
        since = None if reachable_since is None else max(reachable_since, watching_since)
        seen = Observation(status.pid, status.started_at or now, self._last_sign_at, since, ready=self._warm)
        verdict = judge(status.name, seen, now)
        if reachable_since is None:
            return Sighting({status.name: verdict}, DATABASE_AWAY, hold="database")
        return Sighting({status.name: verdict})


class SchedulerLookOut:
    """Reads the heartbeats of scheduler, dag-processor and triggerer in one statement."""

    def __init__(self, database: MetadataDatabase, hostname: str, job_types: Mapping[str, str]) -> None:
        self._database = database
        self._hostname = hostname
        self._job_types = job_types
        self._reachable_since: float | None = None
        self._signs: dict[tuple[str, int], float] = {}

    def look(self, statuses: Sequence[ComponentStatus], now: float, watching_since: float = 0.0) -> Sighting:
        """Observe and judge. A heartbeat older than a process is its predecessor's."""
        problem = None
        beats: dict[str, float] = {}
        try:
            beats = self._database.heartbeats(self._hostname)
            self._reachable_since = self._reachable_since or now
        except DatabaseAway as error:
            self._reachable_since = None
            problem = f"{DATABASE_AWAY}: {error}"
        since = None if self._reachable_since is None else max(self._reachable_since, watching_since)
        verdicts = {}
        for status in statuses:
            if not status.wanted:
                continue
            started_at = status.started_at or now
            key = (status.name, status.pid or 0)
            beat = beats.get(self._job_types[status.name])
            if beat is not None and beat >= started_at:
                self._signs[key] = beat
            seen = Observation(status.pid, started_at, self._signs.get(key), since)
            verdicts[status.name] = judge(status.name, seen, now)
        self._signs = {
            key: beat for key, beat in self._signs.items() if key in {(s.name, s.pid or 0) for s in statuses}
        }
        return Sighting(verdicts, problem, hold="database" if self._reachable_since is None else None)


class WorkerLookOut:
    """Reads when the worker's channel last polled; asks after queue and database only when in doubt.

    A paused channel says so twice a second, and a busy one that it takes nothing more: both are signs of life.
    """

    def __init__(
        self, poll_file: Path, queue: Reachability | None, database: Reachability, replaced_after_seconds: float = 0
    ) -> None:
        """`queue`: None where it is SQS itself. `replaced_after_seconds`: as `judge` has it."""
        self._poll_file = poll_file
        self._queue = queue
        self._database = database
        self._replaced_after_seconds = replaced_after_seconds

    def look(self, statuses: Sequence[ComponentStatus], now: float, watching_since: float = 0.0) -> Sighting:
        """Observe and judge."""
        (status,) = statuses
        started_at, polled_at = status.started_at or now, self.last_poll_at()
        sign = polled_at if polled_at is not None and polled_at >= started_at else None
        verdict = self._judge(status, started_at, sign, watching_since, now)
        if verdict.state == "running":
            return Sighting({status.name: verdict})
        queue = self._queue.since(now) if self._queue else 0.0
        database = self._database.since(now)
        if queue is None or database is None:
            held = self._judge(status, started_at, sign, None, now)
            if database is None:
                return Sighting({status.name: held}, DATABASE_AWAY, hold="database")
            return Sighting({status.name: held}, "the queue's endpoint does not answer", hold="queue")
        verdict = self._judge(status, started_at, sign, max(watching_since, queue, database), now)
        return Sighting({status.name: verdict})

    def last_poll_at(self) -> float | None:
        """Return the epoch seconds of the last poll, None before the first."""
        try:
            return self._poll_file.stat().st_mtime
        except FileNotFoundError:
            return None

    def _judge(
        self, status: ComponentStatus, started_at: float, sign: float | None, since: float | None, now: float
    ) -> Verdict:
        seen = Observation(status.pid, started_at, sign, since)
        return judge(status.name, seen, now, self._replaced_after_seconds)
