"""`[logging] logging_config_class` where task logs go to CloudWatch Logs: Airflow's own configuration, and our sink.

Airflow 3 looks for REMOTE_TASK_LOG beside the configuration; Airflow 2 takes a handler out of it.
"""

from __future__ import annotations

import copy
import os

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG

from hangar_airflow.task_logs import task_logs

LOGGING_CONFIG = copy.deepcopy(DEFAULT_LOGGING_CONFIG)
REMOTE_TASK_LOG = None
DEFAULT_REMOTE_CONN_ID = None

if os.environ.get("HANGAR_AIRFLOW_VERSION", "").startswith("2."):
    LOGGING_CONFIG["handlers"]["task"]["class"] = "hangar_airflow.task_log_handler.TaskLogHandler"
elif logs := task_logs():
    from hangar_airflow.remote_task_log import RemoteTaskLog

    REMOTE_TASK_LOG = RemoteTaskLog(logs)
