"""A Hangar token opens one environment, for one purpose, for a minute; anything else about it is refused."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hangar_tokens import ENVIRONMENT, KEY, NOW, token

from hangar_airflow.web_token import ROLES, TokenRefused, read_public_key, verify_token

PUBLIC = KEY.public_key()


def verify(text, purpose="web", now=NOW, environment=ENVIRONMENT):
    return verify_token(text, PUBLIC, environment, purpose, now)


@pytest.mark.parametrize("purpose", ["web", "cli"])
@pytest.mark.parametrize("role", ROLES)
def test_a_token_grants_what_the_control_plane_wrote(purpose, role):
    claims = verify(token(purpose, role=role, sub="user/me", jti="a" * 22), purpose)
    assert (claims.identity, claims.role, claims.token_id, claims.expires_at) == ("user/me", role, "a" * 22, NOW + 60)


@pytest.mark.parametrize("member", ["iss", "aud", "sub", "role", "iat", "exp", "jti"])
def test_a_token_without_one_of_its_members_is_refused(member):
    with pytest.raises(TokenRefused, match=f"'{member}'") as refused:
        verify(token(**{member: None}))
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("role", "Root"),
        ("role", "admin"),
        ("role", ["Admin"]),
        ("sub", ""),
        ("sub", "x" * 65),
        ("jti", "short"),
        ("jti", "a" * 21 + "/"),
        ("jti", "a" * 200),
        ("iat", True),
        ("exp", "soon"),
        ("exp", 1e300),
        ("exp", NOW + 61),
        ("exp", NOW),
        ("exp", NOW - 1),
        ("iss", "someone"),
    ],
)
def test_a_member_with_a_value_it_cannot_have_is_refused_though_it_is_signed(member, value):
    with pytest.raises(TokenRefused) as refused:
        verify(token(**{member: value}))
    assert refused.value.status == 401


@pytest.mark.parametrize("audience", ["e8/web", "e7/cli", "e7", ["e7/web"], ["e7/web", "e8/web"]])
def test_a_token_of_another_environment_or_purpose_is_forbidden(audience):
    with pytest.raises(TokenRefused) as refused:
        verify(token(aud=audience))
    assert refused.value.status == 403


def test_a_token_ends_at_its_second_and_begins_at_most_ten_seconds_early():
    text = token()
    assert verify(text, now=NOW + 59.9)
    assert verify(text, now=NOW - 10)
    for now in (NOW + 60, NOW + 3600, NOW - 10.1):
        with pytest.raises(TokenRefused) as refused:
            verify(text, now=now)
        assert refused.value.status == 401


def test_only_this_environments_key_signs():
    with pytest.raises(TokenRefused):
        verify(token(key=Ed25519PrivateKey.generate()))


def test_no_algorithm_but_ed25519_is_believed():
    public = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
    with pytest.raises(TokenRefused):
        verify(token(key=public, algorithm="HS256"))
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    with pytest.raises(TokenRefused):
        verify(f"{head}.{token().split('.')[1]}.")


def test_a_token_changed_anywhere_is_refused():
    text = token()
    for position in range(0, len(text) - 2, 7):  # the last character carries unused bits
        changed = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        with pytest.raises(TokenRefused):
            verify(changed)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "....", "é.ü.ß", "x" * 5000, "\0", "null.null.null"])
def test_what_is_no_token_is_refused_without_repeating_it(text):
    with pytest.raises(TokenRefused) as refused:
        verify(text)
    assert refused.value.status == 401
    assert len(text) < 3 or text not in str(refused.value)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", base64.b64encode(b"x" * 33).decode()])
def test_what_is_no_public_key_is_said_at_the_start(text):
    with pytest.raises(ValueError, match=r".+"):
        read_public_key(text)
