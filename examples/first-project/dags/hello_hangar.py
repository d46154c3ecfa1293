"""Three small tasks in a row: the first thing to run in a new environment."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task


@dag(dag_id="hello_hangar", schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["example"])
def hello_hangar():
    @task
    def numbers() -> list[int]:
        return [1, 2, 3]

    @task
    def total(values: list[int]) -> int:
        print(f"the sum of {values} is {sum(values)}")
        return sum(values)

    where = BashOperator(task_id="where", bash_command='echo "running on $(hostname) as $(whoami)"')

    values = numbers()
    values >> where >> total(values)


hello_hangar()
