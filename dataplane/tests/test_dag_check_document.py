"""A check's document fits its bounds whatever was found, and loses what matters least."""

import json

from hangar_agent.dag_check import CheckedFile, Verdict
from hangar_agent.dag_check_document import CheckedCandidate, found
from hangar_agent.dag_check_error import ImportFailure
from hangar_agent.dag_check_knowledge import Imported

CHECKED = CheckedCandidate("r2", "r1", "t1", 1.0, 2.0)


def test_of_more_than_a_megabyte_errors_are_told_first_and_the_rest_is_counted():
    failure = ImportFailure("ValueError: x", 1, "x" * 4000)
    files = {f"ok/{number}.py": CheckedFile(Imported(("d",)), "new") for number in range(5000)}
    files |= {f"bad/{number}.py": CheckedFile(Imported((), failure), "ok") for number in range(200)}
    held = {f"bad/{number}.py": "a.py: ValueError" for number in range(200)}
    body = found(CHECKED, Verdict(files, held), set())
    document = json.loads(body)
    assert len(body) <= 1_000_000
    assert len(document["held"]) == 200
    assert sum(file["state"] == "failed" for file in document["files"].values()) == 200
    assert document["problem"] == f"{5200 - len(document['files'])} of 5200 checked files are not listed here"


def test_what_was_held_is_told_whole_even_where_its_reasons_do_not_fit():
    held = {f"{'x' * 100}/{number}.py": "because " * 50 for number in range(3000)}
    body = found(CHECKED, Verdict({}, held), set())
    assert len(body) <= 1_000_000
    assert {each["path"] for each in json.loads(body)["held"]} == set(held)


def test_a_file_that_only_lacks_a_variable_or_was_not_looked_at_says_so():
    missing = ImportFailure("KeyError", 1, "", missing="Variable x")
    unanswered = ImportFailure("read-only", 1, "", unanswered=True)
    files = {"a": CheckedFile(Imported((), missing), "ok"), "b": CheckedFile(None, "ok")}
    files["c"] = CheckedFile(Imported((), unanswered), "ok")
    told = json.loads(found(CHECKED, Verdict(files), set()))["files"]
    assert [(each["state"], each["missing"]) for each in told.values()] == [
        ("failed", "Variable x"),
        ("unchecked", None),
        ("unchecked", None),
    ]
