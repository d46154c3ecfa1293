"""The door in Airflow 3's api-server: a middleware of the root application, because `/pluginsv2` is nobody's to mount.

A session is what Airflow itself knows: a JWT of its auth manager in the cookie `_token`, which also opens /api/v2 as
a bearer token.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from hangar_airflow.door import BODY_BYTES, SESSION_SECONDS, Call, is_door, refusal
from hangar_airflow.door_here import door_of_this_process

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hangar_airflow.door import Answer
    from hangar_airflow.web_token import Claims

BODY_SECONDS = 20
AT_ONCE = 16


class DoorMiddleware:
    """Answers the door's paths, passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._door = door_of_this_process()
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "").rstrip("/"))
        if scope["type"] != "http" or not is_door(path):
            await self._app(scope, receive, send)
            return
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)  # belongs to the running loop
        try:
            body = await asyncio.wait_for(_read(receive), BODY_SECONDS)
        except TimeoutError:
            await _response(refusal(408, "The request's body did not arrive."))(scope, receive, send)
            return
        if body is None:
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(scope["method"], path, headers, body)
        secure = scope.get("scheme") == "https"
        response = await to_thread.run_sync(partial(self._respond, call, secure=secure), limiter=self._limiter)
        await response(scope, receive, send)

    def _respond(self, call: Call, *, secure: bool) -> Response:
        answer = self._door.answer(call)
        response = _response(answer)
        if answer.signed_in:
            _begin_session(response, answer.signed_in, secure=secure)
        return response


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


async def _read(receive: Receive) -> bytes | None:
    """Return the body, no more of it than BODY_BYTES; None when the client has gone."""
    body = bytearray()
    while len(body) < BODY_BYTES:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body[:BODY_BYTES])


def _begin_session(response: Response, claims: Claims, *, secure: bool) -> None:
    from airflow.api_fastapi.app import get_auth_manager, get_cookie_path  # noqa: PLC0415 - within the api-server only
    from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN  # noqa: PLC0415
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser  # noqa: PLC0415
    from airflow.configuration import conf  # noqa: PLC0415

    user = SimpleAuthManagerUser(username=claims.identity, role=claims.role.lower())
    response.set_cookie(
        COOKIE_NAME_JWT_TOKEN,
        get_auth_manager().generate_jwt(user, expiration_time_in_seconds=SESSION_SECONDS),
        max_age=SESSION_SECONDS,
        path=get_cookie_path(),
        secure=secure or conf.get("api", "base_url", fallback="").startswith("https://"),
        httponly=True,
        samesite="lax",
    )
