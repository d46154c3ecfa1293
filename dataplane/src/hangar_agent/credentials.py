"""AWS keys: from the environment, else from the container credentials endpoint it names, renewed in time."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ECS_ENDPOINT = "http://169.254.170.2"
ENDPOINT_SECONDS = 3
RENEW_BEFORE_SECONDS = 300


class NoCredentials(Exception):
    """Neither place has keys; the message says which were looked at."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys, and the token that goes with temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: float = float("inf")
    """Epoch seconds."""


def own_credentials(told: Path) -> CredentialSource:
    """Return the task's own keys inside a component, whose environment leads to the execution role's.

    `told` is written by the agent (credential_endpoint.py); without it the environment's are the task's own.
    """
    try:
        return CredentialSource(json.loads(told.read_bytes()))
    except FileNotFoundError:
        return CredentialSource()


class CredentialSource:
    """Keys that are always good for some minutes more. Safe to use from several threads."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
        ecs_endpoint: str = ECS_ENDPOINT,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._ecs_endpoint = ecs_endpoint
        self._lock = threading.Lock()
        self._held: Credentials | None = None

    def current(self) -> Credentials:
        """Return keys; asks the endpoint only when those it gave last are about to expire. Raises NoCredentials."""
        with self._lock:
            if self._held is None or self._held.expires_at - self._clock() < RENEW_BEFORE_SECONDS:
                self._held = self._from_environment() or self._from_container()
            return self._held

    def _from_environment(self) -> Credentials | None:
        key_id, secret = self._environment.get("AWS_ACCESS_KEY_ID"), self._environment.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            return None
        return Credentials(key_id, secret, self._environment.get("AWS_SESSION_TOKEN") or None)

    def _from_container(self) -> Credentials:
        path = self._environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        uri = self._ecs_endpoint + path if path else self._environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if not uri:
            raise NoCredentials("neither AWS_ACCESS_KEY_ID nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set")
        token = self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        request = urllib.request.Request(uri, headers={"Authorization": token} if token else {})  # noqa: S310 - ECS's word
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ENDPOINT_SECONDS) as answer:
                fields = json.loads(answer.read())
            expires_at = datetime.fromisoformat(fields["Expiration"]).timestamp()
            return Credentials(fields["AccessKeyId"], fields["SecretAccessKey"], fields["Token"] or None, expires_at)
        except (OSError, ValueError, KeyError) as error:
            raise NoCredentials(f"the container credentials endpoint gave no keys: {error}") from error
