"""What a task is told of CloudWatch Logs (HANGAR_LOGGING): which of MWAA's groups it writes to, and how much. Pure.

Standard library only: Airflow's own processes read it, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Module = Literal["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"]
"""MWAA's five, as its group names end."""
LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
"""MWAA's LogLevel, as Python's numbers."""
COMPONENT_MODULES: dict[str, Module] = {
    "api-server": "WebServer",
    "dag-processor": "DAGProcessing",
    "scheduler": "Scheduler",
    "triggerer": "Scheduler",
    "worker": "Worker",
}
ROLE_MODULES: dict[str, Module] = {"web": "WebServer", "scheduler": "Scheduler", "worker": "Worker"}
"""Where the startup script's and the installer's output of a role goes."""
TASK_CODE = frozenset({"worker", "triggerer"})
"""Components whose processes write task logs."""


@dataclass(frozen=True, slots=True)
class LogTarget:
    """One enabled module."""

    group_arn: str
    level: int

    @property
    def group(self) -> str:
        """Return the group's name."""
        return self.group_arn.split(":")[6]

    @property
    def region(self) -> str:
        """Return the group's region."""
        return self.group_arn.split(":")[3]


Targets = dict[Module, LogTarget]


def parse_targets(text: str) -> Targets:
    """Return the enabled modules. Raises ValueError, in words, for what is no such document."""
    document = json.loads(text or "{}")
    if not isinstance(document, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - of its text, not of an argument
    targets: Targets = {}
    for name, entry in document.items():
        if name not in get_args(Module) or not isinstance(entry, dict):
            raise ValueError(f"{name[:40]!r} is no log module")
        group, level = entry.get("group"), entry.get("level")
        if not isinstance(group, str) or group.count(":") != 6 or level not in LEVELS:  # noqa: PLR2004
            raise ValueError(f"{name} needs the ARN of a log group, and a level of {', '.join(LEVELS)}")
        targets[cast("Module", name)] = LogTarget(group, LEVELS[level])
    return targets


def write_targets(targets: Mapping[Module, LogTarget]) -> str:
    """Return the document `parse_targets` reads."""
    names = {number: name for name, number in LEVELS.items()}
    return json.dumps(
        {module: {"group": each.group_arn, "level": names[each.level]} for module, each in targets.items()}
    )


def finer_level(component: str, targets: Mapping[Module, LogTarget]) -> dict[str, str]:
    """Return the variables that make a component say more than Airflow's usual INFO, where a group wants more.

    A group that wants less gets less when its lines are sent: the task's own log stays as full as ever.
    """
    concerned: set[Module] = {COMPONENT_MODULES[component]} | ({"Task"} if component in TASK_CODE else set())
    finest = min((target.level for module, target in targets.items() if module in concerned), default=LEVELS["INFO"])
    return {"AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG"} if finest < LEVELS["INFO"] else {}
