"""The command `hangar-agent`: run a task's components, migrate or copy a database, build a layer, fetch a release."""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.settings import (
    ROLES,
    read_agent_settings,
    read_storage_settings,
)
from hangar_agent.variable_reader import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

METADATA_TRIES = 10
WRONG_SETTINGS = 64
FAILED = 1


def main(arguments: Sequence[str]) -> int:
    """Run a command; return the process's exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "run":
            return _run(options.role)
        if options.command == "migrate":
            from hangar_agent.migration import migrate  # noqa: PLC0415
            from hangar_agent.migration_settings import read_migration_settings  # noqa: PLC0415

            return migrate(read_migration_settings(os.environ, Path.cwd()), lambda: time.sleep(0.05))
        if options.command == "build-layer":
            from hangar_agent.layer_build import build_layer  # noqa: PLC0415
            from hangar_agent.layer_settings import read_layer_settings  # noqa: PLC0415

            return build_layer(read_layer_settings(os.environ, Path.cwd()), log)
        if options.command in {"copy-database", "copy-online", "migrate-copy", "check-upgrade"}:
            return _upgrade(options.command)
        return _fetch_release(options.id)
    except SettingsError as error:
        log(f"cannot start: {error}. These variables come from the task definition; dataplane/README.md lists them")
        return WRONG_SETTINGS


def log(line: str) -> None:
    """Write a line to the task's log."""
    print(f"hangar-agent {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}", file=sys.stderr, flush=True)  # noqa: T201


def _run(role: str) -> int:
    from hangar_agent.agent import Agent  # noqa: PLC0415
    from hangar_agent.task_metadata import read_task_id  # noqa: PLC0415

    settings = read_agent_settings(next(each for each in ROLES if each == role), os.environ, Path.cwd())
    settings.task_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.configuration_key:
        from hangar_agent.configuration import read_configuration  # noqa: PLC0415
        from hangar_agent.object_storage import S3ObjectStorage  # noqa: PLC0415

        options = read_configuration(S3ObjectStorage(settings.storage), settings.configuration_key)
        settings = replace(settings, overrides={**options, **settings.overrides})
    for attempt in range(METADATA_TRIES):
        try:
            task_id = read_task_id(settings.metadata_uri, settings.task_folder.name)
            break
        except (OSError, ValueError, KeyError) as error:
            if attempt == METADATA_TRIES - 1:
                log(f"cannot start: the ECS metadata endpoint does not say which task this is: {error}")
                return FAILED
            time.sleep(0.3)
    if settings.layer_key is None:
        return Agent(settings, task_id, log).run()
    from hangar_agent.layer_start import run_with_layer  # noqa: PLC0415

    return run_with_layer(settings, task_id, log)


def _upgrade(command: str) -> int:
    if command == "copy-database":
        from hangar_agent.copy_database import copy_database, read_copy_settings  # noqa: PLC0415

        return copy_database(read_copy_settings(os.environ), log)
    if command == "copy-online":
        from hangar_agent.copy_database import read_copy_settings  # noqa: PLC0415
        from hangar_agent.copy_online import copy_online  # noqa: PLC0415

        return copy_online(read_copy_settings(os.environ), log)
    if command == "check-upgrade":
        from hangar_agent.upgrade_check import check_upgrade  # noqa: PLC0415
        from hangar_agent.upgrade_check_request import read_check_settings  # noqa: PLC0415

        return check_upgrade(read_check_settings(os.environ, Path.cwd()), log)
    from hangar_agent.copy_migration import migrate_copy  # noqa: PLC0415
    from hangar_agent.migration_settings import read_copy_migration_settings  # noqa: PLC0415

    return migrate_copy(read_copy_migration_settings(os.environ, Path.cwd()), log)


def _fetch_release(release_id: str) -> int:
    from hangar_agent.control_link import stage_release  # noqa: PLC0415
    from hangar_agent.credentials import own_credentials  # noqa: PLC0415
    from hangar_agent.manifest import RELEASE_ID, ManifestError, manifest_key  # noqa: PLC0415
    from hangar_agent.object_storage import S3ObjectStorage, StorageError  # noqa: PLC0415
    from hangar_agent.release_store import CorruptBlob, ReleaseStore  # noqa: PLC0415
    from hangar_agent.task_files import TaskFiles  # noqa: PLC0415

    if not RELEASE_ID.fullmatch(release_id):
        log(f"{release_id!r} is not a release id")
        return FAILED
    folder = Path(os.environ.get("HANGAR_TASK_FOLDER") or Path.cwd())
    storage = S3ObjectStorage(read_storage_settings(os.environ), own_credentials(TaskFiles(folder).own_credentials))
    try:
        stage_release(storage, ReleaseStore(TaskFiles(folder).releases), release_id, manifest_key(release_id))
    except (StorageError, ManifestError, CorruptBlob, OSError) as error:
        log(f"release {release_id} could not be fetched: {error}")
        return FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hangar-agent",
        description="The process at the root of every task of a Hangar environment.",
        epilog="All settings are environment variables (HANGAR_…): see dataplane/README.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    run = commands.add_parser("run", help="start, watch and stop the Airflow components of a role")
    run.add_argument("--role", required=True, choices=ROLES)
    commands.add_parser("migrate", help="bring the metadata database to the image's Airflow version, then exit")
    commands.add_parser(
        "build-layer", help="make the layer HANGAR_LAYER_KEY of plugins, requirements and startup script, then exit"
    )
    commands.add_parser("copy-database", help="copy a sealed database for an upgrade, then exit")
    commands.add_parser("copy-online", help="copy a database that is in use, as it is at one moment, then exit")
    commands.add_parser("migrate-copy", help="bring such a copy to the image's Airflow version, once, then exit")
    commands.add_parser(
        "check-upgrade", help="try DAG files and packages of a release under the image's Airflow version, then exit"
    )
    fetch = commands.add_parser("fetch-release", help="bring one DAG release to this task's disk, then exit")
    fetch.add_argument("id", help="the release's id, e.g. r12-0a1b2c3d")
    return parser
