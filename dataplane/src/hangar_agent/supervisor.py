"""Keeps the components of one task running: start, restart with back-off, stop within a bound.

Looks and acts only when `tick` is called, always from the main thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from hangar_agent.restarts import restart_delay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hangar_agent.components import Component
    from hangar_agent.launch import Running


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


@dataclass(slots=True)
class _Slot:
    component: Component
    status: ComponentStatus
    running: Running | None = None
    delay: float | None = None
    due: float = 0.0
    kill_reason: str | None = None


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
    ) -> None:
        self._slots = [_Slot(component, ComponentStatus(component.name)) for component in components]
        self._launch = launch
        self._guard = guard
        self._clock = clock
        self._log = log

    @property
    def statuses(self) -> tuple[ComponentStatus, ...]:
        """Return an immutable picture of all components."""
        return tuple(slot.status for slot in self._slots)

    def tick(self, *, hold: bool = False) -> None:
        """Reap what ended, start what is due. On hold nothing is started: it would only fail, at some expense."""
        now = self._clock()
        for slot in self._slots:
            self._reap(slot, now)
            if slot.running is None and now >= slot.due and not hold:
                self._start(slot, now)

    def restart(self, pid: int | None, reason: str) -> None:
        """Kill a component that no longer does its job; the next ticks start it again, with the usual back-off.

        Named by its process: a judgement on a process that is gone must not hit its successor.
        """
        for slot in self._slots:
            if slot.running is not None and slot.running.pid == pid and slot.kill_reason is None:
                self._log(f"{slot.component.name}: restarting it, because {reason}")
                slot.kill_reason = reason
                slot.running.kill_all()

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

    def _start(self, slot: _Slot, now: float) -> None:
        first = slot.status.started_at is None
        slot.running = self._launch(slot.component)
        self._guard.add(slot.running.pid)
        slot.kill_reason = None
        slot.status = replace(
            slot.status,
            pid=slot.running.pid,
            started_at=now,
            restarts=slot.status.restarts + (0 if first else 1),
        )

    def _reap(self, slot: _Slot, now: float) -> None:
        code = slot.running.poll() if slot.running is not None else None
        if slot.running is None or code is None:
            return
        slot.running.kill_all()  # nothing of it may linger beside its successor
        self._guard.remove(slot.running.pid)
        slot.running = None
        ran_for = now - (slot.status.started_at or now)
        slot.delay = restart_delay(slot.delay, ran_for)
        slot.due = now + slot.delay
        ended = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
        detail = f"{ended} after {ran_for:.0f} s" + (f": {slot.kill_reason}" if slot.kill_reason else "")
        slot.status = replace(slot.status, pid=None, detail=detail)
        self._log(f"{slot.component.name}: {detail}")
