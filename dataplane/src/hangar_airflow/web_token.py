"""What a Hangar token says, once it is believed: a compact JWT, signed by the control plane for this environment.

Pure: key, audience and time are arguments. Nothing of a token appears in a refusal.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Purpose = Literal["web", "cli"]
Role = Literal["Admin", "Op", "User", "Viewer", "Public"]

ISSUER = "hangar"
ROLES: tuple[Role, ...] = ("Admin", "Op", "User", "Viewer", "Public")
LIFE_SECONDS = 60
LEEWAY_SECONDS = 10
"""How far the clock of the control plane may be ahead of this one."""
IDENTITY_CHARACTERS = 64
TOKEN_CHARACTERS = 4096
MEMBERS = ("iss", "aud", "sub", "role", "iat", "exp", "jti")
JTI = re.compile(r"[A-Za-z0-9_-]{22,128}")


class TokenRefused(Exception):
    """A token that opens nothing: `status` is the HTTP status, the message a sentence for the person who sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Claims:
    """Who may enter, as what."""

    identity: str
    """The IAM identity, at most 64 characters."""
    role: Role
    """The Airflow role granted."""
    token_id: str
    """`jti`: what makes the token single use."""
    expires_at: float
    """Epoch seconds."""


def read_public_key(text: str) -> Ed25519PublicKey:
    """Return the key of HANGAR_SIGN_IN_PUBLIC_KEY: standard base64 of the 32 raw bytes. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    return Ed25519PublicKey.from_public_bytes(raw)


def verify_token(token: str, key: Ed25519PublicKey, environment_id: str, purpose: Purpose, now: float) -> Claims:
    """Return what the token grants, or raise TokenRefused.

    Signature, algorithm, issuer and audience are PyJWT's to check; the times are checked here, against `now` (epoch
    seconds): a token may live for a minute at most, even a signed one that says otherwise.
    """
    if not token:
        raise TokenRefused(401, f"There is no token. {_advice(purpose)}")
    if len(token) > TOKEN_CHARACTERS:
        raise TokenRefused(401, f"This is not a Hangar token: it is too long. {_advice(purpose)}")
    try:
        members = jwt.decode(
            token,
            key,  # type: ignore[arg-type]
            algorithms=["EdDSA"],
            audience=f"{environment_id}/{purpose}",
            issuer=ISSUER,
            options={
                "require": list(MEMBERS),
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(401, f"The token has no member '{error.claim}'. {_advice(purpose)}") from None
    except jwt.InvalidAudienceError:
        raise TokenRefused(
            403, f"The token is for another environment or another purpose. {_advice(purpose)}"
        ) from None
    except jwt.InvalidTokenError:
        raise TokenRefused(
            401, f"The token was not signed for this environment, or is damaged. {_advice(purpose)}"
        ) from None
    return _claims(members, purpose, now)


def _claims(members: dict[str, object], purpose: Purpose, now: float) -> Claims:
    identity, role, token_id = members["sub"], members["role"], members["jti"]
    issued_at, expires_at = _seconds(members["iat"]), _seconds(members["exp"])
    known_role = next((each for each in ROLES if each == role), None)
    if (
        not isinstance(identity, str)
        or not 0 < len(identity) <= IDENTITY_CHARACTERS
        or not isinstance(token_id, str)
        or not JTI.fullmatch(token_id)
        or known_role is None
        or issued_at is None
        or expires_at is None
    ):
        raise TokenRefused(401, f"A member of the token has a value it cannot have. {_advice(purpose)}")
    if expires_at - issued_at > LIFE_SECONDS or expires_at <= issued_at:
        raise TokenRefused(401, f"The token's life is not one of {LIFE_SECONDS} s or less. {_advice(purpose)}")
    if issued_at > now + LEEWAY_SECONDS:
        raise TokenRefused(401, "The token is not valid yet: the clocks of control plane and web server differ.")
    if expires_at <= now:
        raise TokenRefused(401, f"The token has expired: it lives for {LIFE_SECONDS} s at most. {_advice(purpose)}")
    return Claims(identity, known_role, token_id, expires_at)


def _seconds(value: object) -> float | None:
    """Return a NumericDate (RFC 7519, section 2); None for what is none: a text, a truth value, infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:  # noqa: PLR2004
        return None
    return float(value)


def _advice(purpose: Purpose) -> str:
    return "Get a new one with CreateWebLoginToken." if purpose == "web" else "Get a new one with CreateCliToken."
