"""What Airflow's own processes import: broker channel, Celery configuration, DAG bundle, sign-in. No agent code."""
