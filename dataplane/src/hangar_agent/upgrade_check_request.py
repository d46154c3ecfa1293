"""The documents of an upgrade check: `upgrade-checks/<id>/request.json` from the control plane, and the settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hangar_agent.layer_recipe import SHA256, SourceFile
from hangar_agent.layer_settings import LayerSettings, read_image_layer_settings
from hangar_agent.manifest import RELEASE_ID
from hangar_agent.settings import DatabaseLogin, database_login
from hangar_agent.variable_reader import VariableReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = 1
CHECK_ID = re.compile(r"[a-z0-9]{26}")
MANIFEST = re.compile(r"releases/[A-Za-z0-9._-]+\.json")
MOST_SECONDS = 3600.0


class RequestError(Exception):
    """The request is not what it should be; the message says in what."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What `check-upgrade` is told by its task."""

    check_id: str
    layer: LayerSettings
    """Image, bucket and package index, as the builder of a layer is told them."""
    metadata: DatabaseLogin | None
    """A copy of the metadata database that was migrated to this image's version; None: there is none to look into."""
    fernet_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is to be checked."""

    from_version: str
    airflow_version: str
    image: str
    release: tuple[str, str] | None
    """Id and manifest's key of the release that runs; None before the first."""
    files: Mapping[str, SourceFile | None]
    """requirements, plugins and startup, as blobs."""
    import_seconds: float
    """What all imports together may take."""


def read_check_settings(environment: Mapping[str, str], working_folder: Path) -> CheckSettings:
    """Return what `check-upgrade` needs, or raise SettingsError."""
    read = VariableReader(environment)
    check_id = read.text("HANGAR_CHECK_ID")
    if check_id and not CHECK_ID.fullmatch(check_id):
        read.complaints.append(f"HANGAR_CHECK_ID must be 26 letters and digits, not {check_id[:40]!r}")
    on_copy = bool(environment.get("HANGAR_METADATA_DATABASE"))
    settings = CheckSettings(
        check_id,
        read_image_layer_settings(read, f"check-{check_id}", working_folder),
        database_login(read, "METADATA") if on_copy else None,
        read.text("HANGAR_FERNET_KEY") if on_copy else "",
    )
    read.finish()
    return settings


def request_key(check_id: str) -> str:
    """Return where a check's request is, below the environment's prefix."""
    return f"upgrade-checks/{check_id}/request.json"


def parse_request(body: bytes, check_id: str, here: str) -> CheckRequest:
    """Return the request. `here`: the Airflow version of this task's image. Raises RequestError."""
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise RequestError(f"request.json is not JSON: {error}") from error
    match fields:
        case {
            "schema": 1,
            "id": str(named),
            "fromVersion": str(from_version),
            "airflowVersion": str(version),
            "image": str(image),
            "importSeconds": int(seconds) | float(seconds),
        } if named == check_id and 0 < seconds <= MOST_SECONDS:
            if version != here:
                raise RequestError(f"request.json is for Airflow {version}, this is {here}")
            files = {part: _source(fields, part) for part in ("requirements", "plugins", "startup")}
            return CheckRequest(from_version, version, image, _release(fields), files, float(seconds))
    raise RequestError(f"request.json is not a request of check {check_id}")


def _release(fields: dict[str, Any]) -> tuple[str, str] | None:
    match fields.get("release"):
        case None:
            return None
        case {"id": str(name), "manifest": str(key)} if RELEASE_ID.fullmatch(name) and MANIFEST.fullmatch(key):
            return name, key
    raise RequestError("request.json: release must be null, or id and manifest")


def _source(fields: dict[str, Any], part: str) -> SourceFile | None:
    match fields.get(part):
        case None:
            return None
        case {"sha256": str(sha256), "size": int(size)} if SHA256.fullmatch(sha256) and size >= 0:
            return SourceFile(sha256, size)
    raise RequestError(f"request.json: {part} must be null, or sha256 and size")
