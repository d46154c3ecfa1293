"""Which packages stay as the image has them whatever a requirements.txt says, and what constraints apply besides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.requirements_file import NAME, normal_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.requirements_file import Requirements

ESSENTIAL = re.compile(
    r"apache-airflow|apache-airflow-(?:core|task-sdk)|apache-airflow-providers-(?:celery|fab)|"
    r"flask|flask-(?:appbuilder|babel|bcrypt|caching|jwt-extended|limiter|login|sqlalchemy|session|wtf)|"
    r"celery|billiard|kombu|vine|amqp|pycurl|gevent|greenlet|"
    r"sqlalchemy|sqlalchemy-(?:jsonfield|utils)|alembic|psycopg2-binary|"
    r"gunicorn|uvicorn|statsd|watchtower|fluent-logger"
)
"""MWAA's essential constraints (aws/amazon-mwaa-docker-images, mwaa_essential_constraints.txt), and beside them Airflow
3's own parts and what Hangar's channel, sign-in and databases are spoken through."""
OFFICIAL = re.compile(
    r"https://(?:raw\.githubusercontent\.com/apache/airflow|github\.com/apache/airflow/raw)/constraints-([\d.]+|main)"
    r"/constraints-(?:no-providers-|source-providers-)?(\d+\.\d+)\.txt"
)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the resolver must keep to."""

    lines: list[str]
    addresses: list[str]
    pinned: dict[str, str]
    """Essential packages of the image, by normal name."""
    from_version: dict[str, str]
    """What the version's own constraints allow, by normal name, where they were applied."""
    warnings: list[str]


def is_essential(name: str) -> bool:
    """Tell whether a package must stay as the image has it."""
    return ESSENTIAL.fullmatch(normal_name(name)) is not None


def constraints_for(
    requirements: Requirements, own: str, installed: Mapping[str, str], airflow_version: str, python: str
) -> Constraints:
    """Decide what a file's packages are held to.

    `own`: the text of the version's constraints; `installed`: versions in the image by name; `python`: its minor.
    """
    pinned = {normal_name(name): version for name, version in installed.items() if is_essential(name)}
    lines = [f"{name}=={version}" for name, version in sorted(pinned.items())]
    official = _pythons_of(own) | {python}
    applied, addresses, warnings = not requirements.names_constraint, [], []
    for address in requirements.constraint_addresses:
        found = OFFICIAL.fullmatch(address)
        if found and found[1] == airflow_version and found[2] in official:
            applied = True  # the very file that comes with the image: nothing to download
            continue
        addresses.append(address)
        if found and found[1] != airflow_version:
            warnings.append(
                f"requirements.txt names the constraints of Airflow {found[1]}, and the environment runs "
                f"{airflow_version}: name constraints-{airflow_version} instead"
            )
    for line in requirements.constraint_lines:
        name = _name_of(line)
        if name is None or name not in pinned:
            lines.append(line)
        elif not line.replace(" ", "").endswith(f"=={pinned[name]}"):
            warnings.append(
                f"the constraint {line} has no effect: {name} stays at {pinned[name]}, as Airflow runs on it"
            )
    versions = _own_versions(own) if applied else {}
    named = {_name_of(line) for line in requirements.constraint_lines}
    lines += [f"{name}=={version}" for name, version in versions.items() if name not in pinned and name not in named]
    if not applied and not requirements.constraint_addresses and not requirements.constraint_lines:
        warnings.append(
            "requirements.txt mentions a constraint only in a comment: Airflow's own constraints are not applied to it"
        )
    return Constraints(lines, addresses, pinned, versions, warnings)


def _own_versions(text: str) -> dict[str, str]:
    pairs = (line.split("#")[0].strip().partition("==") for line in text.splitlines())
    return {normal_name(name): version.strip() for name, _, version in pairs if version}


def _pythons_of(text: str) -> set[str]:
    """Return the Pythons the version's own constraints were made for, from the address in their head."""
    return set(re.findall(r"constraints-(\d+\.\d+)\.txt", "\n".join(text.splitlines()[:10])))


def _name_of(line: str) -> str | None:
    found = NAME.match(line)
    return normal_name(found[1]) if found else None
