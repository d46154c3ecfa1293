"""Checks a candidate: which files to import, which of them are newly broken, and whose old bytes to serve instead.

Everything that touches disk or processes is behind `look`, so the rule can be tried on any graph of files. The rule:
a file that worked in the base release and does not in the candidate makes culprits; they get the base's bytes in a
trial, and what depends on them is looked at again, until nothing newly broken is left. A new file is left out only
where it breaks what worked, and nothing is held for want of a Variable or Connection: nothing that worked is lost,
nothing else is prevented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from hangar_agent.dag_check_knowledge import Imported, Knowledge, Tree

if TYPE_CHECKING:
    from collections.abc import Collection

Before = Literal["ok", "failed", "new", "unknown"]
TRIALS = 5
IGNORE_FILE = ".airflowignore"


class OutOfTime(Exception):
    """There is no time left to import another file."""


Why = Literal["changed", "depends", "unknown", "new"]
"""Why a file is looked at, most telling first: its own bytes changed; what it needs did; nothing is known of it; it was
not there before, so that nothing can depend on the answer but what people read."""
ORDER: tuple[Why, ...] = ("changed", "depends", "unknown", "new")


class Look(Protocol):
    """Imports the file at `path` in a tree of files, and says what came of it. Raises OutOfTime."""

    def __call__(self, tree: Tree, path: str, why: Why) -> Imported:
        """Import."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What is said of one file: None for the import that was not made any more."""

    now: Imported | None
    before: Before


@dataclass(slots=True)
class Verdict:
    """What the check found."""

    files: dict[str, CheckedFile] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    """Paths whose base bytes are to be served, and because of what."""


