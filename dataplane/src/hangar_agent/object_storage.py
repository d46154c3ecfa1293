"""The agent's one way to the control plane: objects below the environment's prefix, two operations of S3 over HTTP.

Not an SDK: three agents share a small machine with Airflow, and for these two calls botocore costs each of them 25 MB
and a third of a second of processor during the start that everybody waits for.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from hangar_agent.credentials import CredentialSource, NoCredentials
from hangar_agent.kept_connections import KeptConnections
from hangar_agent.signature import encoded_path, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.settings import StorageSettings

TIMEOUT_SECONDS = 20
RETRY_PAUSE_SECONDS = 0.3
SERVER_ERROR = 500
BLOCK_BYTES = 1 << 20
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes, and the tag to ask with for the next change."""

    body: bytes
    etag: str


class StorageError(Exception):
    """S3 could not be reached or refused; the message is what it said."""


class PassingRefusal(StorageError):
    """S3 refused for now, 503 SlowDown say: the same request is worth another try."""


class ObjectMissing(StorageError):
    """There is no object of that key."""


class ObjectStorage(Protocol):
    """Objects by key below the environment's prefix. Any trouble is raised as StorageError."""

    def get(self, key: str, etag: str | None = None) -> StoredObject | None:
        """Return the object; None when its tag is still `etag`. Raises ObjectMissing when there is none."""

    def put(self, key: str, body: bytes) -> None:
        """Write or overwrite the object."""

    def download(self, key: str, file: Path, most_bytes: int) -> tuple[int, str]:
        """Bring an object to the disk; return its size and sha256. Raises ObjectMissing when there is none."""


