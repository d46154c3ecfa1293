"""The checker: an Airflow that is already imported, and forks a process for each DAG file it is asked to import.

`fork_checker` makes it from the dag-processor just before that becomes one: what both have imported by then is in
memory once. `python -m hangar_airflow.check_server <socket>` is the same on its own, for when that one has died.

One request a connection, a line of JSON each way: {"ask": "import", "root", "path", "seconds", "nice"} or {"ask":
"list", "root", "seconds"}. Hanging up ends the import. One import at a time.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from hangar_airflow.check_child import bind_to
from hangar_airflow.check_supervision import supervise

PR_SET_CHILD_SUBREAPER = 36
REQUEST_SECONDS = 5.0
GRACE_SECONDS = 10.0
"""What a check may take beyond its own limit before its supervision is killed too."""
MOST_BYTES = 1 << 16
KEPT_BYTES = 120 << 20
"""Beyond so much memory of its own, the checker keeps no more modules warm."""
READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=5000"
WARM_2 = (
    "airflow.models.dagbag",
    "airflow.serialization.serialized_objects",
    "airflow.jobs.dag_processor_job_runner",
    "airflow.secrets.metastore",
    "psycopg2",
)
WARM_3 = (
    "airflow.dag_processing.processor",
    "airflow.sdk.execution_time.supervisor",
    "airflow.models.variable",
    "airflow.models.connection",
    "airflow.jobs.dag_processor_job_runner",
    "airflow.secrets.metastore",
    "psycopg2",
)


def fork_checker(path: str) -> None:
    """Fork the checker off this process, and return. Must be called before this process has threads or connections."""
    warm()
    gc.freeze()  # what is shared stays shared: a collection would write to every object
    parent = os.getpid()
    with suppress(OSError):  # no process to be had: the dag-processor must not fail for want of a checker
        if os.fork() == 0:
            try:
                bind_to(parent)
                serve(path)
            except BaseException:  # noqa: BLE001 - the process ends here
                traceback.print_exc()
            finally:
                os._exit(1)


def warm() -> None:
    """Import what an import of a DAG file needs."""
    from airflow import __version__  # noqa: PLC0415

    for module in WARM_2 if __version__.startswith("2.") else WARM_3:
        with suppress(ImportError):
            importlib.import_module(module)
    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415

    configure_mappers()  # or each check that reads a Variable would


def serve(path: str) -> None:
    """Answer requests until killed."""
    os.environ["PGOPTIONS"] = READ_ONLY
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if sys.platform == "linux":  # what a DAG file starts and abandons becomes ours, and is killed
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    listener = _listen(Path(path))
    at_first = _own_bytes()
    while True:
        connection, _ = listener.accept()
        try:
            learned = _converse(listener, connection)
        except (OSError, ValueError, KeyError, TypeError):
            learned = []  # a request nobody can read, or a machine without memory: the other end sees us hang up
        finally:
            connection.close()
        if learned and _own_bytes() - at_first < KEPT_BYTES:
            for module in learned:
                with suppress(Exception):  # it was imported a moment ago; if not here, then each time anew
                    importlib.import_module(module)
            gc.freeze()


def _converse(listener: socket.socket, connection: socket.socket) -> list[str]:
    """Hand a request to a supervision of its own; return the modules of Airflow it had to import."""
    request = _read(connection)
    learning, learned = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(listener.detach())
            os.close(learning)
            supervise(connection, request, learned, parent)
        finally:
            os._exit(0)
    os.close(learned)
    connection.close()
    try:
        return [str(name) for name in _hear_out(learning, float(request["seconds"]) + GRACE_SECONDS)]
    finally:
        os.close(learning)
        _clear_away(pid)


def _hear_out(learning: int, seconds: float) -> list[Any]:
    """Read until the supervision has ended, or its time has."""
    deadline, heard = time.monotonic() + seconds, b""
    while (left := deadline - time.monotonic()) > 0 and select.select([learning], [], [], left)[0]:
        chunk = os.read(learning, MOST_BYTES)
        if not chunk:
            break
        heard += chunk
    return list(json.loads(heard)) if heard else []


def _clear_away(supervision: int) -> None:
    """Kill and reap everything below this process. As their reaper, all that a check left behind is our child."""
    deadline = time.monotonic() + GRACE_SECONDS
    with suppress(OSError):
        os.kill(supervision, signal.SIGKILL)  # it has ended, or its time has
    with suppress(ChildProcessError):
        os.waitpid(supervision, 0)
        while time.monotonic() < deadline:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                for left in _descendants():
                    with suppress(OSError):
                        os.kill(left, signal.SIGKILL)
                time.sleep(0.005)


def _descendants() -> list[int]:
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc") if sys.platform == "linux" else []:  # noqa: PTH208
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{entry}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1]
                parents[int(entry)] = int(fields.split()[1])
    found, below = [], {os.getpid()}
    while below := {pid for pid, parent in parents.items() if parent in below}:
        found.extend(below)
    return found


def _read(connection: socket.socket) -> dict[str, Any]:
    connection.settimeout(REQUEST_SECONDS)
    received = b""
    while not received.endswith(b"\n"):
        chunk = connection.recv(MOST_BYTES)
        if not chunk or len(received) > MOST_BYTES:
            raise ValueError("no whole request")
        received += chunk
    connection.settimeout(None)
    return dict(json.loads(received))


def _listen(path: Path) -> socket.socket:
    """Listen at a path of any length: the kernel's limit is 107 characters, so it is named from its folder."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        named = f"/proc/self/fd/{folder}/{path.name}" if sys.platform == "linux" else str(path)
        listener.bind(named)
        path.chmod(0o600)
    finally:
        os.close(folder)
    listener.listen(8)
    return listener


def _own_bytes() -> int:
    """Return the memory only this process has."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    private = [line.split() for line in lines if line.startswith("Private_Dirty:")]
    return sum(int(line[1]) for line in private) * 1024


if __name__ == "__main__":
    warm()
    gc.freeze()
    serve(sys.argv[1])
