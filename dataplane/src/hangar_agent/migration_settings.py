"""What `hangar-agent migrate` and `migrate-copy` are told: a database and an image; no queue, no bucket."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.settings import DatabaseLogin, ImageSettings, database_login, image_settings, inherited_variables
from hangar_agent.variable_reader import VariableReader

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """What `migrate` needs: a database and an image, no queue, no bucket."""

    image: ImageSettings
    metadata: DatabaseLogin
    fernet_key: str = field(repr=False)
    task_folder: Path
    inherited: dict[str, str] = field(repr=False)


def read_migration_settings(environment: Mapping[str, str], working_folder: Path) -> MigrationSettings:
    """Return what `migrate` needs. A template database has no Fernet key: nothing in it is encrypted yet."""
    read = VariableReader(environment)
    settings = MigrationSettings(
        image=image_settings(read),
        metadata=database_login(read, "METADATA"),
        fernet_key=environment.get("HANGAR_FERNET_KEY", ""),
        task_folder=Path(read.text("HANGAR_TASK_FOLDER", str(working_folder))),
        inherited=inherited_variables(environment),
    )
    read.finish()
    return settings


@dataclass(frozen=True, slots=True)
class CopyMigrationSettings:
    """What `migrate-copy` needs: whose operation it belongs to, and a key that opens what is in the copy."""

    operation_id: str
    migration: MigrationSettings


def read_copy_migration_settings(environment: Mapping[str, str], working_folder: Path) -> CopyMigrationSettings:
    """Return what `migrate-copy` needs."""
    read = VariableReader(environment)
    operation_id = read.text("HANGAR_OPERATION_ID")
    read.text("HANGAR_FERNET_KEY")
    read.finish()
    return CopyMigrationSettings(operation_id, read_migration_settings(environment, working_folder))
