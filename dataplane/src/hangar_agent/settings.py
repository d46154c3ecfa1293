"""What the control plane tells a task: environment variables, read once, typed, complaints complete.

Nothing else in the package looks at the process environment. README.md lists every variable.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from hangar_agent.canary_queue import CanaryQueue, read_canary_queue
from hangar_agent.variable_reader import VariableReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.log_targets import Targets

Role = Literal["web", "scheduler", "worker"]
ROLES: tuple[Role, ...] = ("web", "scheduler", "worker")
CONTAINER_WEB_PORT = 8080
MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class DatabaseLogin:
    """One role of one database. The password is never part of the text form."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    ssl_mode: str | None = None
    """As libpq knows it; None leaves it to libpq, which is right on loopback."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where the control document, releases and reports are: one prefix of the control bucket."""

    environment_id: str
    bucket: str
    prefix: str
    endpoint_url: str | None
    region: str


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """The execution role: which, on whose behalf, and where STS is."""

    role_arn: str
    external_id: str
    """The environment's ARN."""
    session_name: str
    """The environment's id."""
    region: str
    endpoint_url: str


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """The Airflow installation a task runs, and the folder these packages are imported from."""

    python: Path
    bin: Path
    dataplane: Path
    airflow_version: str

    @property
    def major(self) -> int:
        """Return 2 or 3: what commands and settings differ by."""
        return int(self.airflow_version.split(".")[0])


@dataclass(frozen=True, slots=True)
class Secrets:
    """Handed over as environment variables; go on to Airflow as such, and to 0600 files, nowhere else."""

    fernet_key: str = field(repr=False)
    api_secret_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Everything `run` needs."""

    role: Role
    environment_name: str
    generation: int
    storage: StorageSettings
    execution_role: RoleSettings | None
    """Whose keys DAG code gets; None where an earlier control plane made the task: then it gets the task's own."""
    image: ImageSettings
    metadata: DatabaseLogin
    celery: DatabaseLogin
    secrets: Secrets
    sign_in_public_key: str
    """Of the tokens that open this environment; empty in tasks that open nothing."""
    queue_name: str
    queue_url: str
    canary_queue: CanaryQueue | None
    """None in a task that belongs to no upgrade: it is held by nothing."""
    broker_host: str | None
    web_url: str
    web_host: str
    web_port: int
    web_workers: int
    worker_slots: int
    poll_seconds: float
    metric_seconds: float
    stop_seconds: float
    task_folder: Path
    log_folder: Path
    logging: Targets
    """What goes to CloudWatch Logs, and where."""
    overrides: dict[str, str] = field(repr=False)
    configuration_key: str | None
    layer_key: str | None
    """The layer of packages, plugins and startup script this task runs with; None: the image alone."""
    layer_cache: Path | None
    """Where the tasks of one machine share unpacked layers; None: below the task's own folder."""
    metadata_uri: str | None
    ecs_agent_uri: str | None
    inherited: dict[str, str] = field(repr=False)

    @property
    def triggerer(self) -> bool:
        """Whether a triggerer runs beside the scheduler: MWAA's option `mwaa.triggerer_enabled`, true unless given."""
        asked = self.overrides.get("AIRFLOW__MWAA__TRIGGERER_ENABLED", "true")
        return asked.strip().lower() not in {"false", "f", "0"}

    @property
    def worker_replaced_after_seconds(self) -> float:
        """After how long a silence a worker's task is replaced; 0: by the usual rules.

        MWAA's option `mwaa.worker_replacement_threshold_seconds`, read as its image reads it: what is no number, or is
        below zero, counts as 0 (aws/amazon-mwaa-docker-images, execute_command.py).
        """
        try:
            asked = int(float(self.overrides.get("AIRFLOW__MWAA__WORKER_REPLACEMENT_THRESHOLD_SECONDS", "0")))
        except (ValueError, OverflowError):
            return 0
        return max(0, asked)

    def secret_texts(self) -> frozenset[str]:
        """Return what must not be in anything this task tells of what DAG files said."""
        handed = (self.secrets.fernet_key, self.secrets.api_secret_key, self.secrets.jwt_secret)
        logins = {login.password for login in (self.metadata, self.celery)}
        keys = {value for name, value in self.inherited.items() if re.search(r"SECRET|TOKEN", name)}
        return frozenset({*handed, *logins, *(quote(each, safe="") for each in logins), *keys} - {""})


# What passes from the task to Airflow untouched. Everything else, HANGAR_ secrets above all, stays behind.
INHERITED = re.compile(
    r"AWS_[A-Z0-9_]+|PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|"
    r"ECS_(CONTAINER_METADATA_URI(_V4)?|AGENT_URI)|(?i:(http|https|no)_proxy)"
)


