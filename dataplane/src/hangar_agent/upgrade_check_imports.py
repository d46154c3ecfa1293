"""Imports every DAG file of a release once, in an Airflow that is not the one that runs them: an upgrade's target.

A checker of its own (hangar_airflow/check_server.py) forks a process for each file, bound in time and memory: a file
that loops, exits or eats memory harms only what is said of itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hangar_agent.dag_check_link import CheckerAway, CheckerLink, CheckerLost, Request
from hangar_agent.dag_check_run import read_reply
from hangar_agent.launch import launch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.dag_check_knowledge import Imported
    from hangar_agent.launch import Running
    from hangar_agent.supervisor import Guard

LIST_SECONDS = 60.0
START_SECONDS = 600.0
"""Importing Airflow takes seconds, and minutes on a machine that is busy; nobody is kept from anything meanwhile."""
NICENESS = 10
"""The tasks of the environment may share the machine with a check, which nobody waits for as for them."""


class ImportsFailed(Exception):
    """No DAG file could be imported, or even listed, through no fault of one file; `str()` says why."""


def checker_link(python: Path, environment: dict[str, str], folder: Path, guard: Guard) -> CheckerLink:
    """Return a line to a checker that is started in `folder`, and started again where a file has ended it."""

    def start(socket: Path) -> Running:
        command = [str(python), "-m", "hangar_airflow.check_server", str(socket)]
        running = launch(command, environment, NICENESS, folder)
        guard.add(running.pid)
        return running

    return CheckerLink(
        folder / "no-other-checker",
        folder / "checker",
        start,
        fallback_seconds=0,
        patience_seconds=START_SECONDS,
    )


def import_all(
    link: CheckerLink, root: Path, seconds: float, clock: Callable[[], float] = time.monotonic
) -> dict[str, Imported | None]:
    """Return what came of each DAG file below `root`, by path; None for those that `seconds` were too short for.

    Raises ImportsFailed.
    """
    try:
        listed = link.ask(Request(root, None, LIST_SECONDS), _never)
        deadline = clock() + seconds
        if not isinstance(listed.get("files"), list):
            raise ImportsFailed(f"the DAG files cannot be listed: {listed.get('problem') or listed.get('ended')}")
        found: dict[str, Imported | None] = {}
        for path in map(str, listed["files"]):
            left = deadline - clock()
            found[path] = _import(link, root, path, left) if left > 1 else None
    except CheckerAway as error:
        raise ImportsFailed(
            "the Airflow of this version that imports them did not start, or ended again and again"
        ) from error
    except CheckerLost as error:
        raise ImportsFailed(f"the Airflow that imports them does not answer: {error}") from error
    return found


def _import(link: CheckerLink, root: Path, path: str, seconds: float) -> Imported | None:
    request = Request(root, path, seconds)
    try:
        reply = link.ask(request, _never)
    except CheckerLost:
        try:  # it may have ended for another reason: only what ends it twice is the file's own doing
            reply = link.ask(request, _never)
        except CheckerLost as error:
            reply = {"ended": f"ended the interpreter that imports DAG files ({error})"}
    return None if reply.get("outOfTime") else read_reply(reply, root, path)


def _never() -> bool:
    return False
