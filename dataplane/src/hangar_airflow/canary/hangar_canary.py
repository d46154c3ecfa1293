"""Proves that an environment works: scheduler, queue, worker and Execution API all take part in this one task.

It runs once by itself as soon as it is known and not paused; the agent beside the scheduler watches the run, then
pauses the DAG and removes the run. People do not see it (see sign_in.py, and fab_auth_manager.py for Airflow 2).
In an upgrade it goes through a queue of its own, the only one that workers listen to before the commit.
"""

import os
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG

queue = os.environ.get("HANGAR_CANARY_QUEUE_NAME")
own_queue = {"queue": queue} if queue else {}

with DAG(
    dag_id="_hangar_canary",
    description="Hangar's own check that tasks run. Hidden, paused once it has succeeded.",
    schedule="@once",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - also parsed by Python 3.10
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["hangar"],
):

    @task(retries=3, retry_delay=timedelta(seconds=1), **own_queue)
    def answer() -> str:
        """Do nothing, on a worker."""
        return "tasks run"

    answer()