def read_agent_settings(role: Role, environment: Mapping[str, str], working_folder: Path) -> AgentSettings:
    """Return what `run` needs, or raise one SettingsError that names every variable that is missing or malformed."""
    read = VariableReader(environment)
    task_folder = Path(read.text("HANGAR_TASK_FOLDER", str(working_folder)))
    on_this_machine = environment.get("HANGAR_HOST_PORT_8080")
    settings = AgentSettings(
        role=role,
        environment_name=read.text("HANGAR_ENVIRONMENT_NAME"),
        generation=read.whole("HANGAR_GENERATION"),
        storage=storage_settings(read),
        execution_role=_execution_role(read),
        image=image_settings(read),
        metadata=database_login(read, "METADATA"),
        celery=database_login(read, "CELERY"),
        secrets=Secrets(
            fernet_key=read.text("HANGAR_FERNET_KEY"),
            api_secret_key=read.text("HANGAR_API_SECRET_KEY"),
            jwt_secret=read.text("HANGAR_JWT_SECRET"),
        ),
        sign_in_public_key=read.public_key("HANGAR_SIGN_IN_PUBLIC_KEY") if role == "web" else "",
        queue_name=read.text("HANGAR_QUEUE_NAME"),
        queue_url=read.text("HANGAR_QUEUE_URL"),
        canary_queue=read_canary_queue(read),
        broker_host=environment.get("HANGAR_BROKER_HOST") or None,
        web_url=read.text("HANGAR_WEB_URL").rstrip("/"),
        # A port of this machine's own is a port of a shared machine: loopback only.
        web_host="127.0.0.1" if on_this_machine else "0.0.0.0",  # noqa: S104 - a Fargate task has one interface
        web_port=read.whole(
            "HANGAR_HOST_PORT_8080" if on_this_machine else "HANGAR_WEB_PORT",
            CONTAINER_WEB_PORT,
            least=1,
            most=MAX_PORT,
        ),
        web_workers=read.whole("HANGAR_WEB_WORKERS", 1, least=1),
        worker_slots=read.whole("HANGAR_WORKER_SLOTS", least=1),
        poll_seconds=read.number("HANGAR_POLL_SECONDS", 5, least=0.1),
        metric_seconds=read.number("HANGAR_METRIC_SECONDS", 10, least=0.2),
        stop_seconds=read.number("HANGAR_STOP_SECONDS", 30, least=5),
        task_folder=task_folder,
        log_folder=Path(read.text("HANGAR_LOG_FOLDER", str(task_folder / "logs"))),
        logging=read.log_targets(),
        overrides=read.airflow_options("HANGAR_SETTINGS"),
        configuration_key=environment.get("HANGAR_CONFIGURATION_KEY") or None,
        layer_key=read.layer_key(),
        layer_cache=Path(environment["HANGAR_LAYER_CACHE"]) if environment.get("HANGAR_LAYER_CACHE") else None,
        metadata_uri=environment.get("ECS_CONTAINER_METADATA_URI_V4") or None,
        ecs_agent_uri=environment.get("ECS_AGENT_URI") or None,
        inherited=inherited_variables(environment),
    )
    read.finish()
    return settings


def read_storage_settings(environment: Mapping[str, str]) -> StorageSettings:
    """Return what `fetch-release` needs, which runs inside a task of Airflow and has no secrets."""
    read = VariableReader(environment)
    storage = storage_settings(read)
    read.finish()
    return storage


def inherited_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of this process that Airflow may see: AWS access, locale, proxies, certificates."""
    return {name: value for name, value in environment.items() if INHERITED.fullmatch(name)}


def storage_settings(read: VariableReader) -> StorageSettings:
    """Return where the environment's objects are."""
    prefix = read.text("HANGAR_CONTROL_PREFIX")
    return StorageSettings(
        environment_id=read.text("HANGAR_ENVIRONMENT_ID"),
        bucket=read.text("HANGAR_CONTROL_BUCKET"),
        prefix=prefix if prefix.endswith("/") else f"{prefix}/",
        endpoint_url=read.environment.get("AWS_ENDPOINT_URL_S3") or read.environment.get("AWS_ENDPOINT_URL") or None,
        region=read.text("AWS_REGION", read.environment.get("AWS_DEFAULT_REGION")),
    )


def _execution_role(read: VariableReader) -> RoleSettings | None:
    role_arn = read.environment.get("HANGAR_EXECUTION_ROLE_ARN")
    if not role_arn:
        return None
    region = read.text("AWS_REGION", read.environment.get("AWS_DEFAULT_REGION"))
    return RoleSettings(
        role_arn,
        external_id=read.text("HANGAR_ENVIRONMENT_ARN"),
        session_name=read.text("HANGAR_ENVIRONMENT_ID"),
        region=region,
        endpoint_url=read.environment.get("AWS_ENDPOINT_URL_STS")
        or read.environment.get("AWS_ENDPOINT_URL")
        or f"https://sts.{region}.amazonaws.com",
    )


def image_settings(read: VariableReader) -> ImageSettings:
    """Return the image a task runs in."""
    on_path = shutil.which("airflow", path=read.environment.get("PATH", os.defpath))
    folder = read.text("HANGAR_IMAGE_BIN", str(Path(on_path).parent) if on_path else None)
    version = read.text("HANGAR_AIRFLOW_VERSION")
    if version and not re.fullmatch(r"[23]\.\d+\.\d+", version):
        read.complaints.append(f"HANGAR_AIRFLOW_VERSION must look like 3.3.1, not {version[:40]!r}")
    return ImageSettings(
        python=Path(read.text("HANGAR_IMAGE_PYTHON", f"{folder}/python" if folder else None)),
        bin=Path(folder),
        dataplane=Path(read.text("HANGAR_DATAPLANE", str(Path(__file__).resolve().parent.parent))),
        airflow_version=version,
    )


def database_login(read: VariableReader, which: Literal["METADATA", "CELERY"]) -> DatabaseLogin:
    """Return one of the two logins a task is told."""
    return DatabaseLogin(
        host=read.text("HANGAR_DATABASE_HOST"),
        port=read.whole("HANGAR_DATABASE_PORT", 5432, least=1, most=MAX_PORT),
        database=read.text(f"HANGAR_{which}_DATABASE"),
        user=read.text(f"HANGAR_{which}_USER"),
        password=read.text(f"HANGAR_{which}_PASSWORD"),
        ssl_mode=read.environment.get("HANGAR_DATABASE_SSL_MODE") or None,
    )


AGENT_PYTHON = Path(sys.executable)
