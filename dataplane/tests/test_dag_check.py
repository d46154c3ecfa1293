"""Nothing that worked is lost, whatever changes together; nothing else is held back. On any graph of files."""

import itertools
import random

import pytest

from hangar_agent.dag_check import TRIALS, DagCheck, OutOfTime
from hangar_agent.dag_check_error import ImportFailure
from hangar_agent.dag_check_knowledge import Imported, Knowledge, Tree


class World:
    """DAG files and helpers whose text is what they need: `needs` by content, and a set of broken contents.

    A content names the files it opens and, for each, the contents it can live with (None: any).
    """

    def __init__(self, needs, broken=(), missing=()):
        self.needs, self.broken, self.missing = needs, set(broken), set(missing)
        self.imports = []

    def __call__(self, tree, path, _why):
        self.imports.append(path)
        return self.outcome(tree, path)

    def outcome(self, tree, path):
        opened, sought, failure = [], [], None
        stack = [path]
        while stack and failure is None:
            file = stack.pop()
            if file in opened:
                continue
            sought.append(file.removesuffix(".py").replace("/", "."))
            content = tree.files.get(file)
            if content is None:
                failure = ImportFailure(f"no module {file}", 1, "…", opened[-1] if opened else path)
                break
            opened.append(file)
            if content in self.missing:
                failure = ImportFailure("no variable", 1, "…", file, missing="Variable x")
            if content in self.broken:
                failure = ImportFailure(f"{content} is broken", 1, "…", file)
            for needed, accepted in self.needs.get(content, {}).items():
                if accepted is not None and needed in tree.files and tree.files[needed] not in accepted:
                    failure = failure or ImportFailure(f"{content} cannot use {needed}", 1, "…", file)
                    opened.append(needed)
                stack.append(needed)
        return Imported((path,), failure, frozenset(opened), frozenset(sought))


def check(world, base, candidate, dags, known=None, trials=TRIALS):
    found = DagCheck(Tree(base), Tree(candidate), known or Knowledge(), world, trials)
    return found.run([path for path in dags if path in candidate])


def surveyed(world, base, dags):
    known, tree = Knowledge(), Tree(base)
    for path in dags:
        if path in base:
            known.learn(path, tree, world.outcome(tree, path))
    return known


BASE = {"a.py": "a1", "b.py": "b1", "lib.py": "l1"}
NEEDS = {"a1": {"lib.py": None}, "a2": {"lib.py": None}}
DAGS = ["a.py", "b.py"]


def test_of_a_surveyed_release_only_what_changed_and_what_depends_on_it_is_imported():
    world = World(NEEDS)
    verdict = check(world, BASE, {**BASE, "lib.py": "l2"}, DAGS, surveyed(world, BASE, DAGS))
    assert (world.imports, list(verdict.files), verdict.held) == (["a.py"], ["a.py"], {})
    assert verdict.files["a.py"].before == "ok"


def test_what_was_never_surveyed_is_imported_but_what_changed_comes_first():
    world = World(NEEDS)
    check(world, BASE, {**BASE, "b.py": "b2"}, DAGS)
    assert world.imports == ["b.py", "a.py"]


def test_a_newly_broken_file_is_held_and_the_reason_names_it():
    world = World(NEEDS, broken={"a2"})
    verdict = check(world, BASE, {**BASE, "a.py": "a2", "b.py": "b2"}, DAGS)
    assert verdict.held == {"a.py": "a.py: a2 is broken"}


def test_a_file_that_was_broken_before_or_is_new_is_served_as_it_is():
    world = World(NEEDS, broken={"a1", "a2", "c1"})
    verdict = check(world, BASE, {**BASE, "a.py": "a2", "c.py": "c1"}, [*DAGS, "c.py"])
    assert verdict.held == {}
    assert (verdict.files["a.py"].before, verdict.files["c.py"].before) == ("failed", "new")


def test_a_missing_variable_holds_nothing():
    assert check(World(NEEDS, missing={"a2"}), BASE, {**BASE, "a.py": "a2"}, DAGS).held == {}


def test_a_broken_helper_is_held_for_all_who_need_it_and_its_innocent_user_is_not():
    world = World(NEEDS, broken={"l2"})
    verdict = check(world, BASE, {**BASE, "lib.py": "l2", "a.py": "a2"}, DAGS)
    assert set(verdict.held) == {"lib.py"}


@pytest.mark.parametrize("survey", [True, False])
def test_a_deleted_helper_that_a_dag_still_needs_is_kept(survey):
    world = World(NEEDS)
    candidate = {path: sha256 for path, sha256 in BASE.items() if path != "lib.py"}
    known = surveyed(world, BASE, DAGS) if survey else None
    assert set(check(world, BASE, candidate, DAGS, known).held) == {"lib.py"}


