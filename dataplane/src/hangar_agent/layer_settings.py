"""What `hangar-agent build-layer` is told: a key, an image and a bucket; no database, no queue, no secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.settings import (
    ImageSettings,
    StorageSettings,
    image_settings,
    inherited_variables,
    storage_settings,
)
from hangar_agent.variable_reader import VariableReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.log_targets import Targets

PACKAGE_INDEX = re.compile(r"(UV|PIP)_\w+|SSL_CERT_(FILE|DIR)|(?i:(https?|all|no)_proxy)")


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """What `build-layer` needs: an image and a bucket, no database, no queue, no secrets."""

    key: str
    storage: StorageSettings
    image: ImageSettings
    constraints: Path
    """What the image was made under, and what a requirements.txt is held to."""
    package_index: dict[str, str] = field(repr=False)
    """Where packages come from and are cached, in pip's and uv's variables; on one machine as its user told them."""
    task_folder: Path
    metadata_uri: str | None
    logging: Targets
    """Where what is said while the layer is made goes in CloudWatch Logs."""
    inherited: dict[str, str] = field(repr=False)


def read_layer_settings(environment: Mapping[str, str], working_folder: Path) -> LayerSettings:
    """Return what `build-layer` needs, or raise SettingsError."""
    read = VariableReader(environment)
    key = read.layer_key() or read.text("HANGAR_LAYER_KEY")
    settings = read_image_layer_settings(read, key, working_folder)
    read.finish()
    return settings


def read_image_layer_settings(read: VariableReader, key: str, working_folder: Path) -> LayerSettings:
    """Return what making a layer of that name needs. What is wrong is left among the reader's complaints."""
    environment = read.environment
    image = image_settings(read)
    beside = image.dataplane.parent / "images" / "constraints" / f"airflow-{image.airflow_version}.txt"
    settings = LayerSettings(
        key=key,
        storage=storage_settings(read),
        image=image,
        constraints=Path(read.text("HANGAR_IMAGE_CONSTRAINTS", str(beside))),
        package_index={name: value for name, value in environment.items() if PACKAGE_INDEX.fullmatch(name)},
        task_folder=Path(read.text("HANGAR_TASK_FOLDER", str(working_folder))),
        metadata_uri=environment.get("ECS_CONTAINER_METADATA_URI_V4") or None,
        logging=read.log_targets(),
        inherited=inherited_variables(environment),
    )
    if not settings.constraints.is_file():
        read.complaints.append(f"HANGAR_IMAGE_CONSTRAINTS: there is no file {settings.constraints}")
    return settings
