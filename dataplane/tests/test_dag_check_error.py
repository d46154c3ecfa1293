"""From Airflow's traceback people learn file, line and reason, without folders of the task and without secrets."""

import pytest

from hangar_agent.dag_check_error import masked, read_failure

ROOT = "/task/dags/releases/r12-0a1b2c3d"
HEAD = """Traceback (most recent call last):
  File "/venv/airflow/dag_processing/importers/python_importer.py", line 238, in parse
    loader.exec_module(new_module)
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
"""


def read(tail, path="team/a.py"):
    return read_failure(HEAD + tail, path, [ROOT])


def test_message_line_and_traceback_are_those_of_the_dag_file():
    failure = read(f"  File \"{ROOT}/team/a.py\", line 12, in <module>\n    x\nNameError: name 'x' is not defined\n")
    assert (failure.message, failure.line, failure.culprit) == ("NameError: name 'x' is not defined", 12, "team/a.py")
    assert failure.traceback == (
        "Traceback (most recent call last):\n"
        "  File \"team/a.py\", line 12, in <module>\n    x\nNameError: name 'x' is not defined"
    )


def test_where_a_helper_raises_the_line_is_the_dag_files_and_the_culprit_is_the_helper():
    failure = read(
        f'  File "{ROOT}/team/a.py", line 3, in <module>\n    import lib\n'
        f'  File "{ROOT}/lib.py", line 9, in <module>\n    1/0\nZeroDivisionError: division by zero\n'
    )
    assert (failure.line, failure.culprit) == (3, "lib.py")


def test_a_syntax_error_in_a_helper_is_the_helpers():
    failure = read(
        f'  File "{ROOT}/team/a.py", line 3, in <module>\n    import lib\n'
        f'  File "{ROOT}/lib.py", line 9\n    def (\n        ^\nSyntaxError: invalid syntax\n'
    )
    assert (failure.message, failure.line, failure.culprit) == ("SyntaxError: invalid syntax", 3, "lib.py")


def test_a_message_of_several_lines_begins_where_the_exception_does():
    failure = read(f'  File "{ROOT}/team/a.py", line 1, in <module>\n    f()\nValueError: one\ntwo\n  three\n')
    assert failure.message == "ValueError: one"


def test_an_error_without_a_traceback_is_told_as_it_is():
    failure = read_failure("AirflowDagCycleException: Cycle detected in Dag: a", "a.py", [ROOT])
    assert (failure.message, failure.line, failure.culprit) == (
        "AirflowDagCycleException: Cycle detected in Dag: a",
        None,
        None,
    )


def test_a_traceback_keeps_its_end_and_no_more_than_4000_characters():
    failure = read(f'  File "{ROOT}/team/a.py", line 1, in <module>\n' + "x" * 9_000 + "\nValueError: the end\n")
    assert len(failure.traceback) == 4_000
    assert failure.traceback.endswith("ValueError: the end")


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (
            "airflow.sdk.exceptions.AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable team.x not found'}",
            "Variable team.x",
        ),
        ("KeyError: 'Variable x does not exist'", "Variable x"),
        ("airflow.sdk.exceptions.AirflowNotFoundException: The conn_id `my db` isn't defined", "Connection my db"),
        ("KeyError: 'x'", None),
        ("    raise KeyError: 'Variable x does not exist'", None),
    ],
)
def test_a_variable_or_connection_that_does_not_exist_is_recognised(line, missing):
    assert read(f'  File "{ROOT}/team/a.py", line 1, in <module>\n{line}\n').missing == missing


def test_what_fails_because_a_check_only_reads_says_nothing_of_the_file():
    line = "psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction"
    assert read(f'  File "{ROOT}/team/a.py", line 1, in <module>\n{line}\n').unanswered


def test_no_secret_is_left_in_a_text_not_even_one_that_contains_another():
    assert masked("a=secret-long b=secret", {"secret", "secret-long"}) == "a=*** b=***"
