"""The process that imports one DAG file: bound in time by its parent, in memory by the kernel, heard by nobody.

It tells its parent what it opens as it opens it, so that something is known even of a file that never returns.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hangar_airflow import check_import, check_questions

if TYPE_CHECKING:
    import socket

PR_SET_PDEATHSIG = 1
MEMORY_BYTES = 1 << 30
"""What an import may allocate beyond what the process has when it begins."""
MOST_TEXT = 20_000


def become_child(request: dict[str, Any], result: int, line: socket.socket, above: int) -> None:
    """Do what the request says, tell `result` (a pipe) in lines of JSON, and end this process. Never returns."""
    try:
        bind_to(above)
        _be_unheard()
        _be_bounded(int(request.get("nice", 0)))

        def tell(fields: dict[str, Any]) -> None:
            os.write(result, json.dumps(fields).encode() + b"\n")

        root = Path(request["root"])
        if request["ask"] == "list":
            tell({"done": {"files": check_import.list_dag_files(root)}})
        else:
            _import(root, request["path"], line, tell)
    except BaseException as error:  # noqa: BLE001 - the process ends here: what went wrong is its last word
        os.write(result, json.dumps({"done": {"problem": f"{type(error).__name__}: {error}"[:500]}}).encode() + b"\n")
    finally:
        os._exit(0)


def bind_to(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends. `parent` is the forking process's id."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _import(root: Path, path: str, line: socket.socket, tell: Any) -> None:
    loaded = set(sys.modules)
    watched = check_import.OpenedFiles(root, lambda what, path: tell({what: path}))
    if "airflow.sdk" in sys.modules:
        check_questions.ask_above(line)
    watched.watch()
    dag_ids, errors = check_import.import_dag_file(root, path)
    learned = [name for name in set(sys.modules) - loaded if name.startswith("airflow.")]
    texts = {file: check_import.redact(text[-MOST_TEXT:]) for file, text in errors.items()}
    tell({"done": {"dagIds": sorted(dag_ids), "errors": texts, "sought": watched.sought()}, "learned": sorted(learned)})


def _be_unheard() -> None:
    """Lead a process group, so that all of it can be killed; say nothing, hear nothing."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


def _be_bounded(niceness: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _data_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if niceness:
        os.nice(niceness)


def _data_bytes() -> int:
    """Return what RLIMIT_DATA counts of this process now."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return MEMORY_BYTES
    return int(status.partition("VmData:")[2].split()[0]) * 1024
