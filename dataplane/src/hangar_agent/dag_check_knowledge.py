"""What is known of DAG files that were imported: by content, so that it holds for every release with the same bytes.

An outcome depends on the bytes of each file that was opened, on the names in each folder that was listed, and on there
being nothing else where the import looked for modules. While these are unchanged it need not be found out again. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from hangar_agent.dag_check_error import ImportFailure

KEPT_OF_A_FILE = 4


@dataclass(frozen=True)
class Tree:
    """The files of a release: path to sha256."""

    files: Mapping[str, str]

    def places(self, modules: Iterable[str]) -> frozenset[str]:
        """Return the files that an import of these modules may find, whatever folder of the release it looks in."""
        found: set[str] = set()
        for module in modules:
            parts = module.split(".")
            for end in range(1, len(parts) + 1):
                found.update(self._by_ending.get("/".join(parts[:end]), ()))
        return frozenset(found)

    def names_in(self, folder: str) -> frozenset[str]:
        """Return what a listing of a folder of the release gives: files and folders. The root is the empty string."""
        return self._by_folder.get(folder, frozenset())

    def with_files_of(self, other: Tree, paths: Iterable[str]) -> Tree:
        """Return this tree with some paths as they are in the other; without those the other does not have."""
        files = dict(self.files)
        for path in paths:
            if path in other.files:
                files[path] = other.files[path]
            else:
                files.pop(path, None)
        return Tree(files)

    @cached_property
    def _by_folder(self) -> dict[str, frozenset[str]]:
        index: dict[str, set[str]] = {}
        for path in self.files:
            parts = path.split("/")
            for depth, name in enumerate(parts):
                index.setdefault("/".join(parts[:depth]), set()).add(name)
        return {folder: frozenset(names) for folder, names in index.items()}

    @cached_property
    def _by_ending(self) -> dict[str, list[str]]:
        """Files by the end of their path, without suffix, and by the end of their folder's path: `b` of `a/b/c.py`."""
        index: dict[str, list[str]] = {}
        for path in self.files:
            if not path.endswith(".py"):
                continue
            module = path.removesuffix(".py").split("/")
            for parts in (module, module[:-1]):
                for begin in range(len(parts)):
                    index.setdefault("/".join(parts[begin:]), []).append(path)
        return index


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of importing a file, and what that depended on."""

    dag_ids: tuple[str, ...] = ()
    failure: ImportFailure | None = None
    opened: frozenset[str] = frozenset()
    sought: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    """Folders of the release whose names the import asked for, as a glob does."""

    @property
    def works(self) -> bool:
        """Tell whether it imported."""
        return self.failure is None

    @property
    def broken(self) -> bool:
        """Tell whether it failed by a fault of its own: not for want of a Variable, nor because a check only reads."""
        return self.failure is not None and self.failure.missing is None and not self.failure.unanswered


@dataclass(frozen=True, slots=True)
class _Record:
    imported: Imported
    saw: dict[str, str | None]
    places: frozenset[str]
    names: dict[str, frozenset[str]]

    def holds_in(self, tree: Tree) -> bool:
        return (
            all(tree.files.get(path) == sha256 for path, sha256 in self.saw.items())
            and all(tree.names_in(folder) == names for folder, names in self.names.items())
            and tree.places(self.imported.sought) == self.places
        )


class Knowledge:
    """Outcomes by path. Not safe for threads: one loop learns and recalls."""

    def __init__(self) -> None:
        self._records: dict[str, list[_Record]] = {}

    def learn(self, path: str, tree: Tree, imported: Imported) -> None:
        """Remember an outcome of the file at `path` in a tree."""
        saw = {each: tree.files.get(each) for each in {path, *imported.opened}}
        names = {folder: tree.names_in(folder) for folder in imported.listed}
        record = _Record(imported, saw, tree.places(imported.sought), names)
        others = [each for each in self._records.get(path, []) if not each.holds_in(tree)]
        self._records[path] = [record, *others][:KEPT_OF_A_FILE]

    def recall(self, path: str, tree: Tree) -> Imported | None:
        """Return what is known of the file at `path` as it is in a tree; None when that was never seen."""
        return next((each.imported for each in self._records.get(path, []) if each.holds_in(tree)), None)

    def forget_all_but(self, paths: Collection[str]) -> None:
        """Keep what is known of these paths only."""
        self._records = {path: records for path, records in self._records.items() if path in paths}
