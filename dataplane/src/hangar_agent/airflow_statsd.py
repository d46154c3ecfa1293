"""How Airflow is told to tell its metrics: by StatsD, to the agent of its own task. Pure.

Which of them it tells is the user's choice (`metrics.metrics_allow_list`, `metrics.metrics_block_list`).
"""

from __future__ import annotations

HOST = "127.0.0.1"
PREFIX = "airflow"
UNUSED_TAGS = "job_id,run_id,run_type,file_path,action,queue,team_name"
"""Tags that no series has as a dimension, and whose values may be long."""


def airflow_statsd(port: int | None, major: int) -> dict[str, str]:
    """Return the settings, for the port the agent hears on; None: it hears on none.

    Tags tell ids of DAGs and tasks apart from the names they are part of, which a name alone does not. The last three
    are said aloud because an old name of them would count otherwise.
    """
    told = {
        "AIRFLOW__METRICS__STATSD_ON": str(port is not None),
        "AIRFLOW__METRICS__STATSD_DATADOG_ENABLED": "False",
        "AIRFLOW__METRICS__STATSD_CUSTOM_CLIENT_PATH": "",
        "AIRFLOW__METRICS__STAT_NAME_HANDLER": "",
    }
    if port is None:
        return told
    told |= {
        "AIRFLOW__METRICS__STATSD_HOST": HOST,
        "AIRFLOW__METRICS__STATSD_PORT": str(port),
        "AIRFLOW__METRICS__STATSD_PREFIX": PREFIX,
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        "AIRFLOW__METRICS__STATSD_DISABLED_TAGS": UNUSED_TAGS,
    }
    # Each metric once: with its old names Airflow 3 sends what has tags twice.
    return told | ({"AIRFLOW__METRICS__LEGACY_NAMES_ON": "False"} if major >= 3 else {})  # noqa: PLR2004
