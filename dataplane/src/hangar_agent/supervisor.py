"""Keeps the components of one task running: carries out what `restarts.py` decides, and stops all within a bound.

Which components are to run may change while it works: one that is not wanted any more is stopped gracefully, and
nothing counts against it meanwhile. Looks and acts only when `tick` is called, always from the main thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from hangar_agent.restarts import Action, Past, Seen, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hangar_agent.components import Component
    from hangar_agent.health import Verdict
    from hangar_agent.launch import Running


PATIENCE_SECONDS = 30.0


class Guard(Protocol):
    """Ends what is left when this process dies."""

    def add(self, leader: int) -> None:
        """Guard a session."""

    def remove(self, leader: int) -> None:
        """Stop guarding it."""


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """What is known of one component's process."""

    name: str
    pid: int | None = None
    started_at: float | None = None
    """Epoch seconds of the latest start."""
    restarts: int = 0
    detail: str = ""
    """How the previous process ended, in words."""
    wanted: bool = True
    """It is to run; nobody waits for, judges or restarts one that is not."""


@dataclass(slots=True)
class _Slot:
    component: Component
    status: ComponentStatus
    running: Running | None = None
    past: Past = field(default_factory=Past)
    kill_reason: str | None = None
    told_at: float | None = None
    """When the present process was told to stop, because it is not wanted any more."""
    rested: bool = True
    """Its next start is not a restart: it has not run yet, or was stopped because it was not wanted."""


class Supervisor:
    """Holds one slot a component. `statuses` may be read from any thread; everything else from the main thread."""

    def __init__(
        self,
        components: Sequence[Component],
        launch: Callable[[Component], Running],
        guard: Guard,
        *,
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] = lambda _line: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`patience_seconds`: what a component has to stop in while the others go on."""
        self._patience_seconds = patience_seconds
        self._slots = [_Slot(component, ComponentStatus(component.name)) for component in components]
        self._launch = launch
        self._guard = guard
        self._clock = clock
        self._log = log

    @property
    def statuses(self) -> tuple[ComponentStatus, ...]:
        """Return an immutable picture of all components."""
        return tuple(slot.status for slot in self._slots)

    def tick(
        self, verdicts: Mapping[str, Verdict], *, hold: bool = False, wanted: Collection[str] | None = None
    ) -> str | None:
        """Reap what ended, kill what hangs, start what is due; return why the task is to be replaced, or None.

        `wanted`: names of the components that are to run, None: all; the others are stopped, on hold too. A verdict
        counts for the process it was passed on: one on a process that is gone must not hit its successor.
        """
        now = self._clock()
        given_up = None
        for slot in self._slots:
            told = slot.told_at is not None
            ended = self._reap(slot, now) and not told
            is_wanted = wanted is None or slot.component.name in wanted
            slot.status = replace(slot.status, wanted=is_wanted)
            # One that was told ends, whoever wants it by now: two of it must not run.
            if not is_wanted or slot.told_at is not None:
                self._rest(slot, now)
                continue
            verdict = verdicts.get(slot.component.name)
            if verdict is not None and (slot.running is None or verdict.pid != slot.running.pid):
                verdict = None
            slot.past, action = decide(slot.past, Seen(now, slot.running is not None, ended, verdict, hold))
            if action is Action.START:
                self._start(slot, now)
            elif action is Action.KILL and verdict is not None:
                self._kill(slot, verdict.detail)
            elif action is Action.GIVE_UP:
                given_up = f"{slot.component.name}: {slot.past.reason}"
                given_up += f" (it {slot.status.detail})" if slot.running is None else ""
        return given_up

    def stop(self, patience_seconds: float, pause: Callable[[float], None] = time.sleep) -> None:
        """SIGTERM every main process at once, wait for all of them together, SIGKILL what is left at the bound."""
        began = self._clock()
        for slot in self._slots:
            if slot.running is not None and slot.running.poll() is None:
                slot.running.terminate()
        while any(slot.running is not None for slot in self._slots):
            waited = self._clock() - began
            for slot in self._slots:
                if slot.running is None:
                    continue
                patience = min(patience_seconds, slot.component.patience_seconds)
                if waited > patience and slot.running.poll() is None:
                    self._log(f"{slot.component.name}: killed, it did not stop within {patience:.0f} s")
                    slot.running.kill_all()
                self._reap(slot, self._clock())
            if any(slot.running is not None for slot in self._slots):
                pause(0.05)

    def _rest(self, slot: _Slot, now: float) -> None:
        """Have a component not run, and forget what was held against it."""
        slot.past = Past()
        slot.rested = True
        if slot.running is None:
            return
        if slot.told_at is None:
            slot.told_at = now
            slot.running.terminate()
        elif now - slot.told_at > (patience := min(self._patience_seconds, slot.component.patience_seconds)):
            if slot.kill_reason is None:
                self._log(f"{slot.component.name}: killed, it did not stop within {patience:.0f} s")
                slot.kill_reason = "it did not stop when it was told to"
            slot.running.kill_all()

    def _start(self, slot: _Slot, now: float) -> None:
        slot.running = self._launch(slot.component)
        self._guard.add(slot.running.pid)
        slot.kill_reason = None
        slot.status = replace(
            slot.status,
            pid=slot.running.pid,
            started_at=now,
            restarts=slot.status.restarts + (0 if slot.rested else 1),
        )
        slot.rested = False

    def _kill(self, slot: _Slot, reason: str) -> None:
        if slot.running is not None and slot.kill_reason is None:
            self._log(f"{slot.component.name}: restarting it, because {reason}")
            slot.kill_reason = reason
            slot.running.kill_all()

    def _reap(self, slot: _Slot, now: float) -> bool:
        """Tell whether its process has ended."""
        code = slot.running.poll() if slot.running is not None else None
        if slot.running is None or code is None:
            return False
        slot.running.kill_all()  # nothing of it may linger beside its successor
        self._guard.remove(slot.running.pid)
        slot.running = slot.told_at = None
        ran_for = now - (slot.status.started_at or now)
        ended = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
        detail = f"{ended} after {ran_for:.0f} s" + (f": {slot.kill_reason}" if slot.kill_reason else "")
        slot.status = replace(slot.status, pid=None, detail=detail)
        self._log(f"{slot.component.name}: {detail}")
        return True
