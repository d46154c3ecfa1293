"""Airflow's whole configuration, as a pure function: settings of the task in, environment variables out.

Order, low to high: what Hangar recommends, what the startup script exported, the user's options and what the control
plane decided (HANGAR_SETTINGS), what nobody may change (`protected_options.json`).
Secrets appear here and in 0600 files only: no option of a command line carries one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from hangar_agent.airflow_logging import airflow_logging
from hangar_agent.airflow_statsd import airflow_statsd
from hangar_agent.layer_in_force import COMPONENT_MARKERS, LayerInForce
from hangar_agent.protected_options import without_protected
from hangar_agent.recommended_options import NO_USAGE_DATA, mail_options, recommended_options
from hangar_agent.task_files import TaskFiles
from hangar_agent.worker_slots import AUTOSCALE, task_slots

if TYPE_CHECKING:
    from pathlib import Path

    from hangar_agent.migration_settings import MigrationSettings
    from hangar_agent.settings import AgentSettings, DatabaseLogin, ImageSettings

LONG_POLL_SECONDS = 10
VISIBILITY_SECONDS = 43_200  # the most SQS has: a task that runs longer is delivered twice
# A region that restarts is away for seconds; publishing waits for it instead of failing the task.
PUBLISH_AGAIN = {"max_retries": 30, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 2}
OWN_QUEUE = re.compile(r"(?P<base>airflow-celery-.+-g)(?P<generation>\d{1,6})")
MOST_EARLIER_QUEUES = 300  # all travel in one variable, which may be 128 KiB long
RELEASES_BUNDLE = "releases"
CANARY_BUNDLE = "hangar-canary"
EXTRA_CELERY = "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"


NO_LAYER = LayerInForce(None, None, None)


def agent_environment(
    settings: AgentSettings,
    task_id: str,
    agent_python: Path,
    layer: LayerInForce | None = None,
    *,
    statsd_port: int | None = None,
) -> dict[str, str]:
    """Return the complete environment of every Airflow component of this task, which may run on a layer.

    `statsd_port`: where the agent hears Airflow's metrics; None: nowhere.
    """
    files = TaskFiles(settings.task_folder)
    layer = layer or NO_LAYER
    exports = layer.exports.variables
    given = without_protected(settings.overrides, settings.image.major)
    asked = {**exports, **given}
    recommended = recommended_options(settings, asked)
    fixed = {
        **_database(settings.image, settings.metadata, settings.secrets.fernet_key, files),
        **_celery(settings, asked.get(EXTRA_CELERY, "{}")),
        **airflow_statsd(statsd_port, settings.image.major),
        **airflow_logging(settings, asked),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.log_folder),
        **(_fixed_3(settings, files) if settings.image.major >= 3 else _fixed_2(settings, files)),  # noqa: PLR2004
        # Read by hangar_airflow in Airflow's processes, and by `fetch-release` when a task wants an older release.
        "HANGAR_AGENT_PYTHON": str(agent_python),
        "HANGAR_AIRFLOW_VERSION": settings.image.airflow_version,
        "HANGAR_CONTROL_BUCKET": settings.storage.bucket,
        "HANGAR_CONTROL_PREFIX": settings.storage.prefix,
        "HANGAR_DATAPLANE": str(settings.image.dataplane),
        "HANGAR_ENVIRONMENT_ID": settings.storage.environment_id,
        "HANGAR_TASK_FOLDER": str(settings.task_folder),
        "HANGAR_TASK_ID": task_id,
        "HANGAR_QUEUE_NAME": settings.queue_name,
        "MWAA_AIRFLOW_COMPONENT": COMPONENT_MARKERS[settings.role],
        **layer.variables(),
    }
    if settings.role == "web":
        fixed |= {
            "HANGAR_ENVIRONMENT_NAME": settings.environment_name,
            "HANGAR_SIGN_IN_PUBLIC_KEY": settings.sign_in_public_key,
        }
    if settings.role == "scheduler":
        fixed |= {"HANGAR_CHECK_SOCKET": str(files.check)}
    if settings.role == "worker":
        fixed |= {"HANGAR_POLL_FILE": str(files.poll), "HANGAR_PAUSE_FILE": str(files.pause)}
        if settings.canary_queue:
            fixed |= {"HANGAR_HELD_FILE": str(files.held)}
    if settings.canary_queue:  # read by the canary's DAG file, wherever it is parsed, and by the worker's channel
        fixed |= {"HANGAR_CANARY_QUEUE_NAME": settings.canary_queue.name}
    base = {**recommended, **_process(settings.image, settings.inherited, files, layer)}
    left = {name: value for name, value in base.items() if name not in layer.exports.removed}
    given.pop(AUTOSCALE, None)  # in `fixed`, as it was understood
    return {**left, **exports, **given, **mail_options(settings.image, asked), **fixed}


def migration_environment(settings: MigrationSettings) -> dict[str, str]:
    """Return the environment of `airflow db migrate`: the same database settings, nothing of queue or sign-in."""
    files = TaskFiles(settings.task_folder)
    return {
        **_process(settings.image, settings.inherited, files),
        **_database(settings.image, settings.metadata, settings.fernet_key, files),
        **NO_USAGE_DATA,
    }


def _process(
    image: ImageSettings, inherited: dict[str, str], files: TaskFiles, layer: LayerInForce = NO_LAYER
) -> dict[str, str]:
    path = [*layer.bin(), str(image.bin), inherited.get("PATH", "/usr/local/bin:/usr/bin:/bin")]
    return {
        **inherited,
        "PATH": ":".join(path),
        # Hangar's own first: no file of a user's stands in its place.
        "PYTHONPATH": ":".join([str(image.dataplane), *layer.python_path()]),
        "PYTHONUNBUFFERED": "1",
        "AIRFLOW_HOME": str(files.home),
    }


def _database(image: ImageSettings, metadata: DatabaseLogin, fernet_key: str, files: TaskFiles) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": fernet_key,
        "AIRFLOW__CORE__DAGS_FOLDER": str(files.releases / "current"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(metadata),
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "HANGAR_AIRFLOW_VERSION": image.airflow_version,
    }


def database_url(login: DatabaseLogin) -> str:
    """Return the SQLAlchemy address of a login, every part percent-encoded."""
    user, password, database = (quote(part, safe="") for part in (login.user, login.password, login.database))
    security = f"&sslmode={login.ssl_mode}" if login.ssl_mode else ""
    return f"postgresql+psycopg2://{user}:{password}@{login.host}:{login.port}/{database}?connect_timeout=15{security}"


def _celery(settings: AgentSettings, extra: str) -> dict[str, str]:
    """Return the broker settings, for the worker (options module) and for the scheduler (JSON; it reads no module).

    `extra` is the user's own extra_celery_config: its other keys stay (text that is no JSON object counts as none).
    kombu takes the endpoint from host and port of the broker's address, and the keys from the usual AWS chain:
    so the address needs no keys in it, and session tokens and their renewal work as in any AWS client.
    """
    secure = urlsplit(settings.queue_url).scheme == "https"
    queue = {"url": settings.queue_url}
    names = [settings.queue_name, "default", *_earlier_queues(settings)]
    queues = dict.fromkeys(names, queue)
    if settings.canary_queue:
        queues |= {settings.canary_queue.name: {"url": settings.canary_queue.url}}
    broker_url = f"sqs://{settings.broker_host}//" if settings.broker_host else "sqs://"
    celery = {
        "broker_url": broker_url,
        "broker_transport": "hangar_airflow.broker:Transport",
        "broker_transport_options": {
            "region": settings.storage.region,
            "is_secure": secure,
            "visibility_timeout": VISIBILITY_SECONDS,
            "wait_time_seconds": LONG_POLL_SECONDS,
            "polling_interval": 0.1,
            # Predefined: no right to create or list queues is needed. Tasks that name `default` mean the one queue.
            "predefined_queues": queues,
        },
        "task_publish_retry_policy": PUBLISH_AGAIN,
    }
    return {
        "AIRFLOW__CELERY__BROKER_URL": broker_url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database_url(settings.celery)}",
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "hangar_airflow.celery_config.CELERY_CONFIG",
        EXTRA_CELERY: json.dumps({**_json_object(extra), **celery}),
        **task_slots(settings).variables(),
        "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",  # impossible on SQS
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
        "AIRFLOW__OPERATORS__DEFAULT_QUEUE": settings.queue_name,
    }


def _earlier_queues(settings: AgentSettings) -> list[str]:
    """Return the names this environment's queue may have had before, which upgrades have deleted.

    A run of Airflow 3 that is pinned to an older version of its DAG keeps the queue that version was serialized with.
    Names carry the generation that made them; which of the numbers below had a queue of their own is not known here.
    """
    own = OWN_QUEUE.fullmatch(settings.queue_name)
    if own is None:
        return []
    generation = int(own["generation"])
    return [f"{own['base']}{number}" for number in range(max(1, generation - MOST_EARLIER_QUEUES), generation)]


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _fixed_3(settings: AgentSettings, files: TaskFiles) -> dict[str, str]:
    canary = settings.image.dataplane / "hangar_airflow" / "canary"
    bundles = [
        {  # First, so that it is parsed first: a new environment is available when its canary has run.
            "name": CANARY_BUNDLE,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(canary), "refresh_interval": 300},
        },
        {
            "name": RELEASES_BUNDLE,
            "classpath": "hangar_airflow.bundle.ReleaseBundle",
            "kwargs": {"root": str(files.releases)},
        },
    ]
    return {
        "AIRFLOW__API__HOST": settings.web_host,
        "AIRFLOW__API__PORT": str(settings.web_port),
        "AIRFLOW__API__BASE_URL": settings.web_url,
        "AIRFLOW__API__SECRET_KEY": settings.secrets.api_secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secrets.jwt_secret,
        "AIRFLOW__API_AUTH__JWT_ISSUER": settings.storage.environment_id,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.web_url}/execution/",
        "AIRFLOW__CORE__AUTH_MANAGER": "hangar_airflow.sign_in.HangarAuthManager",
        "AIRFLOW__CORE__MULTI_TEAM": "False",
        "AIRFLOW__TRIGGERER__QUEUES_ENABLED": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        # Nobody, and the password form does not exist (hangar_airflow.sign_in).
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "",
        # Rows of table `job` and log lines name the task, which is how the agent knows its own components' heartbeats.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "hangar_airflow.task_name.task_name",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(files.bundles),
        # The agent prunes releases itself; Airflow's own cleaner is one more process of 95 MB for each worker.
        "AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_INTERVAL": "0",
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(files.parsing_logs),
    }


def _fixed_2(settings: AgentSettings, files: TaskFiles) -> dict[str, str]:
    return {
        "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": settings.web_host,
        "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(settings.web_port),
        "AIRFLOW__WEBSERVER__BASE_URL": settings.web_url,
        "AIRFLOW__WEBSERVER__SECRET_KEY": settings.secrets.api_secret_key,
        "AIRFLOW__WEBSERVER__CONFIG_FILE": str(files.webserver_config),
        "AIRFLOW__WEBSERVER__SESSION_BACKEND": "database",
        "AIRFLOW__WEBSERVER__SESSION_LIFETIME_MINUTES": "720",
        "AIRFLOW__WEBSERVER__COOKIE_SAMESITE": "Lax",
        "AIRFLOW__WEBSERVER__COOKIE_SECURE": str(urlsplit(settings.web_url).scheme == "https"),
        # A command of the CLI bridge takes up to a minute: the one process goes on serving pages beside it.
        "GUNICORN_CMD_ARGS": "--threads=8",
        "AIRFLOW__CORE__AUTH_MANAGER": "hangar_airflow.fab_auth_manager.HangarFabAuthManager",
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.providers.fab.auth_manager.api.auth.backend.session",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "hangar_airflow.task_name.task_name",
        "AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR": "True",
        "AIRFLOW__SCHEDULER__CHILD_PROCESS_LOG_DIRECTORY": str(files.parsing_logs),
        # Logs are named by the way from the DAG folder, which from there to the canary leads out of the log folder.
        "AIRFLOW__LOGGING__LOG_PROCESSOR_FILENAME_TEMPLATE": "{{ filename.replace('../', '') }}.log",
    }
