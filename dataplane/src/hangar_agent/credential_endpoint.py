"""Container credentials on loopback: the execution role's for whatever runs in a component, the task's own for Hangar.

The address is known before the components start, so that they wait for its first answer instead of this agent. The
way to the task's own keys is a file only this user can read, not a variable: DAG code does not meet it by accident.
But it runs as the same user, so this keeps mistakes apart, not enemies.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import socket
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hangar_agent.durable_files import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hangar_agent.credentials import Credentials

ROLE_PATH = "/execution-role"
OWN_PATH = "/task"
WAITING_CONNECTIONS = 128
CONNECTION_SECONDS = 10
STANDING_KEYS_SECONDS = 3600
"""How soon keys without an end are asked for again: clients want one named."""
OWN_KEYS = re.compile(
    r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|CONTAINER_\w+|PROFILE|ROLE_\w+|WEB_IDENTITY_\w+)"
)


class CredentialEndpoint:
    """Listens from its making; answers from `serve` on, as long as the process lives."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=WAITING_CONNECTIONS)
        self._url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._tokens = {path: secrets.token_urlsafe(32) for path in (ROLE_PATH, OWN_PATH)}

    def for_components(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with the way to the role's keys in the place of the task's own keys."""
        kept = {name: value for name, value in inherited.items() if not OWN_KEYS.fullmatch(name)}
        return {**kept, **self._variables(ROLE_PATH)}

    def tell_own(self, file: Path) -> None:
        """Write the way to the task's own keys: for the broker's channel and `fetch-release`."""
        write_durably(file, json.dumps(self._variables(OWN_PATH)).encode())

    def _variables(self, path: str) -> dict[str, str]:
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self._url + path,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._tokens[path],
        }

    def serve(self, role: Callable[[], Credentials], own: Callable[[], Credentials]) -> None:
        """Answer from now on, each request on a thread of its own. Either may raise NoCredentials."""
        # After the components have been started: these imports take a while.
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415

        from hangar_agent.credentials import NoCredentials  # noqa: PLC0415

        sources, tokens = {ROLE_PATH: role, OWN_PATH: own}, self._tokens

        class Handler(BaseHTTPRequestHandler):
            timeout = CONNECTION_SECONDS

            def do_GET(self) -> None:
                source = sources.get(self.path)
                given = self.headers.get("Authorization", "")
                if source is None:
                    self._answer(404, {"code": "NotFound", "message": f"nothing is offered at {self.path[:80]}"})
                elif not hmac.compare_digest(given.encode(), tokens[self.path].encode()):
                    self._answer(
                        403, {"code": "AccessDenied", "message": "AWS_CONTAINER_AUTHORIZATION_TOKEN is not it"}
                    )
                else:
                    try:
                        self._answer(200, _container_answer(source(), time.time()))
                    except NoCredentials as error:
                        self._answer(503, {"code": "NoCredentials", "message": str(error)})

            def _answer(self, status: int, fields: dict[str, str]) -> None:
                body = json.dumps(fields).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: clients ask often, and the answer is a secret."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Let a client go that went away."""

        server = Server(self._socket.getsockname(), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = self._socket
        threading.Thread(target=server.serve_forever, name="credentials", daemon=True).start()


def _container_answer(keys: Credentials, now: float) -> dict[str, str]:
    ends_at = min(keys.expires_at, now + STANDING_KEYS_SECONDS)
    return {
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": keys.secret_access_key,
        "Token": keys.session_token or "",
        "Expiration": datetime.fromtimestamp(ends_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
