"""A check imports from the folder whose bytes it asks about, within its time, and leaves nothing on the disk."""

import hashlib

import pytest

from hangar_agent.dag_check_knowledge import Tree
from hangar_agent.dag_check_link import CheckerAway, CheckerLost
from hangar_agent.dag_check_run import DagChecks


class FakeLink:
    """A checker for which a file imports unless its text says `broken`; each import takes `seconds` of `clock`."""

    def __init__(self, seconds=0.0):
        self.now, self.seconds = 0.0, seconds
        self.slow = set()
        self.imported, self.lost, self.away = [], 0, False

    def ask(self, request, _superseded, *, patient=True):  # noqa: ARG002
        if self.away:
            raise CheckerAway("none")
        if request.path is None:
            return {"files": sorted(str(each.relative_to(request.root)) for each in request.root.rglob("*.py"))}
        self.now += self.seconds
        self.imported.append((request.root.name, request.path))
        if request.path in self.slow:
            return {"outOfTime": True}
        if self.lost:
            self.lost -= 1
            raise CheckerLost("it hung up")
        text = (request.root / request.path).read_text()
        opened, errors = [request.path], {}
        for line in text.splitlines():
            if line.startswith("needs "):
                opened.append(line[6:])
                text += (request.root / line[6:]).read_text()
        if "broken" in text:
            errors = {request.path: f'  File "{request.root}/{request.path}", line 1\nValueError: broken\n'}
        return {"dagIds": [request.path], "errors": errors, "opened": opened, "sought": []}


def release(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Tree({path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}), folder


@pytest.fixture
def make(tmp_path):
    def checks(link):
        return DagChecks(link, tmp_path / "trials", lambda: False, clock=lambda: link.now)

    return checks


def test_a_broken_file_is_tried_in_a_tree_with_its_old_bytes_which_is_gone_afterwards(make, tmp_path):
    link = FakeLink()
    base = release(tmp_path / "r1", {"a.py": "needs lib.py", "b.py": "needs lib.py", "lib.py": "1"})
    candidate = release(tmp_path / "r2", {"a.py": "needs lib.py\nbroken", "b.py": "needs lib.py", "lib.py": "2"})
    verdict = make(link).check(base, candidate)
    assert verdict.held == {"a.py": "a.py: ValueError: broken"}
    assert verdict.files["a.py"].now.failure.line == 1
    assert {root for root, _ in link.imported} == {"r1", "r2", "2"}
    assert not (tmp_path / "trials").exists()


def test_trees_left_by_a_crash_are_removed_at_the_start(make, tmp_path):
    (tmp_path / "trials" / "2").mkdir(parents=True)
    make(FakeLink())
    assert not (tmp_path / "trials").exists()


def test_after_a_survey_a_change_of_one_file_imports_one_file(make, tmp_path):
    link = FakeLink()
    checks = make(link)
    files = {f"d{number}.py": "1" for number in range(200)}
    base = release(tmp_path / "r1", files)
    while checks.survey(base):
        pass
    link.imported.clear()
    checks.check(base, release(tmp_path / "r2", {**files, "d7.py": "2"}))
    assert link.imported == [("r2", "d7.py")]


def test_a_survey_takes_small_files_first_and_is_not_kept_by_one_that_takes_too_long(make, tmp_path):
    link = FakeLink()
    link.slow = {"b.py"}
    checks = make(link)
    base = release(tmp_path / "r1", {"a.py": "1" * 900, "b.py": "1" * 20, "c.py": "1" * 300})
    while checks.survey(base):
        assert len(link.imported) < 10
    assert [path for _, path in link.imported] == ["b.py", "c.py", "a.py"]
    link.imported.clear()
    while checks.survey(release(tmp_path / "r2", {"a.py": "1" * 900, "b.py": "2", "c.py": "1" * 300})):
        assert len(link.imported) < 10
    assert [path for _, path in link.imported] == ["b.py"]


def test_a_thousand_new_files_do_not_keep_the_release_waiting(make, tmp_path):
    link = FakeLink(seconds=0.5)
    verdict = make(link).check(
        release(tmp_path / "r1", {}), release(tmp_path / "r2", {f"d{number}.py": "1" for number in range(1000)})
    )
    assert link.now < 10
    assert {file.now is None for file in verdict.files.values()} == {True, False}
    assert len(verdict.files) == 1000


def test_a_check_answers_before_the_control_plane_gives_up(make, tmp_path):
    link = FakeLink(seconds=7)
    files = {f"d{number}.py": "1" for number in range(100)}
    changed = dict.fromkeys(files, "2")
    verdict = make(link).check(release(tmp_path / "r1", files), release(tmp_path / "r2", changed))
    assert link.now < 100
    assert verdict.files["d99.py"].now is None


def test_time_that_staging_took_comes_off_a_checks_own_but_never_all_of_it(make, tmp_path):
    files = {f"d{number}.py": "1" for number in range(100)}
    trees = release(tmp_path / "r1", files), release(tmp_path / "r2", dict.fromkeys(files, "2"))
    for waited, most in ((60, 40), (600, 25)):
        link = FakeLink(seconds=7)
        verdict = make(link).check(*trees, waited)
        assert link.now < most
        assert verdict.files["d0.py"].now.dag_ids == ("d0.py",)


def test_a_checker_lost_once_is_asked_again_and_one_lost_twice_by_a_file_is_that_files_fault(make, tmp_path):
    link = FakeLink()
    base, candidate = release(tmp_path / "r1", {"a.py": "1"}), release(tmp_path / "r2", {"a.py": "2"})
    link.lost = 1
    assert make(link).check(base, candidate).held == {}
    link.lost = 2
    assert "ended the interpreter" in make(link).check(base, candidate).held["a.py"]


def test_without_a_checker_there_is_no_verdict(make, tmp_path):
    link = FakeLink()
    link.away = True
    with pytest.raises(CheckerAway):
        make(link).check(release(tmp_path / "r1", {}), release(tmp_path / "r2", {"a.py": "1"}))
