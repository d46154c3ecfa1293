"""Runs one supported Airflow command at a time for the whole environment, and hands back what it said.

The turn is an advisory lock of the metadata database, so all web tasks share it; a web server that dies loses it with
its connection. A command is a process group of its own, in the web server's session: whoever kills that, kills it.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TURN_LOCK = 4_815_260_417
"""Advisory locks are per database: others there are Airflow's (airflow.utils.db.DBLocks) and that of used_tokens.py."""
TURN_SECONDS = 20.0
LIMIT_SECONDS = 60.0
OUTPUT_BYTES = 2_000_000
"""Of each stream; what comes after is read and dropped, so that the command does not block on it."""
AT_ONCE = 4
"""Commands this process runs or keeps waiting; others are sent away at once, so that pages are still served."""
ASK_SECONDS = 0.25
OWN_SETTINGS = "HANGAR_SIGN_IN_"
TALKATIVE = {"test", "backfill"}
"""Commands whose log is their result. Elsewhere Airflow's log lines would stand among the JSON on stdout."""
QUIET = {"AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}


class Busy(Exception):
    """Another command holds the turn; nothing was run. HTTP 429."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command left: both streams, cut off where they were too long, and whether the limit ended it."""

    stdout: bytes
    stderr: bytes
    timed_out: bool
    exit_code: int
    """Of the command; negative when a signal ended it."""

    def as_json(self) -> dict[str, str]:
        """Return the wire form (MWAA user guide, "Using the CLI")."""
        return {"stdout": base64.b64encode(self.stdout).decode(), "stderr": base64.b64encode(self.stderr).decode()}


class CommandBridge:
    """`connect` returns a PEP 249 connection of the metadata database whose close really ends it, and so the turn.

    `prefix` is what becomes the airflow command.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        environment: Mapping[str, str],
        *,
        prefix: Sequence[str] = (sys.executable, "-m", "hangar_airflow.command_process"),
        turn_seconds: float = TURN_SECONDS,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self._connect = connect
        self._environment = {name: value for name, value in environment.items() if not name.startswith(OWN_SETTINGS)}
        self._prefix = list(prefix)
        self._turn_seconds = turn_seconds
        self._limit_seconds = limit_seconds
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def run(self, arguments: Sequence[str], identity: str) -> CommandResult:
        """Run a command whose arguments `parse_command` let through, in the name of the IAM identity who sent it.

        Raises Busy. Takes at most both time limits.
        """
        if not self._places.acquire(blocking=False):
            raise Busy("Too many commands wait for their turn on this web server. Call again in a minute.")
        try:
            with self._turn():
                return self._run(arguments, identity)
        finally:
            self._places.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        connection = self._connect()
        try:
            deadline = time.monotonic() + self._turn_seconds
            while not _take(connection):
                if time.monotonic() >= deadline:
                    raise Busy(
                        "Another command runs in this environment: they run one at a time, and this one waited "
                        f"{self._turn_seconds:g} s. Call again, with a new token."
                    )
                time.sleep(ASK_SECONDS)
            yield
        finally:
            connection.close()

    def _run(self, arguments: Sequence[str], identity: str) -> CommandResult:
        quiet = {} if TALKATIVE & set(arguments[:2]) else QUIET
        # LOGNAME is whom Airflow's audit log and run records name (getpass.getuser).
        process = subprocess.Popen(
            [*self._prefix, str(os.getpid()), str(self._limit_seconds + 5), *arguments],
            env={**self._environment, **quiet, "LOGNAME": identity},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        stdout, stderr = _Drain(process.stdout), _Drain(process.stderr)
        try:
            process.wait(self._limit_seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        # Whatever the command left behind in its group would go on, and hold the pipes open.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        told = stderr.finish()
        if timed_out:
            told += f"\nThe command was ended: it may take {self._limit_seconds:g} s.\n".encode()
        return CommandResult(stdout.finish(), told, timed_out, process.returncode)


class _Drain:
    """Reads a pipe to its end on a thread of its own, keeping the first OUTPUT_BYTES."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while self._pipe and (chunk := self._pipe.read1(65_536)):  # type: ignore[attr-defined]
            self._kept += chunk[: OUTPUT_BYTES - len(self._kept)]

    def finish(self) -> bytes:
        """Return what was kept; the writers are dead, so the end of the pipe is near."""
        self._thread.join(timeout=2)
        if self._pipe and not self._thread.is_alive():
            self._pipe.close()
        cut_off = b"\n... cut off here: longer than 2 MB\n" if len(self._kept) >= OUTPUT_BYTES else b""
        return bytes(self._kept) + cut_off


def _take(connection: Any) -> bool:
    cursor = connection.cursor()
    cursor.execute("select pg_try_advisory_lock(%s)", (TURN_LOCK,))
    (taken,) = cursor.fetchone()
    connection.commit()
    return bool(taken)
