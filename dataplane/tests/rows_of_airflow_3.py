"""Run by an image's Python of Airflow 3.2: fills a migrated database with rows as running DAGs leave them.

Connections and variables through Airflow's own models, which encrypt; the rest as rows, so that each is what it says.
"""

from airflow.models import Connection, Variable
from airflow.utils.session import create_session
from sqlalchemy import text

ROWS = (
    "insert into dag_bundle (name, active) values ('dags', true)",
    """insert into dag (dag_id, is_paused, is_stale, bundle_name, timetable_type, fileloc, max_active_tasks,
         has_task_concurrency_limits, max_consecutive_failed_dag_runs)
       select dag_id, paused, false, 'dags', '', '/dags/' || dag_id || '.py', 16, false, 0 from (values
         ('every_minute', false), ('deferring', false), ('resting', true), ('_hangar_canary', true))
         as dags (dag_id, paused)""",
    """insert into dag_run (dag_id, run_id, logical_date, run_after, queued_at, start_date, state, run_type,
         data_interval_start, data_interval_end, log_template_id, clear_number, span_status)
       select dag_id, 'scheduled__' || number, at, at, at, at,
         case when number = 1 and dag_id <> '_hangar_canary' then 'running' else 'success' end, 'scheduled', at, at, 1,
         0, 'not_started' from dag, generate_series(1, 40) as number,
         lateral (select now() - number * interval '1 min') as times (at)
       where dag_id <> 'resting' and (dag_id <> '_hangar_canary' or number = 1)""",
    """insert into trigger (classpath, kwargs, created_date)
       values ('airflow.providers.standard.triggers.temporal.TimeDeltaTrigger', '{}', now())""",
    """insert into task_instance (id, task_id, dag_id, run_id, map_index, state, pool, pool_slots, queue, try_number,
         max_tries, executor_config, trigger_id, priority_weight, span_status)
       select gen_random_uuid(), 'step', dag_id, run_id, -1,
         case when state = 'success' then state when dag_id = 'deferring' then 'deferred' else 'scheduled' end,
         'default_pool', 1, 'old-queue', 1, 1, '\\x80057d942e',
         case when state = 'running' and dag_id = 'deferring' then (select min(id) from trigger) end, 1, 'not_started'
       from dag_run""",
    """insert into task_instance_history (task_instance_id, task_id, dag_id, run_id, map_index, try_number, state, pool,
         pool_slots, span_status)
       select gen_random_uuid(), task_id, dag_id, run_id, map_index, 0, 'failed', pool, 1, 'not_started'
       from task_instance limit 5""",
    """insert into task_reschedule (ti_id, start_date, end_date, duration, reschedule_date)
       select id, now(), now(), 1, now() from task_instance limit 5""",
    """insert into xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
       select id, 'step', -1, 'k', dag_id, run_id, '"abc"', now() from dag_run""",
    """insert into callback (id, type, fetch_method, data, state, priority_weight, created_at)
       values (gen_random_uuid(), 'dag_processor', 'dag_attribute', '{}', 'pending', 1, now())""",
    "insert into ab_user (id, first_name, last_name, username, email) values (1, 'a', 'b', 'arn', 'a@example.org')",
)

with create_session() as session:
    session.add(Connection(conn_id="encrypted", conn_type="http", password="p", extra='{"a": 1}'))
    session.add(Connection(conn_id="plain", conn_type="http"))
    Variable.set("encrypted", "value", session=session)
    for statement in ROWS:
        session.execute(text(statement))
