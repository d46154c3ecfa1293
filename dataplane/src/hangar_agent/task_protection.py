"""Scale-in protection of this task, through the agent endpoint of ECS: a protected one is not picked for scale-in.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html says what it answers.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from hangar_agent.drain import PROTECTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINT_SECONDS = 3
STATE_PATH = "/task-protection/v1/state"


class ProtectionError(Exception):
    """The endpoint did not do as told; the message says what it answered."""


class TaskProtection:
    """Asks for protection and gives it up. Both may be repeated at any time.

    Without `ECS_AGENT_URI` there is no ECS that could shrink a service, and nothing to be protected from.
    """

    def __init__(self, agent_uri: str | None, clock: Callable[[], float] = time.time) -> None:
        self._agent_uri = agent_uri
        self._clock = clock

    def protect(self) -> float:
        """Protect this task for 48 hours from now; return when that ends, epoch seconds. Raises ProtectionError."""
        if self._agent_uri is None:
            return float("inf")
        asked_at = self._clock()
        self._put({"ProtectionEnabled": True, "ExpiresInMinutes": int(PROTECTION_SECONDS // 60)})
        return asked_at + PROTECTION_SECONDS

    def unprotect(self) -> None:
        """End the protection of this task. Raises ProtectionError."""
        if self._agent_uri is not None:
            self._put({"ProtectionEnabled": False})

    def _put(self, wanted: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the address is ECS's, in the environment
            f"{self._agent_uri}".rstrip("/") + STATE_PATH,
            data=json.dumps(wanted).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ENDPOINT_SECONDS) as answer:
                fields = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            raise ProtectionError(f"{error.code}: {said}") from error
        except (OSError, ValueError) as error:
            raise ProtectionError(str(error)) from error
        # A refusal is an answer of 200 with `failure` in place of `protection`.
        protection = fields.get("protection") if isinstance(fields, dict) else None
        if not isinstance(protection, dict) or protection.get("ProtectionEnabled") is not wanted["ProtectionEnabled"]:
            raise ProtectionError(f"refused: {json.dumps(fields)[:500]}")
