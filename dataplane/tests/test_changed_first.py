"""What a release changed is parsed first, from that release, whatever lies in the dag-processor's queue."""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hangar_airflow.changed_first import changed_files, parse_changed_first


@dataclass(frozen=True)
class FileInfo:
    """As Airflow 3.3.1 has it: the folder takes no part in a comparison."""

    rel_path: Path
    bundle_name: str = "releases"
    bundle_path: Path | None = field(compare=False, default=None)
    bundle_version: str | None = None


class Bundle:
    name = "releases"

    def __init__(self, root):
        self.root, self.live = root, "r1"

    @property
    def path(self):
        return self.root / self.live


@pytest.fixture
def root(tmp_path):
    """Two releases: `same.py` is one file linked twice, `changed.py` is not."""
    for release in ("r1", "r2"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "changed.py").write_text(release)
    (tmp_path / "r1" / "same.py").write_text("same")
    (tmp_path / "r2" / "same.py").hardlink_to(tmp_path / "r1" / "same.py")
    (tmp_path / "r2" / "new.py").write_text("new")
    return tmp_path


def manager_of(root, bundle_class=Bundle):
    class Manager:
        """The parts of DagFileProcessorManager that are used."""

        def __init__(self):
            self._dag_bundles = [Bundle(root)]
            self._file_queue = OrderedDict()
            self._processors = {}

        def _refresh_dag_bundles(self, known_files):
            bundle = self._dag_bundles[0]
            known_files["releases"] = {
                FileInfo(Path(each.name), bundle_path=bundle.path) for each in sorted(bundle.path.iterdir())
            }

        def _add_files_to_queue(self, files, *, mode):
            assert mode == "frontprio"
            for file in files:
                self._file_queue.pop(file, None)
                self._file_queue[file] = None
                self._file_queue.move_to_end(file, last=False)

    parse_changed_first(Manager, bundle_class)
    return Manager()


def queued(manager):
    return [(str(file.rel_path), file.bundle_path and file.bundle_path.name) for file in manager._file_queue]


def swapped_manager(root):
    """Make a manager whose bundle moves to r2 during its next look."""
    manager = manager_of(root)
    bundle = manager._dag_bundles[0]
    known = {"releases": {FileInfo(Path(name), bundle_path=bundle.path) for name in ("changed.py", "same.py")}}
    manager._file_queue = OrderedDict(
        (FileInfo(Path(name), bundle_path=bundle.path), None) for name in ("same.py", "changed.py")
    )
    inner = bundle.__class__

    class Moving(inner):
        looks = 0

        @property
        def path(self):
            Moving.looks += 1
            return self.root / ("r1" if Moving.looks == 1 else "r2")

    bundle.__class__ = Moving
    return manager, known


def test_the_changed_file_comes_first_and_everything_queued_is_read_from_the_new_release(root):
    manager, known = swapped_manager(root)
    manager._refresh_dag_bundles(known_files=known)
    assert queued(manager)[-1] == ("same.py", "r2")
    assert {name for name, _ in queued(manager)[:-1]} == {"changed.py", "new.py"}
    assert {release for _, release in queued(manager)} == {"r2"}


def test_a_callback_pinned_to_an_older_release_stays_with_it(root):
    manager, known = swapped_manager(root)
    pinned = FileInfo(Path("same.py"), bundle_path=root / "r0", bundle_version="r0")
    manager._file_queue[pinned] = None
    manager._refresh_dag_bundles(known_files=known)
    assert ("same.py", "r0") in queued(manager)


def test_a_file_whose_older_bytes_are_being_parsed_waits_and_is_not_lost(root):
    manager, known = swapped_manager(root)
    manager._file_queue.clear()
    busy = FileInfo(Path("changed.py"), bundle_path=root / "r1")
    manager._processors[busy] = "running"
    manager._refresh_dag_bundles(known_files=known)
    assert [name for name, _ in queued(manager)] == ["new.py"]
    manager._processors.clear()
    manager._refresh_dag_bundles(known_files=known)
    assert queued(manager)[0] == ("changed.py", "r2")


def test_nothing_is_queued_while_the_release_stays(root):
    manager = manager_of(root)
    manager._refresh_dag_bundles(known_files={})
    manager._refresh_dag_bundles(known_files={})
    assert queued(manager) == []


def test_other_bundles_and_other_airflows_are_left_alone(root):
    manager = manager_of(root, bundle_class=str)
    manager._refresh_dag_bundles(known_files={})
    assert queued(manager) == []

    class Older:
        pass

    parse_changed_first(Older, Bundle)
    assert not hasattr(Older, "_refresh_dag_bundles")


def test_equal_bytes_are_one_file(root):
    files = [FileInfo(Path(name)) for name in ("changed.py", "same.py", "new.py", "nowhere.py")]
    assert [str(file.rel_path) for file in changed_files(files, root / "r1", root / "r2")] == ["changed.py", "new.py"]
