"""The door gives a session or a command's output for a fresh token of the right kind, and for nothing else."""

import base64
import hashlib
import json
import re
from urllib.parse import urlencode

import pytest
from hangar_tokens import ENVIRONMENT, KEY, NOW, token

from hangar_airflow.command_bridge import Busy, CommandResult
from hangar_airflow.door import BODY_BYTES, PREFIXES, Call, Door, is_door
from hangar_airflow.sign_in_page import SIGN_IN_HEADERS, sign_in_page
from hangar_airflow.web_token import ROLES, TokenRefused


class UsedOnce:
    def __init__(self):
        self.ids = set()

    def claim(self, claims, _now):
        if claims.token_id in self.ids:
            raise TokenRefused(403, "The token was used before.")
        self.ids.add(claims.token_id)


class Commands:
    def __init__(self, result=None):
        self.ran = []
        self.result = result or CommandResult(b"out", b"err", timed_out=False, exit_code=0)

    def run(self, arguments, identity):
        self.ran.append((arguments, identity))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def make_door(result=None, major=3):
    return Door(ENVIRONMENT, "demo", major, KEY.public_key(), UsedOnce(), Commands(result), clock=lambda: NOW)


def sign_in(door, text, prefix=PREFIXES[0], **headers):
    body = urlencode({"token": text}).encode()
    return door.answer(Call("POST", f"{prefix}login", {"host": "h:1", **headers}, body))


def command(door, text, line=b"version", prefix=PREFIXES[0]):
    return door.answer(Call("POST", f"{prefix}cli", {"authorization": f"Bearer {text}", "host": "h:1"}, line))


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("role", [role for role in ROLES if role != "Public"])
def test_a_web_token_signs_in_with_its_role_and_never_again(prefix, role):
    door, text = make_door(), token(role=role)
    first = sign_in(door, text, prefix)
    assert (first.status, first.signed_in.role, first.headers["Cache-Control"]) == (200, role, "no-store")
    second = sign_in(door, text, prefix)
    assert (second.status, second.signed_in) == (403, None)


def test_the_role_public_gets_no_session_and_is_told_which_role_is_missing():
    answer = sign_in(make_door(), token(role="Public"))
    assert (answer.status, answer.signed_in) == (403, None)
    assert "Viewer" in json.loads(answer.body)["detail"]


def test_a_refusal_repeats_nothing_of_the_token():
    door = make_door()
    for text in (token("cli"), token(exp=NOW - 1), token()[:-9] + "AAAAAAAAA", "secretsecretsecret"):
        answer = sign_in(door, text)
        assert answer.status in {401, 403}
        assert not any(part in answer.body.decode() for part in text.split("."))


@pytest.mark.parametrize("body", [b"", b"token=", b"token=a&token=b", b"\xff\xfe", b"&" * 100, b'{"token": "x"}'])
def test_a_body_without_one_token_signs_nobody_in(body):
    answer = make_door().answer(Call("POST", "/aws_mwaa/login", {"host": "h"}, body))
    assert (answer.status, answer.signed_in) == (401, None)


def test_a_form_with_two_tokens_signs_nobody_in_though_both_are_good():
    body = urlencode([("token", token()), ("token", token())]).encode()
    assert make_door().answer(Call("POST", "/aws_mwaa/login", {"host": "h"}, body)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://h:2"},
    ],
)
def test_another_sites_page_can_neither_sign_its_visitor_in_nor_use_up_the_token(headers):
    door, text = make_door(), token()
    assert sign_in(door, text, **headers).status == 403
    own_page = {"origin": "http://h:1", "sec-fetch-site": "same-origin"}
    assert sign_in(door, text, **own_page).status == 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_cli_token_runs_one_command_and_its_output_comes_back_as_base64(prefix):
    door, text = make_door(), token("cli")
    answer = command(door, text, b"dags list -o 'a b'", prefix)
    assert (answer.status, json.loads(answer.body)) == (
        200,
        {"stdout": base64.b64encode(b"out").decode(), "stderr": base64.b64encode(b"err").decode()},
    )
    assert door.bridge.ran == [(["dags", "list", "-o", "a b"], "assumed-role/Admin/someone")]
    assert command(door, text).status == 403
    assert len(door.bridge.ran) == 1


def test_nothing_runs_without_a_cli_token():
    door = make_door()
    assert command(door, token("web")).status == 403
    assert command(door, "").status == 401
    for authorization in ("", "Bearer", f"Basic {token('cli')}", token("cli")):
        answer = door.answer(Call("POST", "/aws_mwaa/cli", {"authorization": authorization}, b"version"))
        assert answer.status == 401
    assert door.bridge.ran == []


def test_a_commands_exit_code_comes_with_its_output():
    for exit_code in (0, 1, 2):
        answer = command(
            make_door(CommandResult(b"", b"no such DAG", timed_out=False, exit_code=exit_code)), token("cli")
        )
        assert (answer.status, answer.headers["X-Hangar-Exit-Code"]) == (200, str(exit_code))


@pytest.mark.parametrize(
    ("line", "result", "status"),
    [
        (b"db reset -y", None, 400),
        (b"version", Busy("Another command runs."), 429),
        (b"version", CommandResult(b"", b"ended", timed_out=True, exit_code=-9), 504),
        (b"v" * BODY_BYTES, None, 413),
    ],
)
def test_a_command_that_is_not_run_to_its_end_is_answered_in_its_own_status(line, result, status):
    assert command(make_door(result), token("cli"), line).status == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/aws_mwaa/login", 405),
        ("PUT", "/aws_mwaa/cli", 405),
        ("POST", "/aws_mwaa/aws-console-sso", 405),
        ("GET", "/aws_mwaa/", 404),
        ("GET", "/aws_mwaa/../login", 404),
        ("POST", "/pluginsv2/aws_mwaa/login/", 404),
    ],
)
def test_nothing_else_is_behind_the_door(method, path, status):
    assert make_door().answer(Call(method, path, {}, b"")).status == status


def test_the_door_takes_no_path_of_airflows():
    for path in ("/", "/aws_mwaa", "/api/v2/dags", "/aws_mwaax/login", "//aws_mwaa/login", "/pluginsv2/other/login"):
        assert not is_door(path)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_page_may_run_only_its_own_script_and_call_only_its_own_host(prefix):
    answer = make_door().answer(Call("GET", f"{prefix}aws-console-sso", {}, b""))
    page, policy = answer.body.decode(), answer.headers["Content-Security-Policy"]
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "://" not in page
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Referrer-Policy"] == SIGN_IN_HEADERS["Referrer-Policy"] == "no-referrer"


def test_an_environments_name_cannot_become_part_of_the_page():
    assert b"<script>alert" not in sign_in_page("<script>alert(1)</script>")