class DagCheck:
    """One check of a candidate against its base. `known` is what earlier imports found; it learns what this one finds.

    Of what is known only success is relied on: a failure may have had a cause outside the files.
    """

    def __init__(self, base: Tree, candidate: Tree, known: Knowledge, look: Look, trials: int = TRIALS) -> None:
        self._base = base
        self._candidate = candidate
        self._known = known
        self._fresh = Knowledge()
        self._look = look
        self._trials = trials
        self._before: dict[str, Before] = {}
        self._dag_paths: frozenset[str] = frozenset()
        self._changed = {path for path, sha256 in base.files.items() if candidate.files.get(path) != sha256}
        """Changed or deleted: what can be held."""
        self._added = set(candidate.files.keys() - base.files.keys())
        """Held only where nothing else explains why something broke: it is then left out."""
        self._may_touch_all = bool(self._changed) or any(not path.endswith(".py") for path in self._added)
        """Whether the outcome of a file nothing is known of may be another: a new module changes none of those."""
        self._ignoring = [path.removesuffix(IGNORE_FILE) for path in self._changed | self._added if _ignores(path)]
        """Folders below which other files may count as DAG files now."""

    def run(self, dag_paths: Collection[str]) -> Verdict:
        """Return the verdict. `dag_paths`: what Airflow takes for DAG files in the candidate."""
        self._dag_paths = frozenset(dag_paths)
        verdict = Verdict()
        reasons = self._reasons(dag_paths)
        for path in sorted(reasons, key=lambda path: (ORDER.index(reasons[path]), path)):
            now = self._find_out(self._candidate, path, reasons[path])
            if now is None and reasons[path] == "unknown":
                continue  # it did not change, and there was no time to see whether what it needs did
            verdict.files[path] = CheckedFile(now, self._before_of(path, failed=now is not None and not now.works))
        broken = {path: file.now for path, file in verdict.files.items() if file.now and self._newly(path, file.now)}
        self._hold(broken, set(dag_paths), verdict)
        return verdict

    def _reasons(self, dag_paths: Collection[str]) -> dict[str, Why]:
        """Return the files whose outcome the change may have changed, and why. Additions alone change few."""
        reasons: dict[str, Why] = {}
        for path in dag_paths:
            known = self._known.recall(path, self._base)
            if path not in self._base.files:
                reasons[path] = "new"
            elif path in self._changed:
                reasons[path] = "changed"
            elif known is None:
                if any(path.startswith(folder) for folder in self._ignoring):
                    reasons[path] = "changed"  # Airflow may take it for a DAG file for the first time
                elif self._may_touch_all:
                    reasons[path] = "unknown"
            elif self._known.recall(path, self._candidate) is not known:
                reasons[path] = "depends"
        return reasons

    def _find_out(self, tree: Tree, path: str, why: Why = "changed") -> Imported | None:
        """Return what a file does in a tree; None when there is no time left to find out."""
        fresh = self._fresh.recall(path, tree)
        if fresh is not None:
            return fresh
        known = self._known.recall(path, tree)
        if known is not None and known.works:
            return known
        try:
            imported = self._look(tree, path, why)
        except OutOfTime:
            return None
        for knowledge in (self._fresh, self._known):
            knowledge.learn(path, tree, imported)
        return imported

    def _before_of(self, path: str, *, failed: bool) -> Before:
        """Return what a file did in the base. Only for one that fails now it is worth an import to know."""
        if path not in self._base.files:
            return "new"
        known = self._known.recall(path, self._base)
        if failed and not (known and known.works):
            known = self._find_out(self._base, path)
        if known is None or (known.failure and known.failure.unanswered):
            return "unknown"
        return "ok" if known.works else "failed"

    def _newly(self, path: str, now: Imported) -> bool:
        if not now.broken:
            return False
        if path not in self._before:
            self._before[path] = self._before_of(path, failed=True)
        return self._before[path] == "ok"

    def _hold(self, broken: dict[str, Imported], dag_paths: set[str], verdict: Verdict) -> None:
        tree = self._candidate
        for _ in range(self._trials):
            culprits = self._culprits(broken, set(verdict.held))
            if not culprits:
                return
            verdict.held |= culprits
            tree = self._candidate.with_files_of(self._base, verdict.held)
            broken = {}
            for path in sorted((dag_paths | (set(verdict.held) & self._known_dags())) & tree.files.keys()):
                now = self._in_trial(tree, path)
                if now is not None and self._newly(path, now):
                    broken[path] = now
        if broken:
            verdict.held |= self._all_they_touch(broken, dag_paths, set(verdict.held))

    def _in_trial(self, tree: Tree, path: str) -> Imported | None:
        """Return what a file does in a trial; None for one that the change does not concern."""
        known = self._known.recall(path, self._base)
        if known is not None and self._known.recall(path, tree) is known and path in self._base.files:
            return None  # as in the base, in all it sees
        return self._find_out(tree, path)

    def _known_dags(self) -> set[str]:
        """Return deleted files that were DAG files in the base, as far as is known."""
        return {path for path in self._changed if (found := self._known.recall(path, self._base)) and found.dag_ids}

    def _culprits(self, broken: dict[str, Imported], held: set[str]) -> dict[str, str]:
        """Return what to hold for the broken files.

        For each the changed file in which the error was raised, else itself if it was changed, else every changed or
        deleted file it depends on, now or in the base; where there is none, what is new where it looked.
        """
        culprits: dict[str, str] = {}
        left = self._changed - held
        for path, now in broken.items():
            raised_in = now.failure.culprit if now.failure else None
            if raised_in in left:
                guilty = {str(raised_in)}
            elif path in left:
                guilty = {path}
            else:
                guilty = left & (now.opened | self._opened_in_base(path)) or self._additions_met_by(now) - held
            for each in sorted(guilty):
                if self._candidate_has_room_for(each):
                    culprits.setdefault(each, _because(path, now))
        return culprits

    def _additions_met_by(self, now: Imported) -> set[str]:
        """Return the new files an import met: opened, found as modules in another's place, or seen in a listing."""
        if now.failure and now.failure.culprit in self._added:
            return {now.failure.culprit}
        met = self._added & (now.opened | self._candidate.places(now.sought))
        # Of a folder that was listed, other people's new DAG files are not to blame.
        data = self._added - self._dag_paths
        return met or {path for path in data if any(_below(path, folder) for folder in now.listed)}

    def _all_they_touch(self, broken: dict[str, Imported], dag_paths: set[str], held: set[str]) -> dict[str, str]:
        """Return every change that the broken files see, and what is tied to them through other DAG files.

        All of these together are as they were in the base, where they worked.
        """
        name, now = next(iter(broken.items()))
        touched = set(held).union(*(self._touches(path) for path in broken))
        touches = {path: self._touches(path) for path in dag_paths if path in self._base.files}
        grown = True
        while grown:
            more = touched.union(*(each for each in touches.values() if each & touched))
            grown, touched = more != touched, more
        return {path: _because(name, now) for path in sorted(touched - held) if self._candidate_has_room_for(path)}

    def _touches(self, path: str) -> set[str]:
        now = self._fresh.recall(path, self._candidate) or self._known.recall(path, self._candidate)
        return self._changed & ((now.opened if now else frozenset()) | self._opened_in_base(path) | {path})

    def _opened_in_base(self, path: str) -> frozenset[str]:
        found = self._find_out(self._base, path) if path in self._base.files else None
        return found.opened if found else frozenset()

    def _candidate_has_room_for(self, path: str) -> bool:
        """Tell whether a path of the base can be put back: no folder has taken its name, no file its folder's."""
        parts = path.split("/")
        parents = {"/".join(parts[:end]) for end in range(1, len(parts))}
        files = self._candidate.files
        return not (parents & files.keys()) and not any(each.startswith(f"{path}/") for each in files)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _ignores(path: str) -> bool:
    return path == IGNORE_FILE or path.endswith(f"/{IGNORE_FILE}")


def _because(path: str, now: Imported) -> str:
    return f"{path}: {now.failure.message if now.failure else 'it does not import'}"[:1000]
