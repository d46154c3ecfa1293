"""The door in Airflow 2's web server: a Flask blueprint. A session is FAB's own: cookie `session`, user row, role row.

It ends twelve hours after the sign-in, whatever is done with it: Flask alone would prolong it at every request.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request, session
from flask_login import login_user, logout_user

from hangar_airflow.door import BODY_BYTES, PREFIXES, SESSION_SECONDS, Call
from hangar_airflow.door_here import door_of_this_process

if TYPE_CHECKING:
    from hangar_airflow.web_token import Claims

ENDS_AT = "hangar_ends_at"


def door_blueprint() -> Blueprint:
    """Return the blueprint, exempt from CSRF tokens: its own proof is the Hangar token in each request's body."""
    door = door_of_this_process()
    blueprint = Blueprint("hangar_door", __name__)

    def answer(resource: str) -> Response:  # noqa: ARG001 - Flask hands over what the rule names
        body = request.stream.read(BODY_BYTES)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answered = door.answer(Call(request.method, request.path, headers, body))
        if answered.signed_in:
            _begin_session(answered.signed_in)
        return Response(answered.body, answered.status, answered.headers)

    for number, prefix in enumerate(PREFIXES):
        blueprint.add_url_rule(
            f"{prefix}<path:resource>", f"door{number}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
        )
    blueprint.record(lambda state: state.app.extensions["csrf"].exempt(blueprint))
    blueprint.before_app_request(_end_session_in_time)
    return blueprint


def _begin_session(claims: Claims) -> None:
    security: Any = current_app.appbuilder.sm  # type: ignore[attr-defined]
    user = security.hangar_user(claims.identity, claims.role)
    session.clear()
    session.permanent = True  # cleared with the rest; Airflow 2.10 cannot read a stored session that never expires
    session[ENDS_AT] = time.time() + SESSION_SECONDS
    if regenerate := getattr(current_app.session_interface, "regenerate", None):
        regenerate(session)  # a session id known before the sign-in must not be the one after it
    login_user(user, remember=False)


def _end_session_in_time() -> None:
    if session.get(ENDS_AT, float("inf")) < time.time():
        logout_user()
        session.clear()
