"""What a startup script may change in the environment of Airflow's processes, and what it may not. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hangar_agent.protected_options import without_protected

if TYPE_CHECKING:
    from collections.abc import Mapping

RESERVED = re.compile(
    # Whose task this is and where its AWS is: Hangar's own.
    r"HANGAR_\w*|ECS_\w*|MWAA__\w*|MWAA_AIRFLOW_COMPONENT|AWS_ENDPOINT_URL\w*|AWS_EXECUTION_ENV|"
    r"AWS_CONTAINER_\w*|PYTHONPATH|PYTHONHOME|"
    # MWAA's documented list of reserved variables.
    r"AIRFLOW_HOME|AIRFLOW_CONFIG|AIRFLOW_VERSION|AIRFLOW_CONN_AWS_DEFAULT|AWS_REGION|AWS_DEFAULT_REGION|"
    r"PYTHONUNBUFFERED|AIRFLOW__METRICS__STATSD_\w*|AIRFLOW__SCHEDULER__STATSD_\w*|"
    r"AIRFLOW__(?:"
    r"WEBSERVER__SECRET_KEY|API__SECRET_KEY|API_AUTH__JWT_SECRET|CORE__FERNET_KEY|"
    r"CELERY__BROKER_URL|CELERY__RESULT_BACKEND|(?:DATABASE|CORE)__SQL_ALCHEMY_CONN)(?:_CMD|_SECRET)?|"
    r"AIRFLOW__CORE__(?:EXECUTOR|LOAD_EXAMPLES|PARALLELISM|DAG_CONCURRENCY|MAX_ACTIVE_TASKS_PER_DAG|PLUGINS_FOLDER|"
    r"DAGS_FOLDER)|"
    r"AIRFLOW__CELERY__(?:DEFAULT_QUEUE|WORKER_AUTOSCALE)|AIRFLOW__OPERATORS__DEFAULT_QUEUE|"
    r"AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__\w+|"
    r"AIRFLOW__SCHEDULER__(?:PARSING_PROCESSES|ALLOWED_RUN_ID_PATTERN)|AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES|"
    r"AIRFLOW__(?:WEBSERVER|API)__BASE_URL"
)
SHELLS_OWN = re.compile(r"_|SHLVL|PWD|OLDPWD|BASH_FUNC_.*|BASHOPTS|SHELLOPTS")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Exports:
    """What a script changed."""

    variables: dict[str, str] = field(default_factory=dict, repr=False)
    removed: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
    """Names it tried to change and may not."""

    def warnings(self) -> list[str]:
        """Return a sentence for each name that stays as it is."""
        return [
            f"startup.sh sets {name}, which has no effect: it stays as the environment needs it"
            for name in self.refused
        ]


def exports_of(before: Mapping[str, str], after: Mapping[str, str], major: int) -> Exports:
    """Compare the environment a script was given with the one it left; `major` is Airflow's."""
    changed = {name: value for name, value in after.items() if before.get(name) != value and NAME.fullmatch(name)}
    changed = {name: value for name, value in changed.items() if not SHELLS_OWN.fullmatch(name)}
    gone = {name for name in before if name not in after and not SHELLS_OWN.fullmatch(name)}
    allowed = without_protected(dict.fromkeys((*changed, *gone), ""), major)
    refused = sorted(name for name in (*changed, *gone) if name not in allowed or RESERVED.fullmatch(name))
    return Exports(
        {name: value for name, value in changed.items() if name not in refused},
        frozenset(gone.difference(refused)),
        tuple(refused),
    )


def read_record(body: bytes) -> dict[str, str]:
    """Return the variables that `env -0` wrote."""
    pairs = (entry.partition(b"=") for entry in body.split(b"\0") if entry)
    return {name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape") for name, _, value in pairs}