def test_a_deleted_helper_that_nobody_needs_any_more_goes():
    world = World({"a1": {"lib.py": None}})
    assert check(world, BASE, {"a.py": "a2", "b.py": "b1"}, DAGS).held == {}


def test_a_helper_and_its_user_that_only_fit_together_are_held_together():
    world = World({"a1": {"lib.py": {"l1"}}, "a2": {"lib.py": {"l2"}}}, broken={"a2"})
    verdict = check(world, BASE, {**BASE, "lib.py": "l2", "a.py": "a2"}, DAGS)
    assert set(verdict.held) == {"a.py", "lib.py"}


def test_a_helper_that_is_deleted_and_comes_back_makes_its_users_worth_a_look_again():
    world = World(NEEDS)
    without = {"a.py": "a1", "b.py": "b1"}
    known = surveyed(world, without, DAGS)
    verdict = check(world, without, BASE, DAGS, known)
    assert (world.imports, verdict.files["a.py"].before) == (["a.py"], "failed")


def test_a_candidate_that_is_offered_again_is_held_again():
    world = World(NEEDS, broken={"a2"})
    known = surveyed(world, BASE, DAGS)
    for _ in range(2):
        assert set(check(world, BASE, {**BASE, "a.py": "a2"}, DAGS, known).held) == {"a.py"}


def test_a_failure_that_went_away_by_itself_is_seen_to_have_gone():
    world = World(NEEDS, broken={"a2"})
    known = surveyed(world, BASE, DAGS)
    check(world, BASE, {**BASE, "a.py": "a2"}, DAGS, known)
    world.broken.clear()
    assert check(world, BASE, {**BASE, "a.py": "a2"}, DAGS, known).held == {}


def test_a_deleted_file_is_not_put_back_where_a_folder_has_taken_its_name():
    world = World({"a1": {"lib.py": None}})
    verdict = check(world, BASE, {"a.py": "a1", "b.py": "b1", "lib.py/x.sql": "s1"}, DAGS)
    assert verdict.held == {}


def test_when_time_is_up_the_rest_is_unchecked_and_nothing_is_held_for_it():
    def look(_tree, path, _why):
        if path == "b.py":
            raise OutOfTime
        return Imported((path,), None, frozenset({path}))

    verdict = check(look, BASE, {**BASE, "a.py": "a2", "b.py": "b2"}, DAGS)
    assert (verdict.files["a.py"].now.works, verdict.files["b.py"].now, verdict.held) == (True, None, {})


def test_a_chain_of_faults_longer_than_the_trials_ends_with_everything_in_it_held():
    links = [f"h{number}.py" for number in range(TRIALS + 4)]
    needs = {"a1": {links[0]: None}}
    for link, following in itertools.pairwise(links):
        needs[f"{link}:1"] = {following: {f"{following}:1"}}
        needs[f"{link}:2"] = {following: {f"{following}:2"}}
    base = {"a.py": "a1", **{link: f"{link}:1" for link in links}}
    candidate = {"a.py": "a1", "new.py": "n1", **{link: f"{link}:2" for link in links}}
    world = World(needs, broken={f"{links[0]}:2"})
    assert set(check(world, base, candidate, ["a.py", "new.py"]).held) == set(links)


