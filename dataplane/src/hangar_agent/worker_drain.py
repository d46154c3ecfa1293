"""Carries out what `drain.py` decides: the pause file, the release on disk, the protection endpoint, the report."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hangar_agent.channel_state import read_channel_state
from hangar_agent.drain import Action, Memory, Released, Seen, decide, progress
from hangar_agent.durable_files import write_durably
from hangar_agent.task_protection import ProtectionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.control import ControlDocument
    from hangar_agent.drain import ChannelState
    from hangar_agent.task_files import TaskFiles
    from hangar_agent.task_protection import TaskProtection

MOST_ACTIONS = 4
"""Of one step: from one rest to the next takes three (pause, protect, resume)."""


def pause_polling(files: TaskFiles) -> None:
    """Have the channel begin no more polls. Every pause has a text of its own, so that its echo proves it was seen."""
    write_durably(files.pause, secrets.token_hex(8).encode())


class WorkerDrain:
    """One worker's way in and out of service. `step` belongs to one thread, `stop` may be called from another."""

    def __init__(
        self,
        files: TaskFiles,
        generation: int,
        task_id: str,
        protection: TaskProtection,
        worker_pid: Callable[[], int | None],
        log: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`worker_pid`: the present process of the worker, None while there is none."""
        self._files = files
        self._generation = generation
        self._task_id = task_id
        self._protection = protection
        self._worker_pid = worker_pid
        self._log = log
        self._clock = clock
        self._memory = Memory()
        self._lock = threading.Lock()
        self._stopping = False
        self.progress: dict[str, str | int] | None = None
        """The report's `drain`."""
        self.in_hand: int | None = None
        """The report's `inHand`: tasks received and not finished, None while the worker's channel has not spoken."""
        self.problem: str | None = None

    def step(self, document: ControlDocument | None) -> None:
        """Look, act, and look again until there is nothing to do now."""
        for _ in range(MOST_ACTIONS):
            seen = self.look(document)
            self._memory, action = decide(self._memory, seen)
            if action is Action.WAIT:
                return
            self._act(action, seen)

    def look(self, document: ControlDocument | None) -> Seen:
        """Look without acting, so that a report can tell of a drain, or a release, before the first step."""
        # The pause first: what the channel or a missing process says must be later than the pause it is held against.
        pause = self._pause()
        seen = Seen(
            now=self._clock(),
            informed=document is not None,
            ordered=document.drain_of("worker", self._generation, self._task_id) if document else None,
            pause=pause,
            released=_released(self._files.released),
            channel=self._channel(pause),
        )
        self.progress = progress(seen)
        self.in_hand = seen.channel.in_flight if seen.channel else None
        return seen

    def stop(self) -> None:
        """Pause for good, because the task ends: from now on no step resumes."""
        with self._lock:
            self._stopping = True
            if self._pause() is None:
                pause_polling(self._files)

    def poll_is_out(self) -> bool:
        """Tell whether a message may still arrive: the channel has not seen the present pause with no poll out."""
        pause = self._pause()
        channel = self._channel(pause)
        return channel is not None and (channel.outstanding or channel.pause != pause)

    def _act(self, action: Action, seen: Seen) -> None:
        if action is Action.PAUSE:
            pause_polling(self._files)
            self._log("asks for no more tasks" + (f": drain {seen.ordered}" if seen.ordered else ""))
        elif action is Action.RESUME:
            with self._lock:
                if not self._stopping:
                    self._files.pause.unlink(missing_ok=True)
                    self._log("asks for tasks")
        elif action is Action.RELEASE:
            self._write_released(seen.ordered or "", unprotected=False)
            self._log(f"released from drain {seen.ordered}: never asks for a task again")
        else:
            self._ask_endpoint(action, seen)

    def _ask_endpoint(self, action: Action, seen: Seen) -> None:
        self._memory = replace(self._memory, asked_at=self._clock())
        try:
            if action is Action.PROTECT:
                self._memory = replace(self._memory, protected_until=self._protection.protect())
            elif seen.released is not None:
                self._protection.unprotect()
                self._write_released(seen.released.drain, unprotected=True)
        except ProtectionError as error:
            still = "is not" if action is Action.PROTECT else "is still"
            self.problem = f"the task {still} protected from scale-in, ECS is asked again: {error}"
        else:
            self.problem = None

    def _write_released(self, drain: str, *, unprotected: bool) -> None:
        write_durably(self._files.released, json.dumps({"drain": drain, "unprotected": unprotected}).encode())

    def _channel(self, pause: str | None) -> ChannelState | None:
        return read_channel_state(self._files.poll, self._worker_pid(), pause, self._clock())

    def _pause(self) -> str | None:
        return _text(self._files.pause)


def _released(path: Path) -> Released | None:
    text = _text(path)
    if text is None:
        return None
    said = json.loads(text)
    return Released(said["drain"], unprotected=said["unprotected"])


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
