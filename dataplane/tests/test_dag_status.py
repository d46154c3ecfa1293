"""What Airflow parsed is told by path in the release, on both major versions, without the canary or a secret."""

from pathlib import Path

from test_control_link import MemoryStorage

from hangar_agent.dag_status import ParsedDag, RecordedError, dag_status, encode, meaning
from hangar_agent.dag_status_watch import DagStatusWatch
from hangar_agent.release_store import ReleaseStore

ROOT = Path("/task/dags")


def status(dags=(), errors=(), secrets=()):
    return dag_status(dags, errors, ROOT, "r2", 10.0, secrets)


def test_files_of_both_major_versions_are_named_by_their_path_in_the_release_and_the_canary_is_none():
    dags = [
        ParsedDag("team/a.py", "a", 1.0, "r2"),
        ParsedDag("/task/dags/current/b.py", "b", 2.0, None),
        ParsedDag("/task/dags/current/pack.zip/c.py", "c", 3.0, None),
        ParsedDag("/dataplane/canary/hangar_canary.py", "_hangar_canary", 3.0, None),
    ]
    assert set(status(dags)["files"]) == {"team/a.py", "b.py", "pack.zip"}


def test_a_file_has_all_its_dags_the_latest_parsing_and_the_error_with_its_line():
    text = 'Traceback…\n  File "/task/dags/releases/r2/a.py", line 7, in <module>\nValueError: secret\n'
    dags = [ParsedDag("a.py", "x", 1.0, "r1"), ParsedDag("a.py", "y", 2.0, "r2")]
    assert status(dags, [RecordedError("a.py", 5.0, text)], {"secret"})["files"] == {
        "a.py": {
            "parsedAt": 5.0,
            "release": "r2",
            "dagIds": ["x", "y"],
            "error": {
                "message": "ValueError: ***",
                "line": 7,
                "traceback": 'Traceback…\n  File "a.py", line 7, in <module>\nValueError: ***',
            },
        }
    }


def test_more_than_two_megabytes_are_cut_to_what_fits_errors_first():
    dags = [ParsedDag(f"{'x' * 200}{number}.py", "d", 1.0, None) for number in range(10_000)]
    errors = [RecordedError(f"bad{number}.py", 1.0, "x" * 4000) for number in range(100)]
    told = status(dags, errors)
    assert len(encode(told)) <= 2_000_000
    assert sum(file["error"] is not None for file in told["files"].values()) == 100


def test_being_parsed_again_without_a_change_is_no_news_but_being_parsed_since_the_swap_is():
    def at(seconds):
        return meaning(status([ParsedDag("a.py", "a", seconds, None)]), live_since=5.0)

    assert at(1.0) == at(2.0) != at(6.0) == at(9.0)


class FakeDatabase:
    def __init__(self):
        self.dags = []

    def parsed_dags(self):
        return self.dags

    def import_errors(self):
        return []


def test_news_are_told_at_once_and_times_alone_only_now_and_then(tmp_path):
    storage, database, now = MemoryStorage(), FakeDatabase(), [1e10]
    watch = DagStatusWatch(database, storage, ReleaseStore(tmp_path), tmp_path, set(), lambda: now[0])
    watch.step()
    first = storage.objects.pop("dags.json")
    now[0] += 2
    watch.step()
    assert "dags.json" not in storage.objects
    database.dags = [ParsedDag("a.py", "a", 1.0, None)]
    watch.step()
    assert storage.objects.pop("dags.json") != first
    database.dags = [ParsedDag("a.py", "a", 2.0, None)]
    watch.step()
    assert "dags.json" not in storage.objects
    now[0] += 61
    watch.step()
    assert "dags.json" in storage.objects
