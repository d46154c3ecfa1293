"""Does a Fernet key open what Airflow has stored? Without deciphering it: the agent's own Python has no cryptography.

A Fernet token carries an HMAC-SHA256 of all it consists of, made with the first half of its key
(https://github.com/fernet/spec/blob/master/Spec.md). Where that fits, key and token belong together and nothing of the
token is missing, which is all that deciphering could show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

KEY_BYTES = 32
SIGNING_BYTES = 16
SIGNATURE_BYTES = 32
LEAST_BYTES = 1 + 8 + 16 + 16 + SIGNATURE_BYTES
VERSION = 0x80


class UnusableKey(Exception):
    """The key is none that Airflow could use; `str()` says why, without the key."""


def signing_keys(fernet_key: str) -> tuple[bytes, ...]:
    """Return what tokens are signed with, of one key or several with commas between them, as Airflow takes them."""
    keys = []
    for part in fernet_key.split(","):
        try:
            key = base64.urlsafe_b64decode(part.strip())
        except (binascii.Error, ValueError) as error:
            raise UnusableKey(f"the Fernet key is not base64: {error}") from None
        if len(key) != KEY_BYTES:
            raise UnusableKey(f"the Fernet key has {len(key)} bytes, not {KEY_BYTES}")
        keys.append(key[:SIGNING_BYTES])
    return tuple(keys)


def opens(keys: tuple[bytes, ...], token: str) -> bool:
    """Tell whether one of the keys opens a token."""
    try:
        data = base64.urlsafe_b64decode(token)
    except (binascii.Error, ValueError):
        return False
    if len(data) < LEAST_BYTES or data[0] != VERSION:
        return False
    signed, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    return any(hmac.compare_digest(hmac.new(key, signed, hashlib.sha256).digest(), signature) for key in keys)
