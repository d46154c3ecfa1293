"""The process at the root of every task: starts and watches Airflow's components, stages releases, reports."""
