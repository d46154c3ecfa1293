"""The hold that a migration leaves on its copy: until the commit no DAG but the canary runs. Plain SQL.

Lifted after the commit by the control plane, which unpauses what is in `hangar.held_dag`, puts back what is in
`hangar.held_callback` (the columns of the table it came from), and drops both. `[scheduler] use_job_schedule` does not
hold: unfinished runs go on under it. A paused DAG gets no run, and none of its tasks starts.
"""

from __future__ import annotations

from typing import Any

from hangar_agent.metadata_database import CANARY_DAG

OLD_TABLE = "callback_request"

# Triggers hold what the new generation makes while it is held: a DAG that only the target's Airflow can parse, or that
# its file creates unpaused; and callbacks of runs whose last task had ended before the pause. They do nothing any more
# as soon as the table they write to is dropped, and let pass what goes back from there.
HOLD = """
create table hangar.held_dag (dag_id text primary key);
insert into hangar.held_dag select dag_id from public.dag where is_paused is not true and dag_id <> %(canary)s;
update public.dag set is_paused = true from hangar.held_dag held where dag.dag_id = held.dag_id;
create table hangar.held_callback (like public.{callbacks});
with gone as (delete from public.{callbacks} where {runs_at_parsing} returning *)
  insert into hangar.held_callback select * from gone;
delete from public.dag_run where dag_id = %(canary)s;
update public.dag set is_paused = false, next_dagrun = null, next_dagrun_create_after = null
  where dag_id = %(canary)s;
create or replace function hangar.hold_new_dag() returns trigger language plpgsql as $$
begin
  if to_regclass('hangar.held_dag') is not null and new.is_paused is not true and new.dag_id <> '{canary_name}' then
    insert into hangar.held_dag values (new.dag_id) on conflict do nothing;
    new.is_paused := true;
  end if;
  return new;
end $$;
drop trigger if exists hangar_hold on public.dag;
create trigger hangar_hold before insert on public.dag for each row execute function hangar.hold_new_dag();
create or replace function hangar.hold_new_callback() returns trigger language plpgsql as $$
begin
  if to_regclass('hangar.held_dag') is null or to_regclass('hangar.held_callback') is null then
    return null;
  end if;
  if {new_runs_at_parsing} and not exists (select from hangar.held_callback held where held.id = new.id) then
    insert into hangar.held_callback select new.*;
    delete from public.{callbacks} where id = new.id;
  end if;
  return null;
end $$;
drop trigger if exists hangar_hold on public.{callbacks};
create trigger hangar_hold after insert on public.{callbacks} for each row execute function hangar.hold_new_callback();
"""


class StillHeld(Exception):
    """The hold of an earlier upgrade was never lifted; `str()` is a sentence."""


def remove_what_an_earlier_hold_left(cursor: Any) -> None:
    """Drop triggers that hold nothing any more, before a migration alters the tables they are on. The caller commits.

    Raises StillHeld where they do hold: paused DAGs would then be taken for those their owner paused.
    """
    cursor.execute("select coalesce(to_regclass('hangar.held_dag'), to_regclass('hangar.held_callback'))::text")
    if held := cursor.fetchone()[0]:
        raise StillHeld(
            f"{held} is still there: the hold of an earlier upgrade of this environment was never lifted. Unpause the"
            " DAGs it names, then drop the table and start the upgrade again"
        )
    for table in ("dag", "callback", OLD_TABLE):
        cursor.execute("select to_regclass('public.' || %s) is not null", [table])
        if cursor.fetchone()[0]:
            cursor.execute(f"drop trigger if exists hangar_hold on public.{table}")


def pending_callbacks(cursor: Any) -> int:
    """Return how many callbacks wait for the dag-processor."""
    table, runs_at_parsing = ("callback", "type = 'dag_processor'") if _restructured(cursor) else (OLD_TABLE, "true")
    cursor.execute(f"select count(*) from public.{table} where {runs_at_parsing}")  # noqa: S608 - the two texts above
    return int(cursor.fetchone()[0])


def hold_everything_but_the_canary(cursor: Any) -> tuple[int, int]:
    """Put the hold on a migrated copy; return how many DAGs and callbacks it holds. The caller commits.

    The canary ran in the older generation and is paused. `@once` fires again when its DAG is parsed and has no run:
    Airflow computes `next_dagrun` and the flags that bar a run anew at each parsing (3.3.1: `update_dags` in
    dag_processing/collection.py; 2.11.2: `bulk_write_to_db` in models/dag.py). Before the parsing it must not fire:
    such a run would go to the old generation's queue.
    """
    restructured = _restructured(cursor)
    statement = HOLD.format(
        callbacks="callback" if restructured else OLD_TABLE,
        runs_at_parsing="type = 'dag_processor'" if restructured else "true",
        # Not the trigger's own condition: a later migration could not alter that column then.
        new_runs_at_parsing="new.type = 'dag_processor'" if restructured else "true",
        canary_name=CANARY_DAG,
    )
    cursor.execute(statement, {"canary": CANARY_DAG})
    cursor.execute("select (select count(*) from hangar.held_dag), (select count(*) from hangar.held_callback)")
    dags, callbacks = cursor.fetchone()
    return int(dags), int(callbacks)


def _restructured(cursor: Any) -> bool:
    """Tell whether this is a schema since 3.2.0, where callbacks of several kinds are in one table."""
    cursor.execute("select to_regclass('public.callback') is not null")
    return bool(cursor.fetchone()[0])
