"""A migration that loses a row, or a secret, is seen, and the table is named."""

import contextlib

import pytest
from cryptography.fernet import Fernet
from small_schema import SmallSchema

from hangar_agent.copy_rows import closed_secrets, count_rows, kept_tables, lost_rows, schema_head, schema_major
from hangar_agent.fernet_check import signing_keys

KEY, OTHER = Fernet.generate_key(), Fernet.generate_key()


def test_each_table_with_other_rows_than_before_is_named_with_both_numbers():
    before = {"dag_run": 10, "variable": 3, "log": 5, "connection": 2, "trigger": 1}
    assert lost_rows(before, {**before, "log": 6}) is None, "whoever migrates may be in the audit log"
    sentence = lost_rows(before, {"dag_run": 9, "variable": 3, "log": 4, "connection": 3})
    assert sentence.split("; ") == [
        "table dag_run had 10 rows before the migration and has 9 after it",
        "table log had 5 rows before the migration and has 4 after it",
        "table connection had 2 rows before the migration and has 3 after it",
        "table trigger is gone, which had 1 rows",
    ]


def test_pickled_values_leave_the_table_xcom_only_between_major_versions():
    assert ("xcom" in kept_tables(3, 3), "xcom" in kept_tables(2, 3)) == (True, False)
    assert {"dag_run", "task_instance", "connection", "variable", "slot_pool"} <= {*kept_tables(2, 3)}


@pytest.mark.parametrize("major", [2, 3])
def test_what_is_there_is_counted_and_its_version_known(small_postgres, major):
    copy = SmallSchema(small_postgres, major)
    with contextlib.closing(copy.connect()) as connection:
        assert count_rows(connection, ("dag", "dag_run", "ab_user", "variable")) == {
            "dag": 3,
            "dag_run": 3,
            "variable": 0,
        }
        assert (schema_major(connection), schema_head(connection)) == (major, str(major))
    copy.close()


def test_of_what_says_it_is_encrypted_everything_is_tried_and_nothing_else(small_postgres):
    copy = SmallSchema(small_postgres, 3)
    good, bad = Fernet(KEY).encrypt(b"x").decode(), Fernet(OTHER).encrypt(b"x").decode()
    connections = f"('good', '{good}', '{good}', true, true), ('half', '{good}', '{bad}', true, true)"
    unencrypted = "('plain', 'text', '{}', false, false), ('empty', null, '', true, true)"
    columns = "conn_id, password, extra, is_encrypted, is_extra_encrypted"
    copy.do(f"insert into connection ({columns}) values {connections}, {unencrypted}")  # noqa: S608
    variables = f"('good', '{good}', true), ('bad', '{bad}', true), ('plain', 'text', false)"
    copy.do(f"insert into variable (key, val, is_encrypted) values {variables}")  # noqa: S608
    with contextlib.closing(copy.connect()) as connection:
        closed, tried = closed_secrets(connection, signing_keys(KEY.decode()))
    assert (closed, tried) == ({"the extra of connection half", "variable bad"}, 6)
    copy.close()
