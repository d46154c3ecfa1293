"""Tokens as the control plane makes them, and the same with one thing wrong."""

import secrets

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.generate()
ENVIRONMENT = "e7"
NOW = 1_800_000_000


def token(purpose="web", *, key=KEY, algorithm="EdDSA", **members):
    """Return a token of NOW; `members` replace its own, those that are None are left out."""
    claims = {
        "iss": "hangar",
        "aud": f"{ENVIRONMENT}/{purpose}",
        "sub": "assumed-role/Admin/someone",
        "role": "Op",
        "iat": NOW,
        "exp": NOW + 60,
        "jti": secrets.token_urlsafe(18),
        **members,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)
