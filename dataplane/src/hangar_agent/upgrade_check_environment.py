"""The environment of the checker of an upgrade: the image of the target, and what was installed for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hangar_agent.airflow_environment import database_url

if TYPE_CHECKING:
    from pathlib import Path

    from hangar_agent.layer_in_force import LayerInForce
    from hangar_agent.settings import DatabaseLogin, ImageSettings


def checker_environment(
    image: ImageSettings,
    inherited: dict[str, str],
    layer: LayerInForce,
    home: Path,
    metadata: DatabaseLogin | None,
    fernet_key: str,
) -> dict[str, str]:
    """Return the checker's environment. Without a database a file that asks for a Variable is told there is none."""
    path = [*layer.bin(), str(image.bin), inherited.get("PATH", "/usr/local/bin:/usr/bin:/bin")]
    left = {name: value for name, value in inherited.items() if name not in layer.exports.removed}
    nothing = f"sqlite:////{str(home).lstrip('/')}/airflow.db"
    return {
        **left,
        **layer.exports.variables,
        "PATH": ":".join(path),
        "HOME": str(home),
        "PYTHONPATH": ":".join([str(image.dataplane), *layer.python_path()]),
        "PYTHONUNBUFFERED": "1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": fernet_key,
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(metadata) if metadata else nothing,
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "MWAA_AIRFLOW_COMPONENT": "scheduler",
        **layer.variables(),
    }
