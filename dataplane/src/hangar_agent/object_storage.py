"""The agent's one way to the control plane: objects below the environment's prefix, by botocore's S3 client.

botocore rather than boto3: three agents share a small machine with Airflow, and the difference is start-up time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hangar_agent.settings import StorageSettings

NOT_FOUND = {"NoSuchKey", "404", "NotFound"}
NOT_MODIFIED = {"304", "NotModified"}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes, and the tag to ask with for the next change."""

    body: bytes
    etag: str


class ObjectStorage(Protocol):
    """Objects by key below the environment's prefix. Any trouble is raised as StorageError."""

    def get(self, key: str, etag: str | None = None) -> StoredObject | None:
        """Return the object; None when its tag is still `etag`. Raises ObjectMissing when there is none."""

    def put(self, key: str, body: bytes) -> None:
        """Write or overwrite the object."""


class StorageError(Exception):
    """S3 could not be reached or refused; the message is what it said."""


class ObjectMissing(StorageError):
    """There is no object of that key."""


class S3ObjectStorage:
    """ObjectStorage over S3, or over whatever AWS_ENDPOINT_URL names."""

    def __init__(self, settings: StorageSettings) -> None:
        # Slow to import, and not needed before the components have been started.
        import botocore.config  # noqa: PLC0415
        import botocore.exceptions  # noqa: PLC0415
        import botocore.session  # noqa: PLC0415

        self._errors: tuple[type[Exception], ...] = (botocore.exceptions.BotoCoreError, OSError)
        self._client_error: type[Any] = botocore.exceptions.ClientError
        self._bucket = settings.bucket
        self._prefix = settings.prefix
        path_style = {"addressing_style": "path"} if settings.endpoint_url else {}
        self._client: Any = botocore.session.get_session().create_client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=botocore.config.Config(
                connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2}, s3=path_style
            ),
        )

    def get(self, key: str, etag: str | None = None) -> StoredObject | None:
        """Return the object; None when its tag is still `etag`."""
        condition = {"IfNoneMatch": etag} if etag else {}
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key, **condition)
            return StoredObject(answer["Body"].read(), answer["ETag"])
        except self._client_error as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in NOT_MODIFIED:
                return None
            if code in NOT_FOUND:
                raise ObjectMissing(f"there is no object {self._prefix}{key}") from error
            raise StorageError(f"reading {self._prefix}{key}: {error}") from error
        except self._errors as error:
            raise StorageError(f"reading {self._prefix}{key}: {error}") from error

    def put(self, key: str, body: bytes) -> None:
        """Write or overwrite the object."""
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body=body, ContentType="application/json"
            )
        except (self._client_error, *self._errors) as error:
            raise StorageError(f"writing {self._prefix}{key}: {error}") from error