class S3ObjectStorage:
    """ObjectStorage over S3 itself, or over whatever AWS_ENDPOINT_URL names. Safe to use from several threads."""

    def __init__(
        self,
        settings: StorageSettings,
        credentials: CredentialSource | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._prefix = settings.prefix
        self._region = settings.region
        self._credentials = credentials or CredentialSource()
        self._clock = clock
        # One's own endpoint gets the bucket in the path; S3's own wants it in the name.
        endpoint = settings.endpoint_url or f"https://{settings.bucket}.s3.{settings.region}.amazonaws.com"
        parts = urlsplit(endpoint)
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._base = f"{parts.path.rstrip('/')}/{settings.bucket}/" if settings.endpoint_url else "/"
        self._downloads = KeptConnections(self._connection)

    def get(self, key: str, etag: str | None = None) -> StoredObject | None:
        """Return the object; None when its tag is still `etag`."""
        status, body, headers = self._request("GET", key, b"", {"if-none-match": etag} if etag else {})
        if status == http.client.NOT_MODIFIED:
            return None
        if status == http.client.NOT_FOUND and _code(body) in {"NoSuchKey", ""}:
            raise ObjectMissing(f"there is no object {self._prefix}{key}")
        if status != http.client.OK:
            raise StorageError(f"reading {self._prefix}{key}: {status} {_explain(body)}")
        return StoredObject(body, headers.get("etag") or "")

    def put(self, key: str, body: bytes) -> None:
        """Write or overwrite the object."""
        status, answer, _ = self._request("PUT", key, body, {"content-type": "application/json"})
        if status != http.client.OK:
            raise StorageError(f"writing {self._prefix}{key}: {status} {_explain(answer)}")

    def download(self, key: str, file: Path, most_bytes: int) -> tuple[int, str]:
        """Bring an object to the disk without holding it in memory; return its size and sha256.

        Raises StorageError, ObjectMissing, and StorageError for one larger than `most_bytes`.
        """
        for last in (False, True):
            try:
                return self._receive(key, file, most_bytes)
            except PassingRefusal:
                if last:
                    raise
            except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
                if last:
                    raise StorageError(f"no connection to {self._host}: {error or type(error).__name__}") from error
            time.sleep(RETRY_PAUSE_SECONDS)
        raise StorageError("no attempt was made")

    def upload(self, key: str, file: Path, sha256: str) -> None:
        """Write or overwrite an object from a file whose sha256 is known; at most 5 GB, what one request carries."""
        for last in (False, True):
            try:
                status, answer = self._transmit(key, file, sha256)
            except (OSError, http.client.HTTPException) as error:
                if last:
                    raise StorageError(f"no connection to {self._host}: {error or type(error).__name__}") from error
            else:
                if status == http.client.OK:
                    return
                if last or status < SERVER_ERROR:
                    raise StorageError(f"writing {self._prefix}{key}: {status} {_explain(answer)}")
            time.sleep(RETRY_PAUSE_SECONDS)

    def _receive(self, key: str, file: Path, most_bytes: int) -> tuple[int, str]:
        path = encoded_path(self._base + self._prefix + key)
        signed = self._signed("GET", path, {}, EMPTY_SHA256)
        with self._downloads.lent() as connection:
            connection.request("GET", path, headers=signed)
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                body = answer.read(BLOCK_BYTES)
                if answer.status == http.client.NOT_FOUND and _code(body) in {"NoSuchKey", ""}:
                    raise ObjectMissing(f"there is no object {self._prefix}{key}")
                kind = StorageError if answer.status < SERVER_ERROR else PassingRefusal
                raise kind(f"reading {self._prefix}{key}: {answer.status} {_explain(body)}")
            digest, size = hashlib.sha256(), 0
            with file.open("wb") as target:
                while block := answer.read(BLOCK_BYTES):
                    size += len(block)
                    if size > most_bytes:
                        raise StorageError(f"{self._prefix}{key} is larger than {most_bytes:,} bytes")
                    digest.update(block)
                    target.write(block)
            if answer.length:
                raise ConnectionError("it ended in the middle of an object")
            return size, digest.hexdigest()

    def _transmit(self, key: str, file: Path, sha256: str) -> tuple[int, bytes]:
        path = encoded_path(self._base + self._prefix + key)
        connection, signed = self._connect("PUT", path, {"content-length": str(file.stat().st_size)}, sha256)
        try:
            with file.open("rb") as body:
                connection.request("PUT", path, body, signed)
            answer = connection.getresponse()
            return answer.status, answer.read(BLOCK_BYTES)
        finally:
            connection.close()

    def _connect(
        self, method: str, path: str, headers: dict[str, str], sha256: str
    ) -> tuple[http.client.HTTPConnection, dict[str, str]]:
        """Return a connection, and signed headers for one request on it."""
        return self._connection(), self._signed(method, path, headers, sha256)

    def _connection(self) -> http.client.HTTPConnection:
        make = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return make(self._host, timeout=TIMEOUT_SECONDS, blocksize=BLOCK_BYTES)

    def _signed(self, method: str, path: str, headers: dict[str, str], sha256: str) -> dict[str, str]:
        """Return the headers of one request. Raises StorageError without keys."""
        try:
            credentials = self._credentials.current()
        except NoCredentials as error:
            raise StorageError(str(error)) from error
        return sign(
            method,
            path,
            {**headers, "host": self._host},
            b"",
            body_sha256=sha256,
            credentials=credentials,
            region=self._region,
            now=self._clock(),
        )

    def _request(
        self, method: str, key: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        """Send a request, once more after a broken connection or a server's error."""
        for last in (False, True):
            try:
                answer = self._send(method, encoded_path(self._base + self._prefix + key), body, headers)
            except (OSError, http.client.HTTPException) as error:
                if last:
                    raise StorageError(f"no connection to {self._host}: {error or type(error).__name__}") from error
            else:
                if last or answer[0] < SERVER_ERROR:
                    return answer
            time.sleep(RETRY_PAUSE_SECONDS)
        raise StorageError("no attempt was made")

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        connection, signed = self._connect(method, path, headers, hashlib.sha256(body).hexdigest())
        try:
            connection.request(method, path, body if method == "PUT" else None, signed)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()


def _code(body: bytes) -> str:
    found = re.search(rb"<Code>([^<]*)</Code>", body)
    return found[1].decode() if found else ""


def _explain(body: bytes) -> str:
    found = re.search(rb"<Message>([^<]*)</Message>", body)
    return f"{_code(body)}: {found[1].decode()}" if found else body[:200].decode(errors="replace")
