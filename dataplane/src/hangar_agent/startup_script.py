"""Runs the user's startup.sh once, with bash, and finds out what it exported."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hangar_agent.layer_process import run_bounded
from hangar_agent.startup_variables import read_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.supervisor import Guard

LIMIT_SECONDS = 295
"""MWAA's five minutes, less five seconds."""
MOST_RECORD_BYTES = 4 << 20
LARGEST = 1 << 20

# Sourced, so that what it exports is seen; recorded at whatever end it comes to. Nothing here is exported itself.
WRAPPER = r"""
__hangar_env=$(type -P env) __hangar_script=$1 __hangar_record=$2
"$__hangar_env" -0 >"$__hangar_record.before"
__hangar_end() { local code=$?; trap - EXIT; set +e; "$__hangar_env" -0 >|"$__hangar_record"; exit "$code"; }
trap __hangar_end EXIT
set --
source "$__hangar_script"
__hangar_end
"""


class StartupFailed(Exception):
    """The script did not end well; `str()` says how. `output` is the last of what it printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


class StartupStopped(Exception):
    """The task was told to stop meanwhile."""


@dataclass(frozen=True, slots=True)
class StartupEnd:
    """A script that ended well."""

    before: dict[str, str] = field(repr=False)
    """The environment it was given, as bash saw it: a start through Python may add to it."""
    after: dict[str, str] = field(repr=False)
    output: str


def run_startup_script(
    script: Path,
    environment: dict[str, str],
    folder: Path,
    guard: Guard,
    *,
    on_line: Callable[[str], None] | None = None,
    told_to_stop: Callable[[], bool] = lambda: False,
    keep_background: bool = False,
    seconds: float = LIMIT_SECONDS,
) -> StartupEnd:
    """Run `script` in `folder/work`, made empty first. Raises StartupFailed, StartupStopped.

    `keep_background`: daemons it started stay, as long as this process lives.
    """
    bash = shutil.which("bash", path=environment.get("PATH")) or shutil.which("bash") or "/bin/bash"
    work, record, before = folder / "work", folder / "environment", folder / "environment.before"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    for file in (before, record):
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
    ended = run_bounded(
        [bash, "-c", WRAPPER, "startup.sh", str(script), str(record)],
        environment,
        work,
        seconds,
        guard,
        on_line=on_line,
        told_to_stop=told_to_stop,
        keep_background=keep_background,
    )
    given, left = (file.read_bytes()[:MOST_RECORD_BYTES] for file in (before, record))
    before.unlink()
    record.unlink()
    if ended.stopped:
        raise StartupStopped
    if ended.timed_out:
        said = f"startup.sh did not end within {seconds:.0f} seconds and was stopped. Let it do less, or wait for less."
        raise StartupFailed(said, ended.output)
    if ended.code != 0:
        raise StartupFailed(_why(script, ended.code), ended.output)
    if not left:
        said = "startup.sh ended before its variables could be read: it uses exec, or a trap on EXIT. Leave that out."
        raise StartupFailed(said, ended.output)
    return StartupEnd(read_record(given), read_record(left), ended.output)


def _why(script: Path, code: int) -> str:
    ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    hint = "Its last output says why; correct it and upload it again."
    if b"\r\n" in script.read_bytes()[:LARGEST]:
        hint = "It has Windows line ends (CRLF), which bash takes for a part of its commands: save it with LF."
    return f"startup.sh {ended}. {hint}"
