"""One call of an AWS service that speaks JSON 1.0: a signed POST, an object out, an object back.

Not an SDK, for the reason `object_storage.py` has. A few seconds, and who calls comes again in time. What only looks is
asked again within them; what changes something never: with its answer lost nobody knows whether it was done, and lines
and metrics would be there twice.
"""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hangar_agent.credentials import CredentialSource, NoCredentials
from hangar_agent.signature import sign

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

TIMEOUT_SECONDS = 4
"""Of one attempt, and of asking again altogether."""
PAUSES_SECONDS = (0.2, 0.8)
"""Before each further attempt."""
ONLY_LOOK = ("Get", "Describe", "List")
"""How operations begin that change nothing."""
THROTTLED = frozenset({"TooManyRequestsException", "RequestLimitExceeded"})
"""Besides those that have `Throttl` in their name."""
MOST_ANSWER_BYTES = 1 << 20


class AwsError(Exception):
    """The service could not be reached or refused; the message is what it said."""

    def __init__(self, message: str, kind: str = "", *, passing: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        """The name of the service's own error; empty where it did not answer in its own words."""
        self.passing = passing
        """A moment later the same may go well: a lost connection, a fault of the service, too many requests."""


@dataclass(frozen=True, slots=True)
class AwsService:
    """One service of one region."""

    signing_name: str
    """What its requests are signed for: `monitoring` is CloudWatch."""
    target_prefix: str
    """What stands before the operation in X-Amz-Target (botocore's `targetPrefix`)."""
    endpoint_url: str
    region: str
    json_version: str = "1.0"
    """Of its protocol (botocore's `jsonVersion`)."""


def endpoint_of(service: str, environment: Mapping[str, str], otherwise: str) -> str:
    """Return the endpoint AWS's own variables ask for, `service` as they spell it (CLOUDWATCH), else `otherwise`."""
    return environment.get(f"AWS_ENDPOINT_URL_{service}") or environment.get("AWS_ENDPOINT_URL") or otherwise


class AwsJsonClient:
    """Calls one service. Safe to use from several threads."""

    def __init__(
        self,
        service: AwsService,
        credentials: CredentialSource | None = None,
        clock: Callable[[], float] = time.time,
        most_answer_bytes: int = MOST_ANSWER_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._monotonic = monotonic
        self._pause = pause
        self._most_answer_bytes = most_answer_bytes
        self._credentials = credentials or CredentialSource()
        self._clock = clock
        parts = urlsplit(service.endpoint_url)
        self._host = parts.netloc
        self._path = parts.path or "/"
        self._secure = parts.scheme == "https"
        self._trust: ssl.SSLContext | None = None

    def call(self, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the answer's object; an empty body counts as an empty object. Raises AwsError."""
        body = json.dumps(fields, separators=(",", ":")).encode()
        until = self._monotonic() + TIMEOUT_SECONDS
        pauses = iter(PAUSES_SECONDS if operation.startswith(ONLY_LOOK) else ())
        left: float = TIMEOUT_SECONDS
        while True:
            try:
                return self._attempt(operation, body, left)
            except AwsError as error:
                pause = next(pauses, None)
                if pause is None or not error.passing:
                    raise
                left = until - self._monotonic() - pause
                if left <= 0:
                    raise
            self._pause(pause)

    def _attempt(self, operation: str, body: bytes, timeout_seconds: float) -> dict[str, Any]:
        try:
            status, answer = self._post(operation, body, timeout_seconds)
        except NoCredentials as error:
            raise AwsError(str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            lost = isinstance(error, (ConnectionError, http.client.HTTPException))
            raise AwsError(f"no connection to {self._host}: {error or type(error).__name__}", passing=lost) from error
        try:
            said = json.loads(answer or b"{}")
        except ValueError:
            said = None
        if status == http.client.OK and isinstance(said, dict):
            return said
        kind = _kind(said)
        raise AwsError(f"{operation}: {status} {_explain(said, answer)}", kind, passing=_passes(status, kind))

    def _post(self, operation: str, body: bytes, timeout_seconds: float) -> tuple[int, bytes]:
        headers = {
            "host": self._host,
            "content-type": f"application/x-amz-json-{self._service.json_version}",
            "x-amz-target": f"{self._service.target_prefix}.{operation}",
        }
        signed = sign(
            "POST",
            self._path,
            headers,
            body,
            credentials=self._credentials.current(),
            region=self._service.region,
            now=self._clock(),
            service=self._service.signing_name,
        )
        connection = self._connect(timeout_seconds)
        try:
            connection.request("POST", self._path, body, signed)
            answer = connection.getresponse()
            return answer.status, answer.read(self._most_answer_bytes)
        finally:
            connection.close()

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, timeout=timeout_seconds)
        if self._trust is None:
            import ssl  # noqa: PLC0415 - on one machine nothing is encrypted

            # Kept: reading the certificates costs more than the call.
            self._trust = ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, timeout=timeout_seconds, context=self._trust)


def _passes(status: int, kind: str) -> bool:
    throttled = status == http.client.TOO_MANY_REQUESTS or kind in THROTTLED or "Throttl" in kind
    return throttled or status >= http.client.INTERNAL_SERVER_ERROR


def _explain(said: Any, answer: bytes) -> str:
    if not isinstance(said, dict):
        return answer[:200].decode(errors="replace")
    return f"{_kind(said)}: {said.get('message') or said.get('Message') or ''}"


def _kind(said: Any) -> str:
    return str(said.get("__type", "")).rpartition("#")[2] if isinstance(said, dict) else ""
