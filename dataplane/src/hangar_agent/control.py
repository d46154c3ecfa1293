"""The control document: what this environment is to run. Parsed as foreign input; the rules of acceptance are pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hangar_agent.manifest import RELEASE_ID, safe_path


@dataclass(frozen=True, slots=True)
class ReleasePointer:
    """The DAG release to run. `manifest` is a key below the environment's prefix."""

    id: str
    number: int
    manifest: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Tasks of a role that are to finish what they have and take nothing new: those of this generation and older."""

    id: str
    role: str
    generation: int
    tasks: frozenset[str] | None = None
    """Of those, the ones it is for; None: all of them."""

    def applies(self, role: str, generation: int, task_id: str) -> bool:
        """Tell whether it is for this task."""
        chosen = self.tasks is None or task_id in self.tasks
        return self.role == role and generation <= self.generation and chosen


@dataclass(frozen=True, slots=True)
class Pause:
    """Schedulers of this generation and older are to stop what schedules, parses and triggers."""

    id: str
    generation: int


@dataclass(frozen=True, slots=True)
class WorkerBounds:
    """How few and how many workers the environment may have: MinWorkers and MaxWorkers of MWAA's API."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class ControlDocument:
    """One accepted version of control.json."""

    epoch: int
    environment_id: str
    release: ReleasePointer | None
    canary: str | None
    """Id of the canary run the control plane waits for."""
    workers_wanted: int
    drains: tuple[Drain, ...] = ()
    candidate: ReleasePointer | None = None
    """A release that is to be staged, and checked against the live one, but not activated."""
    workers: WorkerBounds | None = None
    """None: the document is of a control plane that does not tell."""
    canary_generation: int | None = None
    """Whose scheduler watches the canary; None: any."""
    pause: Pause | None = None
    generation: int | None = None
    """The live one; None: the document is of a control plane that knows no upgrades."""

    def canary_for(self, generation: int) -> str | None:
        """Return the id of the canary that a scheduler of this generation is to watch."""
        return self.canary if self.canary_generation in {None, generation} else None

    def drain_of(self, role: str, generation: int, task_id: str) -> str | None:
        """Return the id of the drain ordered for a task, None when it may go on. Of several the first counts."""
        return next((each.id for each in self.drains if each.applies(role, generation, task_id)), None)


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is not acted on, and why, in a sentence. The one in force stays."""

    reason: str


def consider(body: bytes, current: ControlDocument | None, environment_id: str) -> ControlDocument | Refused:
    """Decide whether a document just read replaces the one in force.

    Refused are what cannot be parsed, what is for another environment, and what is older (a lower epoch): an agent that
    once saw the future must not be led back by a late write. Unknown fields are ignored, so that the document may grow.
    """
    try:
        document = _parse(json.loads(body))
    except (ValueError, TypeError, KeyError) as error:
        return Refused(f"control.json is malformed: {error}")
    if document.environment_id != environment_id:
        return Refused(
            f"control.json is for environment {document.environment_id!r}, this task is {environment_id!r}'s"
        )
    if current is not None and document.epoch < current.epoch:
        return Refused(f"control.json has epoch {document.epoch}, lower than {current.epoch}, which is in force")
    return document


def _parse(fields: Any) -> ControlDocument:
    release, canary, candidate = fields["release"], fields["canary"], fields.get("candidate")
    pause = fields.get("pause")
    return ControlDocument(
        epoch=_whole(fields, "epoch"),
        environment_id=_text(fields, "environmentId"),
        release=None if release is None else _release(release),
        canary=None if canary is None else _text(canary, "id"),
        workers_wanted=_whole(fields, "workersWanted"),
        drains=tuple(_drain(each) for each in fields.get("drains", [])),
        candidate=None if candidate is None else _release(candidate),
        workers=_bounds(fields["workers"]) if "workers" in fields else None,
        canary_generation=_whole(canary, "generation") if canary is not None and "generation" in canary else None,
        pause=None if pause is None else Pause(_text(pause, "id"), _whole(pause, "generation")),
        generation=_whole(fields, "generation") if "generation" in fields else None,
    )


def _drain(fields: Any) -> Drain:
    # Only an absent list means everybody: whatever else is no list must not put a whole fleet out of service.
    tasks = _texts(fields, "tasks") if "tasks" in fields else None
    return Drain(_text(fields, "id"), _text(fields, "role"), _whole(fields, "generation"), tasks)


def _bounds(fields: Any) -> WorkerBounds:
    least, most = _whole(fields, "min"), _whole(fields, "max")
    if least > most:
        raise ValueError(f"workers.min is {least}, more than workers.max, {most}")
    return WorkerBounds(least, most)


def _release(fields: Any) -> ReleasePointer:
    release_id, manifest = _text(fields, "id"), _text(fields, "manifest")
    if not RELEASE_ID.fullmatch(release_id):
        raise ValueError(f"release id {release_id!r} is not a name of letters, digits, '-', '_' and '.'")
    if not safe_path(manifest):
        raise ValueError(f"manifest key {manifest!r} leaves the environment's prefix")
    return ReleasePointer(release_id, _whole(fields, "number"), manifest)


def _text(fields: Any, name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a non-empty string")
    return value


def _texts(fields: Any, name: str) -> frozenset[str]:
    values = fields[name]
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"{name} must be a list of non-empty strings")
    return frozenset(values)


def _whole(fields: Any, name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be a whole number, not negative")
    return value