def random_world(seed):
    """Return a world of files that work in the base, and a candidate that changes, breaks, deletes and adds some."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable world, not a secret
    dags = [f"d{number}.py" for number in range(dice.randint(1, 6))]
    helpers = [f"h{number}.py" for number in range(dice.randint(0, 6))]
    base = {path: f"{path}:1" for path in [*dags, *helpers]}
    candidate, needs, broken = dict(base), {}, set()
    for version in (1, 2):
        for number, path in enumerate([*dags, *helpers]):
            below = helpers[max(0, number - len(dags) + 1) :] if path in helpers else helpers
            chosen = dice.sample(below, min(len(below), dice.randint(0, 3)))
            # A base file fits the base's helpers; whether it fits the newer ones is a matter of luck.
            needs[f"{path}:{version}"] = {
                helper: {f"{helper}:1"} | ({f"{helper}:2"} if dice.random() < 0.7 else set())
                if version == 1
                else {f"{helper}:2"} | ({f"{helper}:1"} if dice.random() < 0.6 else set())
                for helper in chosen
            }
    for path in base:
        fate = dice.random()
        if fate < 0.4:
            candidate[path] = f"{path}:2"
            if dice.random() < 0.3:
                broken.add(f"{path}:2")
        elif fate < 0.5:
            del candidate[path]
    for path in (f"n{number}.py" for number in range(dice.randint(0, 2))):
        candidate[path] = f"{path}:2"
        needs[f"{path}:2"] = {}
        if dice.random() < 0.5:
            broken.add(f"{path}:2")
        dags.append(path)
    return World(needs, broken), base, candidate, dags, dice.random() < 0.5


@pytest.mark.parametrize("seeds", [range(begin, begin + 50) for begin in range(0, 1500, 50)])
def test_every_dag_that_worked_and_is_still_there_works_in_what_is_served(seeds):
    for seed in seeds:
        world, base, candidate, dags, survey = random_world(seed)
        known = surveyed(world, base, [path for path in dags if path in base]) if survey else Knowledge()
        verdict = check(world, base, candidate, dags, known, trials=seed % (TRIALS + 1))
        served = {**candidate, **{path: base[path] for path in verdict.held}}
        worked = [p for p in dags if p in base and p in candidate and world.outcome(Tree(base), p).works]
        assert [path for path in worked if not world.outcome(Tree(served), path).works] == [], seed
        assert all(base[path] != candidate.get(path) for path in verdict.held), seed
        if all(world.outcome(Tree(candidate), path).works for path in worked):
            assert verdict.held == {}, seed


class GlobbingWorld(World):
    """A world whose DAG files list a folder, as a glob does, and open nothing but themselves."""

    def outcome(self, tree, path):
        names = tree.names_in("team/data")
        failure = ImportFailure("bad.csv cannot be read", 1, "…", path) if "bad.csv" in names else None
        return Imported((path,), failure, frozenset({path}), frozenset(), frozenset({"team/data"}))


GLOBBED = {"team/a.py": "a1", "team/data/x.csv": "x1", "other.csv": "o1"}


@pytest.mark.parametrize(
    ("change", "imports"),
    [
        ({"team/data/y.csv": "y1"}, ["team/a.py"]),
        ({"team/data/more/y.csv": "y1"}, ["team/a.py"]),
        ({"team/y.csv": "y1"}, []),
        ({"team/data/x.csv": "x2"}, []),
        ({"team/data/x.csv": None}, ["team/a.py"]),
    ],
)
def test_a_file_that_comes_or_goes_in_a_folder_a_dag_file_lists_has_that_file_imported(change, imports):
    world = GlobbingWorld({})
    candidate = {path: content for path, content in {**GLOBBED, **change}.items() if content}
    check(world, GLOBBED, candidate, ["team/a.py"], surveyed(world, GLOBBED, ["team/a.py"]))
    assert world.imports == imports


def test_a_new_data_file_is_worth_an_import_of_what_nothing_is_known_of_and_a_new_module_is_not():
    for name, imports in {"team/data/y.csv": ["team/a.py"], "team/y.py": []}.items():
        world = GlobbingWorld({})
        check(world, GLOBBED, {**GLOBBED, name: "y1"}, ["team/a.py"])
        assert world.imports == imports


def test_files_below_an_ignore_file_that_changed_are_looked_at_like_changed_ones():
    asked = {}

    def look(_tree, path, why):
        asked[path] = why
        return Imported((path,), None, frozenset({path}))

    base = {"team/.airflowignore": "i1", "team/a.py": "a1", "b.py": "b1"}
    DagCheck(Tree(base), Tree({**base, "team/.airflowignore": "i2"}), Knowledge(), look).run(["team/a.py", "b.py"])
    assert asked == {"team/a.py": "changed", "b.py": "unknown"}


def test_a_new_data_file_that_breaks_a_dag_that_lists_its_folder_is_left_out_and_others_go_live():
    world = GlobbingWorld({})
    added = {"team/data/bad.csv": "b1", "team/other.csv": "o2", "team/data/dag.py": "d1"}
    verdict = check(
        world, GLOBBED, {**GLOBBED, **added}, ["team/a.py", "team/data/dag.py"], surveyed(world, GLOBBED, ["team/a.py"])
    )
    assert verdict.held == {"team/data/bad.csv": "team/a.py: bad.csv cannot be read"}


def test_a_new_module_that_takes_anothers_place_and_breaks_its_users_is_left_out():
    class Shadowed(World):
        def outcome(self, tree, _path):
            opened = {"a.py"} | ({"requests.py"} & tree.files.keys())
            failure = ImportFailure("no get", 1, "…", "a.py") if "requests.py" in tree.files else None
            return Imported(("a",), failure, frozenset(opened), frozenset({"requests"}))

    world, base = Shadowed({}), {"a.py": "a1"}
    verdict = check(world, base, {**base, "requests.py": "r1"}, ["a.py"], surveyed(world, base, ["a.py"]))
    assert set(verdict.held) == {"requests.py"}


def test_a_new_dag_file_that_is_broken_is_not_held():
    world = World({}, broken={"n1"})
    verdict = check(world, BASE, {**BASE, "n.py": "n1"}, [*DAGS, "n.py"])
    assert verdict.held == {}
    assert verdict.files["n.py"].before == "new"
