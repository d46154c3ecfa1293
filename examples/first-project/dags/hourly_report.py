"""A scheduled DAG: paused when it is new, as in MWAA, until somebody unpauses it."""

from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="hourly_report", schedule="@hourly", start_date=datetime(2024, 1, 1), catchup=False, tags=["example"])
def hourly_report():
    @task
    def report(logical_date=None) -> str:
        text = f"report for {logical_date}"
        print(text)
        return text

    report()


hourly_report()
