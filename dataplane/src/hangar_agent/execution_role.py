"""Keys of the environment's execution role: STS AssumeRole with the task's own keys, held and renewed in good time.

Not an SDK, for the reason `object_storage.py` has. Only the control plane's words say which role: naming one gains
nothing, since its trust policy must ask for this environment's ARN as external id.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from hangar_agent.credentials import Credentials, CredentialSource, NoCredentials
from hangar_agent.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.settings import RoleSettings

SESSION_SECONDS = 3600
"""The most STS gives to a caller that is itself an assumed role, as a Fargate task is."""
RENEW_BEFORE_SECONDS = 1200
"""botocore asks again at every call once 15 minutes are left: what it then gets must last longer."""
REPEAT_SECONDS = 5.0
"""A refusal is not asked for again before: everything in a task may want keys at once."""
TIMEOUT_SECONDS = 5
MOST_ANSWER_BYTES = 1 << 16


def assume_role(role: RoleSettings, own: CredentialSource, now: float) -> Credentials:
    """Ask STS once. Raises NoCredentials with what it said."""
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": role.role_arn,
        "RoleSessionName": role.session_name,
        "ExternalId": role.external_id,
        "DurationSeconds": str(SESSION_SECONDS),
    }
    body = urlencode(form).encode()
    parts = urlsplit(role.endpoint_url)
    path = parts.path or "/"
    headers = {"host": parts.netloc, "content-type": "application/x-www-form-urlencoded"}
    signed = sign("POST", path, headers, body, credentials=own.current(), region=role.region, now=now, service="sts")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", path, body, signed)
        answer = connection.getresponse()
        status, text = answer.status, answer.read(MOST_ANSWER_BYTES).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise NoCredentials(f"STS at {parts.netloc} does not answer: {error or type(error).__name__}") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise NoCredentials(
            f"the execution role {role.role_arn} cannot be assumed: {_member(text, 'Code') or status}: "
            f"{_member(text, 'Message')} Its trust policy must allow sts:AssumeRole with the external id "
            f"{role.external_id}"
        )
    try:
        expires_at = datetime.fromisoformat(_member(text, "Expiration")).timestamp()
    except ValueError as error:
        raise NoCredentials("STS answered with something else than keys") from error
    key_id, secret, token = (_member(text, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    return Credentials(key_id, secret, token, expires_at)


def _member(xml: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return unescape(found[1]) if found else ""


class RoleKeys:
    """The role's keys, good for some while. Safe to use from several threads."""

    def __init__(self, ask: Callable[[float], Credentials], clock: Callable[[], float] = time.time) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Credentials | None = None
        self._ask_again_at = 0.0
        self.problem: str | None = None
        """Why keys could not be had, or renewed, when they were last asked for."""

    def current(self) -> Credentials:
        """Return keys; asks only when those held will soon end. Raises NoCredentials when there are none."""
        with self._lock:
            now = self._clock()
            if self._held is None or self._held.expires_at - now < RENEW_BEFORE_SECONDS:
                self._renew(now)
            if self._held is not None and self._held.expires_at > now:
                return self._held
            raise NoCredentials(self.problem or "the keys have ended")

    def _renew(self, now: float) -> None:
        if now < self._ask_again_at:
            return
        try:
            self._held, self.problem = self._ask(now), None
        except NoCredentials as error:
            self.problem = str(error)
            self._ask_again_at = now + REPEAT_SECONDS
