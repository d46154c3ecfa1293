"""What the scheduler's agent reads and writes in Airflow's metadata database: heartbeats, the canary's rows, DAGs.

Plain SQL on one connection. The command line would cost three seconds of processor a question, and REST needs the
api-server, which is not there yet when the first questions are asked.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hangar_agent.dag_status import ParsedDag, RecordedError
from hangar_agent.monitor_metrics import EnvironmentCounts
from hangar_agent.stranded import QueuedTask

if TYPE_CHECKING:
    from hangar_agent.settings import DatabaseLogin

CANARY_DAG = "_hangar_canary"
RELEASES_BUNDLE = "releases"
STATEMENT_MILLISECONDS = 5_000
MOST_ROWS = 20_000
MOST_TEXT = 20_000


class DatabaseAway(Exception):
    """The database did not answer; says nothing about Airflow."""


@dataclass(frozen=True, slots=True)
class CanaryRow:
    """What the database holds of the canary DAG and its one run."""

    paused: bool
    run_state: str | None
    """queued, running, success, failed; None while there is no run."""
    run_seconds: float | None
    """From the run's creation until its end."""
    task: str | None
    """State and attempt of its task, in words."""


class MetadataDatabase:
    """One lazily opened connection, autocommit; reopened after any error. Its callers' threads take turns."""

    def __init__(self, login: DatabaseLogin, airflow_major: int) -> None:
        self._login = login
        self._airflow_major = airflow_major
        self._connection: Any = None
        self._turn = threading.Lock()

    def heartbeats(self, hostname: str) -> dict[str, float]:
        """Return, per job type, the epoch seconds of the latest heartbeat of this task's running jobs."""
        rows = self._rows(
            "select job_type, extract(epoch from max(latest_heartbeat))::float8 from job"
            " where hostname = %s and state = 'running' group by job_type",
            hostname,
        )
        return {job_type: at for job_type, at in rows if at is not None}

    def canary(self) -> CanaryRow | None:
        """Return the canary's rows; None while the DAG has not been parsed."""
        rows = self._rows(
            "select dag.is_paused, run.state,"
            " extract(epoch from run.end_date - coalesce(run.queued_at, run.start_date))::float8,"
            " (select concat(task.state, ', attempt ', task.try_number) from task_instance task"
            "   where task.dag_id = dag.dag_id and task.run_id = run.run_id limit 1)"
            " from dag left join dag_run run on run.dag_id = dag.dag_id"
            " where dag.dag_id = %s order by run.id desc limit 1",
            CANARY_DAG,
        )
        return CanaryRow(*rows[0]) if rows else None

    def pause_canary(self, *, paused: bool) -> None:
        """Stop or allow the scheduler to create runs of the canary."""
        self._rows("update dag set is_paused = %s where dag_id = %s returning dag_id", paused, CANARY_DAG)

    def release_canary(self) -> None:
        """Have the canary run once more: unpause it and ask the dag-processor to parse it now, which schedules it."""
        file, file_id = ("bundle_name, relative_fileloc", "bundle_name || ':' || relative_fileloc")
        if self._airflow_major < 3:  # noqa: PLR2004
            file = file_id = "fileloc"
        self._rows(
            f"insert into dag_priority_parsing_request (id, {file})"  # noqa: S608 - one of the two texts above
            f" select md5({file_id}), {file} from dag where dag_id = %s"
            " on conflict do nothing returning id",
            CANARY_DAG,
        )
        self.pause_canary(paused=False)

    def delete_canary_runs(self) -> None:
        """Remove its runs; task instances go with them, by the database's own cascade."""
        self._rows("delete from dag_run where dag_id = %s returning id", CANARY_DAG)

    def pinned_releases(self) -> set[str]:
        """Return the releases that unfinished DAG runs were started with (Airflow 3)."""
        rows = self._rows(
            "select distinct bundle_version from dag_run"
            " where state in ('queued', 'running') and bundle_version is not null"
        )
        return {version for (version,) in rows}

    def parsed_dags(self) -> list[ParsedDag]:
        """Return the DAGs of the releases as they were last parsed. Airflow 2 has no bundles: all there are."""
        if self._airflow_major >= 3:  # noqa: PLR2004
            rows = self._rows(
                "select relative_fileloc, dag_id, extract(epoch from last_parsed_time)::float8, bundle_version from dag"
                " where bundle_name = %s and not is_stale and relative_fileloc is not null order by dag_id limit %s",
                RELEASES_BUNDLE,
                MOST_ROWS,
            )
        else:
            rows = self._rows(
                "select fileloc, dag_id, extract(epoch from last_parsed_time)::float8, null from dag"
                " where is_active and fileloc is not null order by dag_id limit %s",
                MOST_ROWS,
            )
        return [ParsedDag(*row) for row in rows]

    def import_errors(self) -> list[RecordedError]:
        """Return the import errors of the releases' files."""
        own = "bundle_name = %s" if self._airflow_major >= 3 else "%s is not null"  # noqa: PLR2004
        rows = self._rows(
            "select filename, extract(epoch from timestamp)::float8, right(stacktrace, %s) from import_error"  # noqa: S608
            f" where filename is not null and {own} order by filename limit %s",
            MOST_TEXT,
            RELEASES_BUNDLE,
            MOST_ROWS,
        )
        return [RecordedError(file, at, text or "") for file, at, text in rows]

    def environment_counts(self, hostname: str, stranded_seconds: float) -> EnvironmentCounts:
        """Count what the monitor tells, at one moment; `hostname` is that of this task's own scheduler.

        One statement on the index of task states: it looks at as many rows as there are unfinished tasks.
        """
        own = "bundle_name = %s" if self._airflow_major >= 3 else "%s is not null"  # noqa: PLR2004
        ((running, queued, oldest, stranded, errors, heartbeat),) = self._rows(
            "select count(*) filter (where state <> 'queued'), count(*) filter (where state = 'queued'),"  # noqa: S608
            " extract(epoch from now() - min(queued_dttm) filter (where state = 'queued'))::float8,"
            " count(*) filter (where state = 'queued' and queued_dttm < now() - make_interval(secs => %s)),"
            f" (select count(*) from import_error where {own}),"
            " (select extract(epoch from now() - max(latest_heartbeat))::float8 from job"
            "   where job_type = 'SchedulerJob' and hostname = %s and state = 'running')"
            " from task_instance where state in ('running', 'restarting', 'queued') and dag_id <> %s",
            stranded_seconds,
            RELEASES_BUNDLE,
            hostname,
            CANARY_DAG,
        )
        return EnvironmentCounts(running, queued, max(0.0, oldest or 0.0), stranded, errors, heartbeat)

    def queued_tasks(self) -> list[QueuedTask]:
        """Return the task instances that were handed to the executor and have not started, the oldest first."""
        rows = self._rows(
            "select dag_id, task_id, run_id, map_index, extract(epoch from queued_dttm)::float8 from task_instance"
            " where state = 'queued' and queued_dttm is not null order by queued_dttm limit %s",
            MOST_ROWS,
        )
        return [QueuedTask(*row) for row in rows]

    def running_by_worker(self) -> dict[str, int]:
        """Return how many task instances each worker runs, by the worker's task id."""
        rows = self._rows(
            "select hostname, count(*) from task_instance where state in ('running', 'restarting') group by hostname"
        )
        return {hostname: tasks for hostname, tasks in rows if hostname}

    def age_queued_task(self, task: QueuedTask, seconds: float) -> bool:
        """Have a task look as if it had been queued `seconds` ago; False when it is not as it was seen any more."""
        rows = self._rows(
            "update task_instance set queued_dttm = now() - make_interval(secs => %s)"
            " where state = 'queued' and dag_id = %s and task_id = %s and run_id = %s and map_index = %s"
            " and abs(extract(epoch from queued_dttm) - %s) < 0.001 returning dag_id",
            seconds,
            task.dag_id,
            task.task_id,
            task.run_id,
            task.map_index,
            task.queued_at,
        )
        return bool(rows)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._answer(statement, values)

    def _answer(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        import psycopg2  # noqa: PLC0415 - beside the scheduler only

        import hangar_agent.database_patience  # noqa: F401, PLC0415 - from now on no answer takes for ever

        try:
            if self._connection is None:
                self._connection = psycopg2.connect(
                    host=self._login.host,
                    port=self._login.port,
                    dbname=self._login.database,
                    user=self._login.user,
                    password=self._login.password,
                    sslmode=self._login.ssl_mode or "prefer",
                    connect_timeout=5,
                    application_name="hangar-agent",
                    options=f"-c statement_timeout={STATEMENT_MILLISECONDS}",
                )
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except psycopg2.Error as error:
            self.close()
            raise DatabaseAway(str(error).strip()) from error
