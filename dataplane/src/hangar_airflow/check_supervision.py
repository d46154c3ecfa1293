"""One check, seen from above: forks the process that imports, answers what it asks, ends it in time, and replies.

A process of its own, so that a database that hangs or a secrets backend that crashes harms only the one check.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from contextlib import suppress
from typing import Any

from hangar_airflow import check_questions
from hangar_airflow.check_child import become_child, bind_to

TICK_SECONDS = 0.05
MOST_LEARNED = 600
AIRFLOWS_SECONDS = 30.0
"""Where Airflow is told to wait for ever, its default."""
GRACE_SECONDS = 10.0


def supervise(connection: socket.socket, request: dict[str, Any], learned: int, above: int) -> None:
    """Carry out a request that came over `connection` and reply to it; modules to keep warm go to the pipe `learned`.

    When the other end hangs up, the import is ended and nobody is told.
    """
    bind_to(above)
    result, telling = os.pipe()
    here, there = socket.socketpair()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        for mine in (result, learned, connection.detach(), here.detach()):
            os.close(mine)
        become_child(request, telling, there, parent)
    os.close(telling)
    there.close()
    with suppress(OSError):
        os.setpgid(child, child)  # as the child does itself: whoever comes first
    import_ = _Import(child, result, here)
    try:
        reply = import_.follow(connection, float(request["seconds"]), _own_seconds(request))
    finally:
        import_.end()
    if reply is not None:
        names = reply.pop("learned", [])
        with suppress(OSError):
            connection.sendall(json.dumps(reply).encode() + b"\n")
        os.write(learned, json.dumps(names[:MOST_LEARNED]).encode())


def _own_seconds(request: dict[str, Any]) -> float:
    """Return what one import may take: as long as Airflow gives it, and some time for Airflow to say so itself."""
    if request["ask"] == "list":
        return float(request["seconds"])
    from airflow.configuration import conf  # noqa: PLC0415

    return (conf.getfloat("core", "dagbag_import_timeout") or AIRFLOWS_SECONDS) + GRACE_SECONDS


class _Import:
    """The child, and the two lines to it."""

    def __init__(self, pid: int, result: int, questions: socket.socket) -> None:
        self._pid = pid
        self._result = result
        self._questions = questions
        self._heard = b""
        self._asked = b""
        self._seen: dict[str, list[str]] = {"opened": [], "listed": []}
        os.set_blocking(result, False)

    def follow(self, connection: socket.socket, left: float, own: float) -> dict[str, Any] | None:
        """Return the reply; None when nobody waits for it any more.

        `left`: seconds the whole check has left; `own`: what this one import may take.
        """
        waited_on: list[Any] = [self._result, self._questions, connection]
        began = time.monotonic()
        while True:
            ready, _, _ = select.select(waited_on, [], [], TICK_SECONDS)
            if connection in ready and not connection.recv(1):
                return None
            if self._questions in ready and not self._answer():
                waited_on.remove(self._questions)
            ended = self._ended()  # before listening: what it said last is there by then
            done = self._listen()
            if done is not None:
                return {**done, **self._seen}
            if ended is not None:
                return {"ended": ended, **self._seen}
            took = time.monotonic() - began
            if took > own:
                return {"ended": f"did not end within {own:.0f} s", **self._seen}
            if took > left:
                return {"outOfTime": True}

    def end(self) -> None:
        """Kill what is left of it. What left its process group is killed by the server."""
        with suppress(OSError):
            os.killpg(self._pid, signal.SIGKILL)
        with suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _ended(self) -> str | None:
        with suppress(ChildProcessError):
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid == 0:
                return None
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                return f"ended the process that imports it by signal {-code} ({signal.Signals(-code).name})"
            return f"ended the process that imports it with exit code {code}"
        return "ended the process that imports it"

    def _listen(self) -> dict[str, Any] | None:
        with suppress(BlockingIOError):
            while chunk := os.read(self._result, 1 << 16):
                self._heard += chunk
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            with suppress(ValueError, TypeError, KeyError):  # anything may write to an open pipe
                told = json.loads(line)
                if "done" in told:
                    return {**told["done"], "learned": told.get("learned", [])}
                for what, path in told.items():
                    self._seen[what].append(path)
        return None

    def _answer(self) -> bool:
        received = self._questions.recv(1 << 16)
        if not received:
            return False
        self._asked += received
        *lines, self._asked = self._asked.split(b"\n")
        for line in lines:
            try:
                answer = check_questions.answer(json.loads(line))
            except Exception as error:  # noqa: BLE001 - whatever the backends raise is an answer like any other
                answer = {"failed": type(error).__name__}
            self._questions.sendall(json.dumps(answer).encode() + b"\n")
        return True
