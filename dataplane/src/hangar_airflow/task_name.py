"""The name under which this task's processes appear in Airflow: in table `job`, in task instances, in logs."""

import os
import socket


def task_name() -> str:
    """Return the ECS task's id (`[core] hostname_callable`)."""
    return os.environ.get("HANGAR_TASK_ID") or socket.gethostname()
