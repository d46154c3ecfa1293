"""Signature Version 4 of a request to an AWS service, in headers. Pure; checked against AWS's example and botocore."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"


def encoded_path(path: str) -> str:
    """Return a path as S3 wants it on the wire and in the signature: encoded once, slashes kept."""
    return quote(path, safe="/-_.~")


def sign(  # noqa: PLR0913 - what a signature covers
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    body_sha256: str | None = None,
    credentials: Credentials,
    region: str,
    now: float,
    service: str = "s3",
) -> dict[str, str]:
    """Return the headers to send: those given (`host` among them, names in lower case), and what the signature adds.

    `path` is already encoded; requests with a query are not supported. `service` is the name a service signs by, which
    is not always that of its endpoint. `body_sha256` stands for a body that is read
    from a file as it is sent.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = body_sha256 or hashlib.sha256(body).hexdigest()
    signed = {**headers, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed))
    listed = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
    canonical = f"{method}\n{path}\n\n{listed}\n{names}\n{payload}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    access = f"{credentials.access_key_id}/{scope}"
    return signed | {"authorization": f"{ALGORITHM} Credential={access},SignedHeaders={names},Signature={signature}"}
