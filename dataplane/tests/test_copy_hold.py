"""Until the hold is lifted nothing but the canary can run on a migrated copy, and lifting it loses nothing."""

import contextlib

import pytest
from small_schema import SmallSchema

from hangar_agent.copy_hold import (
    StillHeld,
    hold_everything_but_the_canary,
    pending_callbacks,
    remove_what_an_earlier_hold_left,
)


@pytest.fixture(params=[3, 2])
def copy(request, small_postgres):
    copy = SmallSchema(small_postgres, request.param)
    copy.do("create schema hangar")
    copy.table = "callback" if request.param == 3 else "callback_request"
    copy.new_callback = (
        "insert into callback (type) values ('dag_processor') returning id"
        if request.param == 3
        else "insert into callback_request (callback_type) values ('x') returning id"
    )
    yield copy
    copy.close()


def hold(copy):
    with contextlib.closing(copy.connect()) as connection, connection, connection.cursor() as cursor:
        return hold_everything_but_the_canary(cursor)


def paused(copy):
    return {dag for (dag,) in copy.rows("select dag_id from dag where is_paused")}


def test_every_dag_is_paused_but_the_canary_and_those_that_were_not_are_known(copy):
    assert hold(copy) == (1, 1)
    assert paused(copy) == {"every_minute", "resting"}
    assert copy.rows("select dag_id from hangar.held_dag") == [("every_minute",)]


def test_the_canarys_runs_are_gone_and_it_runs_only_when_it_is_parsed_again(copy):
    hold(copy)
    assert copy.rows("select dag_id from task_instance group by dag_id") == [("every_minute",)]
    row = copy.rows("select is_paused, next_dagrun_create_after from dag where dag_id = '_hangar_canary'")
    assert row == [(False, None)]


@pytest.mark.parametrize("dags_first", [True, False])
def test_callbacks_for_the_dag_processor_wait_elsewhere_and_go_back_as_they_were(copy, dags_first):
    ids = f"select id from {copy.table} order by 1"  # noqa: S608
    before = copy.rows(ids)
    hold(copy)
    with contextlib.closing(copy.connect()) as connection, connection.cursor() as cursor:
        assert pending_callbacks(cursor) == 0
    lifting = [
        "drop table hangar.held_dag;",
        f"insert into {copy.table} select * from hangar.held_callback; drop table hangar.held_callback;",  # noqa: S608
    ]
    copy.do("".join(lifting if dags_first else reversed(lifting)))
    assert copy.rows(ids) == before


def test_a_dag_that_appears_while_it_holds_is_paused_and_known_and_a_callback_is_kept_away(copy):
    hold(copy)
    copy.do("insert into dag (dag_id, is_paused) values ('new', false), ('null', null), ('mine', true)")
    assert paused(copy) == {"every_minute", "resting", "new", "null", "mine"}
    assert {dag for (dag,) in copy.rows("select dag_id from hangar.held_dag")} == {"every_minute", "new", "null"}
    with contextlib.closing(copy.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(copy.new_callback)
        assert cursor.fetchone(), "whoever inserts it sees it inserted"
        assert pending_callbacks(cursor) == 0
    assert copy.rows("select count(*) from hangar.held_callback") == [(2,)]


def test_once_it_is_lifted_nothing_is_held_any_more(copy):
    hold(copy)
    copy.do("drop table hangar.held_dag, hangar.held_callback")
    copy.do("insert into dag (dag_id, is_paused) values ('new', false)")
    copy.do(copy.new_callback)
    assert "new" not in paused(copy)
    with contextlib.closing(copy.connect()) as connection, connection.cursor() as cursor:
        assert pending_callbacks(cursor) == 1


def test_the_next_upgrade_finds_no_trigger_and_refuses_where_a_hold_was_never_lifted(copy):
    hold(copy)
    with contextlib.closing(copy.connect()) as connection, connection.cursor() as cursor:
        with pytest.raises(StillHeld, match=r"hangar\.held_dag"):
            remove_what_an_earlier_hold_left(cursor)
        connection.rollback()
        cursor.execute("drop table hangar.held_dag, hangar.held_callback")
        remove_what_an_earlier_hold_left(cursor)
        connection.commit()
    assert copy.rows("select count(*) from pg_trigger where tgname = 'hangar_hold'") == [(0,)]
    assert hold(copy) == (0, 0), "what was paused stays somebody's own wish"
