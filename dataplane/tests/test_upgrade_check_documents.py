"""What a check reads is read whole or refused, and what it stores fits where it is read."""

import contextlib
import json

import pytest
from small_schema import SmallSchema

from hangar_agent.airflow_rules import RuleFinding, applies
from hangar_agent.dag_check_error import ImportFailure
from hangar_agent.dag_check_knowledge import Imported
from hangar_agent.layer_failure import Mask
from hangar_agent.upgrade_check import _active_dags, _migration
from hangar_agent.upgrade_check_request import RequestError, parse_request
from hangar_agent.upgrade_check_result import MOST_BYTES, Found, result_document

CHECK = "c" * 26
REQUEST = {
    "schema": 1,
    "id": CHECK,
    "fromVersion": "2.11.2",
    "airflowVersion": "3.3.1",
    "image": "hangar/airflow:3.3.1",
    "importSeconds": 1200,
    "release": {"id": "r7-0a1b2c3d", "manifest": "releases/r7-0a1b2c3d.json"},
    "requirements": {"sha256": "a" * 64, "size": 7},
    "plugins": None,
    "startup": None,
}


def parse(**changes):
    return parse_request(json.dumps({**REQUEST, **changes}).encode(), CHECK, "3.3.1")


def test_a_request_names_release_files_and_time():
    request = parse()
    assert request.release == ("r7-0a1b2c3d", "releases/r7-0a1b2c3d.json")
    assert (request.files["requirements"].size, request.files["plugins"], request.import_seconds) == (7, None, 1200)
    assert parse(release=None).release is None


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "d" * 26},
        {"schema": 2},
        {"importSeconds": 0},
        {"importSeconds": 86_400},
        {"airflowVersion": "3.2.1"},
        {"release": {"id": "r7", "manifest": "../../other/releases/r7.json"}},
        {"release": {"id": "none", "manifest": "releases/none.json"}},
        {"plugins": {"sha256": "x", "size": 1}},
        {"image": None},
    ],
)
def test_a_request_of_another_check_version_or_form_is_refused(changes):
    with pytest.raises(RequestError):
        parse(**changes)
    with pytest.raises(RequestError):
        parse_request(b"{", CHECK, "3.3.1")


def failing(message, traceback="t"):
    return Imported((), ImportFailure(message, 3, traceback, "a.py"))


def document(found, *secrets):
    return json.loads(result_document(CHECK, "3.3.1", found, 1.0, Mask(set(secrets))))


def test_secrets_are_taken_out_of_what_files_said():
    found = Found(imports={"a.py": failing("cannot log in with hunter2hunter2", "hunter2hunter2")})
    assert "hunter2" not in json.dumps(document(found, "hunter2hunter2"))


def test_a_result_that_is_too_large_keeps_errors_and_says_that_it_is_not_whole():
    good = {f"good/{number:05}.py": Imported((f"dag-{number:05}" * 20,)) for number in range(8000)}
    found = Found(imports={**good, "z.py": failing("broken", "x" * 5000)}, rules=[])
    body = result_document(CHECK, "3.3.1", found, 1.0, Mask())
    assert len(body) <= MOST_BYTES
    kept = json.loads(body)
    assert kept["complete"] is False
    assert kept["files"]["z.py"]["error"]["message"] == "broken"


def test_tracebacks_go_before_anything_else_does():
    found = Found(imports={f"{number}.py": failing("broken", "x" * 5000) for number in range(900)}, rules=[])
    kept = document(found)
    assert (kept["complete"], len(kept["files"])) == (True, 900)
    assert kept["files"]["0.py"]["error"]["traceback"] == ""


def test_more_findings_of_rules_than_fit_are_left_out_and_it_is_said():
    rules = [RuleFinding("a.py", line, "AIR301", "m", None) for line in range(501)]
    kept = document(Found(rules=rules))
    assert (len(kept["rules"]), kept["complete"]) == (500, False)
    assert kept["files"] is None


@pytest.mark.parametrize(
    ("before", "after", "expected"), [("2.11.2", "3.3.1", True), ("2.10.3", "2.11.2", False), ("3.2.1", "3.3.1", False)]
)
def test_the_rules_for_3_are_for_the_way_there(before, after, expected):
    assert applies(before, after) is expected


@pytest.mark.parametrize("major", [2, 3])
def test_dags_in_use_are_read_with_their_files_and_without_the_canary(small_postgres, major):
    copy = SmallSchema(small_postgres, major)
    copy.do("alter table dag add fileloc text")
    if major == 3:  # the file's way within the release came with the bundles
        copy.do("alter table dag add relative_fileloc text")
    copy.do("update dag set fileloc = '/task/dags/current/' || dag_id || '.py'")
    stale = "is_stale = dag_id = 'resting'" if major == 3 else "is_active = dag_id <> 'resting'"
    copy.do(f"update dag set {stale}")  # noqa: S608
    copy.do("create schema hangar; create table hangar.migration (outcome text, detail text)")
    with contextlib.closing(copy.connect()) as connection:
        assert _active_dags(connection) == {"every_minute": "/task/dags/current/every_minute.py"}
        assert _migration(connection) is None
    copy.do("""insert into hangar.migration values ('done', '{"seconds": 7.5}')""")
    with contextlib.closing(copy.connect()) as connection:
        assert _migration(connection) == {"seconds": 7.5}
    copy.close()
