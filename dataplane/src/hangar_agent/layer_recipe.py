"""The documents of a layer: `layers/<key>/recipe.json` from the control plane, and the answer, `…/result.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hangar_agent.layer_failure import LayerFailed, Mask

SCHEMA = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_WARNINGS = 200
LONGEST_WARNING = 1000


class RecipeError(Exception):
    """A document is not what it should be; the message says in what."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One of the user's files, as a blob."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a layer is built from."""

    key: str
    airflow_version: str
    image: str
    requirements: SourceFile | None
    plugins: SourceFile | None
    startup: SourceFile | None

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        files = {"requirements": self.requirements, "plugins": self.plugins, "startup": self.startup}
        listed = {part: {"sha256": file.sha256, "size": file.size} if file else None for part, file in files.items()}
        return {
            "schema": SCHEMA,
            "key": self.key,
            "airflowVersion": self.airflow_version,
            "image": self.image,
            **listed,
        }


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a finished layer is."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What of a result a task needs."""

    state: str
    archive: Archive | None
    message: str
    """Of a failed one: why."""


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a build."""

    packages: Sequence[str]
    plugins: Sequence[str]
    startup_variables: Sequence[str]
    warnings: Sequence[str]
    archive: Archive


def recipe_key(key: str) -> str:
    """Return where a layer's recipe is, below the environment's prefix."""
    return f"layers/{key}/recipe.json"


def result_key(key: str) -> str:
    """Return where its result is."""
    return f"layers/{key}/result.json"


def archive_key(key: str) -> str:
    """Return where its archive is."""
    return f"layers/{key}/layer.tar"


def parse_recipe(body: bytes, key: str) -> Recipe:
    """Return the recipe. Raises RecipeError."""
    fields = _object(body, "recipe.json")
    if fields.get("schema") != SCHEMA or fields.get("key") != key:
        raise RecipeError(
            f"recipe.json is of schema {fields.get('schema')!r} for {fields.get('key')!r}, not 1 for {key}"
        )
    version, image = fields.get("airflowVersion"), fields.get("image")
    if not isinstance(version, str) or not isinstance(image, str):
        raise RecipeError("recipe.json lacks airflowVersion or image")
    files = {part: _source(fields, part) for part in ("requirements", "plugins", "startup")}
    return Recipe(key, version, image, **files)


def parse_result(body: bytes, key: str) -> LayerResult:
    """Return what a task needs of a result. Raises RecipeError."""
    fields = _object(body, "result.json")
    if fields.get("schema") != SCHEMA or fields.get("key") != key or fields.get("state") not in {"ready", "failed"}:
        raise RecipeError(f"result.json is not the result of {key}")
    error, archive = fields.get("error"), fields.get("archive")
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    if fields["state"] == "failed":
        return LayerResult("failed", None, message)
    match archive:
        case {"key": str(where), "size": int(size), "sha256": str(sha256)} if (
            SHA256.fullmatch(sha256) and ".." not in where and where.startswith("layers/")
        ):
            return LayerResult("ready", Archive(where, size, sha256), "")
    raise RecipeError("result.json says ready and names no archive")


def ready_document(recipe: Recipe, built: Built, at: float, seconds: float, mask: Mask) -> bytes:
    """Return result.json of a layer that can be used."""
    archive = {"key": built.archive.key, "size": built.archive.size, "sha256": built.archive.sha256}
    return _encode(
        _result(recipe.key, "ready", at, seconds)
        | {
            "packages": list(built.packages),
            "plugins": list(built.plugins),
            "startupVariables": list(built.startup_variables),
            "archive": archive,
            "warnings": [mask(warning)[:LONGEST_WARNING] for warning in built.warnings[:MOST_WARNINGS]],
        }
    )


def failed_document(key: str, failed: LayerFailed, at: float, seconds: float, mask: Mask) -> bytes:
    """Return result.json of a layer that cannot be made: an answer, too."""
    error = {
        "part": failed.part,
        "message": mask(str(failed)),
        "detail": mask(failed.detail),
        "transient": failed.transient,
    }
    return _encode(_result(key, "failed", at, seconds) | {"error": error})


def _result(key: str, state: str, at: float, seconds: float) -> dict[str, Any]:
    nothing: dict[str, Any] = {"packages": [], "plugins": [], "startupVariables": [], "archive": None, "error": None}
    return {
        "schema": SCHEMA,
        "key": key,
        "state": state,
        "seconds": round(seconds, 1),
        "at": at,
        **nothing,
        "warnings": [],
    }


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _object(body: bytes, name: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise RecipeError(f"{name} is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise RecipeError(f"{name} is not a JSON object")
    return fields


def _source(fields: dict[str, Any], part: str) -> SourceFile | None:
    match fields.get(part):
        case None:
            return None
        case {"sha256": str(sha256), "size": int(size)} if SHA256.fullmatch(sha256) and size >= 0:
            return SourceFile(sha256, size)
    raise RecipeError(f"recipe.json: {part} must be null, or sha256 and size")
