"""The task's own AWS keys, for the broker's channel alone: what the usual chain finds is the execution role's.

The agent writes the way to them beside the task's other files (hangar_agent/credential_endpoint.py).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.credentials import ContainerProvider

if TYPE_CHECKING:
    from botocore.credentials import RefreshableCredentials

OWN_CREDENTIALS_FILE = "own-credentials.json"


def own_credentials() -> RefreshableCredentials | None:
    """Return keys that renew themselves; None in a task without an execution role: the usual chain finds its own."""
    folder = os.environ.get("HANGAR_TASK_FOLDER")
    if not folder:
        return None
    try:
        variables = json.loads(Path(folder, OWN_CREDENTIALS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return ContainerProvider(environ=variables).load()
