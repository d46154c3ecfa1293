"""The way into an environment, over HTTP: sign-in page, sign-in, CLI bridge. Knows neither Flask nor FastAPI.

`door_asgi.py` (Airflow 3) and `door_flask.py` (Airflow 2) carry requests here and sessions out. A token is used up
before anything is given for it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from hangar_airflow.command_bridge import Busy
from hangar_airflow.commands import LINE_BYTES, CommandRefused, parse_command
from hangar_airflow.sign_in_page import SIGN_IN_HEADERS, sign_in_page
from hangar_airflow.web_token import TOKEN_CHARACTERS, TokenRefused, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from hangar_airflow.command_bridge import CommandBridge
    from hangar_airflow.used_tokens import UsedTokens
    from hangar_airflow.web_token import Claims, Purpose

PREFIXES = ("/aws_mwaa/", "/pluginsv2/aws_mwaa/")
"""MWAA's paths of Airflow 2 and 3; clients use either, so both are served by both."""
BODY_BYTES = max(LINE_BYTES, 3 * TOKEN_CHARACTERS) + 1
"""Where reading a body stops: one byte more than the longest that is any good."""
SESSION_SECONDS = 12 * 60 * 60
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `headers` by lower-case name, `body` cut off at BODY_BYTES."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `signed_in` asks the adapter to begin a session of these claims."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    signed_in: Claims | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """Everything the door decides by."""

    environment_id: str
    environment_name: str
    airflow_major: int
    key: Ed25519PublicKey
    used: UsedTokens
    bridge: CommandBridge
    clock: Callable[[], float] = time.time

    def answer(self, call: Call) -> Answer:
        """Answer a request below one of PREFIXES. May take as long as a command: never call it on an event loop."""
        resource = next(call.path[len(prefix) :] for prefix in PREFIXES if call.path.startswith(prefix))
        if resource == "aws-console-sso":
            if call.method not in {"GET", "HEAD"}:
                return refusal(405, "The sign-in page is read with GET.", Allow="GET, HEAD")
            page = b"" if call.method == "HEAD" else sign_in_page(self.environment_name)
            return Answer(200, {**ALWAYS, **SIGN_IN_HEADERS}, page)
        return self._post(resource, call)

    def _post(self, resource: str, call: Call) -> Answer:
        act = {"login": self._sign_in, "cli": self._command}.get(resource)
        if act is None:
            return refusal(404, "There is aws-console-sso, login and cli here, nothing else.")
        if call.method != "POST":
            return refusal(405, f"{resource} is called with POST.", Allow="POST")
        if len(call.body) >= BODY_BYTES:
            return refusal(413, f"The body is longer than {BODY_BYTES - 1} bytes.")
        if _from_elsewhere(call.headers):
            return refusal(403, "The request comes from another site's page. Sign in by the page of this environment.")
        try:
            return act(call)
        except TokenRefused as refused:
            return refusal(refused.status, str(refused))

    def _sign_in(self, call: Call) -> Answer:
        claims = self._use("web", _form_token(call.body))
        if claims.role == "Public":
            raise TokenRefused(
                403,
                f"You are {claims.identity}, and your Airflow role here is Public, which sees nothing. Ask for one of "
                "Viewer, User, Op or Admin: airflow:CreateWebLoginToken on the environment's role of that name.",
            )
        return _json(200, {"identity": claims.identity, "role": claims.role}, signed_in=claims)

    def _command(self, call: Call) -> Answer:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        claims = self._use("cli", token.strip() if scheme.lower() == "bearer" else "")
        try:
            result = self.bridge.run(parse_command(call.body, self.airflow_major), claims.identity)
        except CommandRefused as refused:
            return refusal(400, str(refused))
        except Busy as busy:
            return refusal(429, str(busy), **{"Retry-After": "20"})
        # Amazon's bridge does not tell the exit code; as a header it is in no client's way.
        told = {"X-Hangar-Exit-Code": str(result.exit_code)}
        return _json(504 if result.timed_out else 200, result.as_json(), headers=told)

    def _use(self, purpose: Purpose, token: str) -> Claims:
        now = self.clock()
        claims = verify_token(token, self.key, self.environment_id, purpose, now)
        self.used.claim(claims, now)
        return claims


def is_door(path: str) -> bool:
    """Tell whether a path is the door's to answer."""
    return path.startswith(PREFIXES)


def _form_token(body: bytes) -> str:
    """Return the one form field `token`; empty when there is none, or several."""
    try:
        values = parse_qs(body.decode("ascii"), max_num_fields=8).get("token", [])
    except ValueError:
        return ""
    return values[0] if len(values) == 1 else ""


def _from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser says that another site sent this: it would sign its visitor in as somebody else.

    Programs send neither header.
    """
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def refusal(status: int, sentence: str, **headers: str) -> Answer:
    """Return the answer to a request that gets nothing."""
    return _json(status, {"detail": sentence}, headers=headers)


def _json(
    status: int, value: object, *, headers: Mapping[str, str] | None = None, signed_in: Claims | None = None
) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, {**ALWAYS, "Content-Type": "application/json", **(headers or {})}, body, signed_in)
