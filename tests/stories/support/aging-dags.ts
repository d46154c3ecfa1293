// DAGs of an environment that changes its version: written for Airflow 2 and 3 alike, with a task for every state.

const imports = `from datetime import datetime, timedelta

try:
    from airflow.sdk import BaseOperator, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models.baseoperator import BaseOperator
`;

/** Two tasks, an XCom between them, and a connection with a secret. */
export const historyDag = `${imports}

@dag(dag_id="history", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def history():
    @task(retries=0)
    def first():
        return {"rows": 3}

    @task(retries=0)
    def second(found):
        try:
            from airflow.sdk import Connection
            secret = Connection.get("warehouse").password
        except ImportError:
            from airflow.hooks.base import BaseHook
            secret = BaseHook.get_connection("warehouse").password
        assert (found["rows"], secret) == (3, "s3cret")

    second(first())


history()
`;

/** Every twenty seconds: cron's minute is long where something waits for the next one. */
export const scheduledDag = `${imports}

@dag(dag_id="scheduled", schedule=timedelta(seconds=20), start_date=datetime(2024, 1, 1), catchup=False)
def scheduled():
    @task(retries=0)
    def tick():
        return "tock"

    tick()


scheduled()
`;

/**
 * One that works until a file appears, and one that sleeps for a minute, longer than a worker has to stop, but only the first
 * time; neither has retries.
 */
export const waitingDag = (file: string): string => `${imports}

@dag(dag_id="waits", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def waits():
    @task(retries=0)
    def wait():
        import os
        import time

        for _ in range(600):
            if os.path.exists("${file}"):
                return
            time.sleep(0.5)
        raise RuntimeError("nobody said go on")

    wait()


waits()


@dag(dag_id="sleeps", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def sleeps():
    @task(retries=0)
    def nap():
        import os
        import time

        if os.path.exists("${file}.slept"):
            return
        open("${file}.slept", "w").close()
        time.sleep(60)

    nap()


sleeps()
`;

/** A minute in the triggerer. */
export const deferringDag = `${imports}
try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
except ImportError:
    from airflow.triggers.temporal import TimeDeltaTrigger


class Later(BaseOperator):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=60)), method_name="resume")

    def resume(self, context, event=None):
        return "resumed"


@dag(dag_id="defers", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def defers():
    Later(task_id="later", retries=0)


defers()
`;
