"""The user's AirflowConfigurationOptions: one object in the environment's own prefix, never in a task definition.

Options may be secret and large. They stand above what Hangar recommends and below what nobody may change.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from hangar_agent.protected_options import variable_of
from hangar_agent.variable_reader import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.object_storage import ObjectStorage

TRIES = 10


def options_as_variables(document: bytes) -> dict[str, str]:
    """Return Airflow's variables for a JSON object of `section.option` to text (MWAA API: CreateEnvironment)."""
    options = json.loads(document)
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise ValueError("the configuration object is not a JSON object of texts")
    return {variable_of(option): value for option, value in options.items() if "." in option}


def read_configuration(
    storage: ObjectStorage, key: str, pause: Callable[[], None] = lambda: time.sleep(1)
) -> dict[str, str]:
    """Return the options as variables. Raises SettingsError when they cannot be had: none must be left out silently."""
    from hangar_agent.object_storage import StorageError  # noqa: PLC0415

    complaint: Exception | None = None
    for _ in range(TRIES):
        try:
            stored = storage.get(key)
            return options_as_variables(stored.body if stored else b"{}")
        except (StorageError, ValueError) as error:
            complaint = error
            pause()
    raise SettingsError(f"HANGAR_CONFIGURATION_KEY names {key}, which cannot be read: {complaint}")
