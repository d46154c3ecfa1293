// The tables of Airflow that an upgrade writes to, as `airflow db migrate` makes them (columns, keys, references between
// them), and the few columns that are read of others.

/** SQL for each schema there is to upgrade from: that of 2.11.2 is that of 2.10.3 too, and of 3.3.1, but for the last two columns, 3.2.1. */
export const airflowTables = {
  "2.11.2": `
  CREATE TABLE task_instance (
    task_id varchar NOT NULL, dag_id varchar NOT NULL, run_id varchar NOT NULL, map_index integer NOT NULL DEFAULT
    -1, start_date timestamptz, end_date timestamptz, duration float8, state varchar, try_number integer,
    max_tries integer DEFAULT -1, hostname varchar, unixname varchar, job_id integer, pool varchar NOT NULL,
    pool_slots integer NOT NULL, queue varchar, priority_weight integer, operator varchar, custom_operator_name
    varchar, queued_dttm timestamptz, queued_by_job_id integer, pid integer, executor varchar, executor_config
    bytea, updated_at timestamptz, rendered_map_index varchar, external_executor_id varchar, trigger_id integer,
    trigger_timeout timestamp, next_method varchar, next_kwargs json, task_display_name varchar, PRIMARY KEY
    (dag_id, task_id, run_id, map_index));
  CREATE TABLE task_instance_history (
    id serial, task_id varchar NOT NULL, dag_id varchar NOT NULL, run_id varchar NOT NULL, map_index integer NOT
    NULL DEFAULT -1, try_number integer NOT NULL, start_date timestamptz, end_date timestamptz, duration float8,
    state varchar, max_tries integer DEFAULT -1, hostname varchar, unixname varchar, job_id integer, pool varchar
    NOT NULL, pool_slots integer NOT NULL, queue varchar, priority_weight integer, operator varchar,
    custom_operator_name varchar, queued_dttm timestamptz, queued_by_job_id integer, pid integer, executor
    varchar, executor_config bytea, updated_at timestamptz, rendered_map_index varchar, external_executor_id
    varchar, trigger_id integer, trigger_timeout timestamp, next_method varchar, next_kwargs json,
    task_display_name varchar, PRIMARY KEY (id), UNIQUE (dag_id, task_id, run_id, map_index, try_number), FOREIGN
    KEY (dag_id, task_id, run_id, map_index) REFERENCES task_instance(dag_id, task_id, run_id, map_index) ON
    UPDATE CASCADE ON DELETE CASCADE);
  CREATE TABLE task_reschedule (
    id serial, task_id varchar NOT NULL, dag_id varchar NOT NULL, run_id varchar NOT NULL, map_index integer NOT
    NULL DEFAULT -1, try_number integer NOT NULL, start_date timestamptz NOT NULL, end_date timestamptz NOT NULL,
    duration integer NOT NULL, reschedule_date timestamptz NOT NULL, PRIMARY KEY (id), FOREIGN KEY (dag_id,
    task_id, run_id, map_index) REFERENCES task_instance(dag_id, task_id, run_id, map_index) ON DELETE CASCADE);
  CREATE INDEX ti_state ON task_instance (state);
  CREATE TABLE dag (dag_id varchar PRIMARY KEY, is_paused boolean);
  CREATE TABLE callback_request (id serial PRIMARY KEY, callback_data json NOT NULL, callback_type varchar NOT NULL);`,
  "3.3.1": `
  CREATE TABLE task_instance (
    id uuid NOT NULL, task_id varchar NOT NULL, dag_id varchar NOT NULL, run_id varchar NOT NULL, map_index
    integer NOT NULL DEFAULT -1, start_date timestamptz, end_date timestamptz, duration float8, state varchar,
    try_number integer NOT NULL, max_tries integer NOT NULL DEFAULT -1, hostname varchar, unixname varchar, pool
    varchar NOT NULL, pool_slots integer NOT NULL, queue varchar, priority_weight integer, operator varchar,
    custom_operator_name varchar, queued_dttm timestamptz, scheduled_dttm timestamptz, queued_by_job_id integer,
    last_heartbeat_at timestamptz, pid integer, executor varchar, executor_config bytea, updated_at timestamptz,
    rendered_map_index varchar, context_carrier jsonb, span_status varchar NOT NULL DEFAULT 'not_started',
    external_executor_id text, trigger_id integer, trigger_timeout timestamptz, next_method varchar, next_kwargs
    jsonb, task_display_name varchar, dag_version_id uuid, retry_delay_override float8, retry_reason varchar,
    PRIMARY KEY (id), UNIQUE (dag_id, task_id, run_id, map_index));
  CREATE TABLE task_instance_history (
    task_instance_id uuid NOT NULL, task_id varchar NOT NULL, dag_id varchar NOT NULL, run_id varchar NOT NULL,
    map_index integer NOT NULL DEFAULT -1, try_number integer NOT NULL, start_date timestamptz, end_date
    timestamptz, duration float8, state varchar, max_tries integer DEFAULT -1, hostname varchar, unixname varchar,
    pool varchar NOT NULL, pool_slots integer NOT NULL, queue varchar, priority_weight integer, operator varchar,
    custom_operator_name varchar, queued_dttm timestamptz, scheduled_dttm timestamptz, queued_by_job_id integer,
    pid integer, executor varchar, executor_config bytea, updated_at timestamptz, rendered_map_index varchar,
    context_carrier jsonb, span_status varchar NOT NULL DEFAULT 'not_started', external_executor_id text,
    trigger_id integer, trigger_timeout timestamp, next_method varchar, next_kwargs jsonb, task_display_name
    varchar, dag_version_id uuid, retry_delay_override float8, retry_reason varchar, PRIMARY KEY
    (task_instance_id), UNIQUE (dag_id, task_id, run_id, map_index, try_number), FOREIGN KEY (dag_id, task_id,
    run_id, map_index) REFERENCES task_instance(dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE
    CASCADE);
  CREATE TABLE task_reschedule (
    id serial, ti_id uuid NOT NULL, start_date timestamptz NOT NULL, end_date timestamptz NOT NULL, duration
    integer NOT NULL, reschedule_date timestamptz NOT NULL, PRIMARY KEY (id), FOREIGN KEY (ti_id) REFERENCES
    task_instance(id) ON DELETE CASCADE);
  CREATE INDEX ti_state ON task_instance (state);
  CREATE TABLE dag (dag_id varchar PRIMARY KEY, is_paused boolean NOT NULL);
  CREATE TABLE dag_version (id uuid PRIMARY KEY, version_number integer NOT NULL, dag_id varchar NOT NULL);
  CREATE TABLE callback (id uuid PRIMARY KEY, type varchar NOT NULL, data jsonb NOT NULL, state varchar);
  CREATE TABLE task_instance_note (ti_id uuid PRIMARY KEY REFERENCES task_instance(id) ON UPDATE CASCADE ON DELETE CASCADE,
    content varchar);`,
} as const;
