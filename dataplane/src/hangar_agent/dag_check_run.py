"""Carries out a check: turns trees of files into folders, imports into outcomes, within a bound of time."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

from hangar_agent.dag_check import DagCheck, OutOfTime, Verdict
from hangar_agent.dag_check_error import ImportFailure, ended_failure, read_failure
from hangar_agent.dag_check_knowledge import Imported, Knowledge, Tree
from hangar_agent.dag_check_link import CheckerAway, CheckerLost, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.dag_check import Why
    from hangar_agent.dag_check_link import CheckerLink

CHECK_SECONDS = 90.0
"""The control plane waits 120 s for an answer; storing and a slow machine need the rest, staging comes off this."""
LEAST_CHECK_SECONDS = 15.0
"""What is left for imports however long staging took: an answer that comes too late is only not listened to."""
SECONDS_FOR = {"unknown": 15.0, "new": 5.0}
"""Of that, what goes into files that nobody may be waiting for: a thousand new ones go live all the same."""
SURVEY_SECONDS = 60.0
SURVEY_NICENESS = 15
LIST_SECONDS = 30.0


class DagChecks:
    """Makes checks, and surveys the live release while there is nothing to check. Used from one thread."""

    def __init__(
        self,
        link: CheckerLink,
        trials: Path,
        superseded: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._trials = trials
        self._superseded = superseded
        self._clock = clock
        self._known = Knowledge()
        self._listed: tuple[Path, list[str]] | None = None
        self._too_slow: set[tuple[str, str]] = set()
        """Files, with their bytes, for which a survey had no time: a check may still find out, a survey does not."""
        self._clear()

    def check(
        self, base: tuple[Tree, Path | None], candidate: tuple[Tree, Path], waited_seconds: float = 0.0
    ) -> Verdict:
        """Return the verdict on a candidate, given as files and the folder they are in; no folder for no base.

        `waited_seconds` have passed since it became one. Raises CheckerAway, Superseded.
        """
        deadline = self._clock() + max(CHECK_SECONDS - waited_seconds, LEAST_CHECK_SECONDS)
        folders = [candidate] if base[1] is None else [(base[0], base[1]), candidate]

        spent: dict[Why, float] = {}

        def look(tree: Tree, path: str, why: Why) -> Imported:
            began = self._clock()
            left = deadline - began
            if left < 1 or spent.get(why, 0.0) > SECONDS_FOR.get(why, CHECK_SECONDS):
                raise OutOfTime
            try:
                return import_in(tree, path, left)
            finally:
                spent[why] = spent.get(why, 0.0) + self._clock() - began

        def import_in(tree: Tree, path: str, left: float) -> Imported:
            folder = next((known for each, known in folders if each is tree), None)
            if folder is None:
                folder = self._trial(tree, folders)
                folders.append((tree, folder))
            return self._import(folder, path, left, niceness=0)

        try:
            return DagCheck(base[0], candidate[0], self._known, look).run(self._list(candidate))
        finally:
            self._clear()

    def survey(self, live: tuple[Tree, Path]) -> bool:
        """Import one file of the live release that nothing is known of, at low priority; False when there is none.

        Small files come first: they take least, and of two hundred most are known before a large one has its turn.
        Raises CheckerAway, Superseded.
        """
        tree, folder = live
        if self._listed is None or self._listed[0] != folder:
            self._known.forget_all_but(tree.files.keys())
            self._too_slow = {each for each in self._too_slow if tree.files.get(each[0]) == each[1]}
        unknown = (
            path
            for path in self._list(live, patient=False)
            if self._known.recall(path, tree) is None and (path, tree.files[path]) not in self._too_slow
        )
        path = min(unknown, key=lambda path: _size(folder / path), default=None)
        if path is None:
            return False
        try:
            imported = self._import(folder, path, SURVEY_SECONDS, niceness=SURVEY_NICENESS, patient=False)
            self._known.learn(path, tree, imported)
        except OutOfTime:
            self._too_slow.add((path, tree.files[path]))
        return True

    def known(self, path: str, tree: Tree) -> Imported | None:
        """Return what came of a file's import in a tree, as far as it was seen."""
        return self._known.recall(path, tree)

    def _list(self, release: tuple[Tree, Path], *, patient: bool = True) -> list[str]:
        """Return what Airflow takes for DAG files in a release."""
        tree, folder = release
        if self._listed is None or self._listed[0] != folder:
            reply = self._link.ask(Request(folder, None, LIST_SECONDS), self._superseded, patient=patient)
            if not isinstance(reply.get("files"), list):
                raise CheckerAway(f"the DAG files could not be listed: {reply.get('problem') or reply.get('ended')}")
            self._listed = folder, [path for path in reply["files"] if path in tree.files]
        return self._listed[1]

    def _import(self, folder: Path, path: str, seconds: float, *, niceness: int, patient: bool = True) -> Imported:
        request = Request(folder, path, seconds, niceness)
        try:
            reply = self._link.ask(request, self._superseded, patient=patient)
        except CheckerLost:
            try:  # the dag-processor may have been restarted just then
                reply = self._link.ask(request, self._superseded)
            except CheckerLost as error:
                reply = {"ended": f"ended the interpreter that imports DAG files ({error})"}
        if reply.get("outOfTime"):
            raise OutOfTime
        return read_reply(reply, folder, path)

    def _trial(self, tree: Tree, sources: list[tuple[Tree, Path]]) -> Path:
        """Return a folder with the files of a tree, each linked from a source that has these bytes."""
        folder = self._trials / str(len(sources))
        for path, sha256 in tree.files.items():
            source = next(place for known, place in sources if known.files.get(path) == sha256)
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                target.hardlink_to(source / path)
            except OSError:  # a file system without hard links, or too many of them
                shutil.copyfile(source / path, target)
        return folder

    def _clear(self) -> None:
        shutil.rmtree(self._trials, ignore_errors=True)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # the release was pruned meanwhile
        return 0


def read_reply(reply: dict[str, Any], folder: Path, path: str) -> Imported:
    """Return what the checker's reply says of a file."""
    failure: ImportFailure | None = None
    errors = reply.get("errors") or {}
    if reply.get("ended"):
        failure = ended_failure(path, str(reply["ended"]))
    elif reply.get("problem"):
        failure = ended_failure(path, f"could not be tried: {reply['problem']}")
    elif errors:
        text = errors.get(path) or errors.get(str(folder / path)) or next(iter(errors.values()))
        failure = read_failure(str(text), path, [str(folder)])
    return Imported(
        tuple(str(each) for each in reply.get("dagIds") or ()),
        failure,
        frozenset(str(each) for each in reply.get("opened") or ()) | {path},
        frozenset(str(each) for each in reply.get("sought") or ()),
        frozenset(str(each) for each in reply.get("listed") or ()),
    )
