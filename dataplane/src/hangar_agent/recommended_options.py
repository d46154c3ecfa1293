"""What Hangar sets where nobody asks for anything else: measured defaults, which any option overrides. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.airflow_statsd import usual_allow_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.settings import AgentSettings, ImageSettings

NO_USAGE_DATA = {"AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False"}
USUAL_EMAIL_BACKEND = "airflow.utils.email.send_email_smtp"
METRICS_ALLOW_LIST = "AIRFLOW__METRICS__METRICS_ALLOW_LIST"
OLD_NAMES = {
    # Of a block list Airflow takes no notice beside an allow list: who has one is given none.
    METRICS_ALLOW_LIST: (
        "AIRFLOW__METRICS__STATSD_ALLOW_LIST",
        "AIRFLOW__METRICS__METRICS_BLOCK_LIST",
        "AIRFLOW__METRICS__STATSD_BLOCK_LIST",
    ),
    "AIRFLOW__API__WORKERS": ("AIRFLOW__WEBSERVER__WORKERS",),
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": ("AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL",),
    "AIRFLOW__SCHEDULER__PARSING_PROCESSES": ("AIRFLOW__SCHEDULER__MAX_THREADS",),
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": (
        "AIRFLOW__CELERY__STALLED_TASK_TIMEOUT",
        "AIRFLOW__CELERY__TASK_ADOPTION_TIMEOUT",
        "AIRFLOW__KUBERNETES_EXECUTOR__WORKER_PODS_PENDING_TIMEOUT",
    ),
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": (
        "AIRFLOW__KUBERNETES_EXECUTOR__WORKER_PODS_PENDING_TIMEOUT_CHECK_INTERVAL",
    ),
}
"""Of what is recommended below: the names under which Airflow still takes it, or what stands in its place.

A test compares with contracts/.
"""


def recommended_options(settings: AgentSettings, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the defaults, small and quick on two cores, without those `asked` for under a name Airflow maps to them.

    Airflow looks for the present name first: a recommendation under it would hide the user's value.
    """
    hiding = {new for new, olds in OLD_NAMES.items() if any(old in asked for old in olds)}
    return {name: value for name, value in _recommended(settings).items() if name not in hiding}


def mail_options(image: ImageSettings, given: Mapping[str, str]) -> dict[str, str]:
    """Return what lets a mail server given by options send failure mail, where Airflow no longer reads them for it.

    From 3.3 on the usual back end is never called: failure mail goes through a connection, which nobody has made.
    """
    version = tuple(int(part) for part in image.airflow_version.split("."))
    asked = given.get("AIRFLOW__EMAIL__EMAIL_BACKEND", USUAL_EMAIL_BACKEND)
    if version < (3, 3) or asked != USUAL_EMAIL_BACKEND or "AIRFLOW__SMTP__SMTP_HOST" not in given:
        return {}
    return {"AIRFLOW__EMAIL__EMAIL_BACKEND": "hangar_airflow.email_backend.send_email"}


def _recommended(settings: AgentSettings) -> dict[str, str]:
    common = {
        **NO_USAGE_DATA,
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
        # Airflow waits one second: on a busy machine handing a task to the queue took longer, and the task failed.
        "AIRFLOW__CELERY__OPERATION_TIMEOUT": "10",
        # Heartbeats are read from the database; the health server is one more process of 115 MB.
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # Longer than a cold worker takes to start; also the life of a queued task's token.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "1800",
        # What the agent found to have lost its message is queued again at the next of these checks (stranded_watch.py).
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
        # Tasks of a scheduler that was killed belong to nobody until its successor adopts them: five minutes as it is.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        METRICS_ALLOW_LIST: usual_allow_list(settings.image.major),
    }
    if settings.image.major >= 3:  # noqa: PLR2004
        return common | {
            "AIRFLOW__API__WORKERS": str(settings.web_workers),
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
            # A task outlives an api-server that is away for two minutes: tries about 1 s apart.
            "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "120",
            "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MIN": "0.5",
            "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "1.5",
            # A new api-server builds its routes during the first call: wait for that one rather than call again.
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
            # A worker's slot stays taken for up to this long after its task has ended: it notices between heartbeats.
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "60",
        }
    return common | {
        "AIRFLOW__WEBSERVER__WORKERS": str(settings.web_workers),
        "AIRFLOW__WEBSERVER__WEB_SERVER_MASTER_TIMEOUT": "120",
        "AIRFLOW__WEBSERVER__ENABLE_PROXY_FIX": "True",
        "AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1",
        "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
    }
