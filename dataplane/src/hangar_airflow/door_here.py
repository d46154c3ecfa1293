"""The door of this process: its settings from the environment the agent made, its connections from Airflow's engine."""

from __future__ import annotations

import os
from typing import Any

from hangar_airflow.command_bridge import CommandBridge
from hangar_airflow.door import Door
from hangar_airflow.used_tokens import UsedTokens
from hangar_airflow.web_token import read_public_key

PUBLIC_KEY = "HANGAR_SIGN_IN_PUBLIC_KEY"


def door_of_this_process() -> Door:
    """Return the door. Raises KeyError or ValueError for settings that the agent would not have let through."""
    return Door(
        environment_id=os.environ["HANGAR_ENVIRONMENT_ID"],
        environment_name=os.environ["HANGAR_ENVIRONMENT_NAME"],
        airflow_major=int(os.environ["HANGAR_AIRFLOW_VERSION"].split(".")[0]),
        key=read_public_key(os.environ[PUBLIC_KEY]),
        used=UsedTokens(_pooled),
        bridge=CommandBridge(_own, os.environ),
    )


def _pooled() -> Any:
    from airflow import settings  # noqa: PLC0415 - the engine is made after this module is imported

    return settings.engine.raw_connection()


def _own() -> Any:
    """Return a connection that ends with its close, and with it every lock it holds."""
    connection = _pooled()
    connection.detach()
    return connection
