"""`hangar-agent build-layer`: a one-off task that makes one layer of plugins.zip, requirements.txt and startup.sh.

Everything happens in a scratch folder of the task; the archive is stored, then the result, and nothing else is changed.
A layer that cannot be made is a result, too. A task that is killed leaves nothing, and another one begins anew.
"""

from __future__ import annotations

import shutil
import time
from functools import partial
from typing import TYPE_CHECKING

from hangar_agent.guardian import Guardian
from hangar_agent.layer_failure import LayerFailed, Mask, disk_full, is_disk_full, secret_values
from hangar_agent.layer_logging import layer_logging
from hangar_agent.layer_process import run_bounded
from hangar_agent.layer_recipe import (
    LayerResult,
    RecipeError,
    archive_key,
    failed_document,
    parse_recipe,
    parse_result,
    ready_document,
    recipe_key,
    result_key,
)
from hangar_agent.layer_work import LayerWork
from hangar_agent.object_storage import ObjectMissing, ObjectStorage, S3ObjectStorage, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.layer_settings import LayerSettings

NOT_TRIED = 1
LAST_LINES_SECONDS = 2.0


def build_layer(settings: LayerSettings, log: Callable[[str], None]) -> int:
    """Build the layer of `settings.key`, unless there is one; return the exit code: 0 when a result is stored."""
    storage = S3ObjectStorage(settings.storage)
    began = time.monotonic()
    try:
        earlier = _earlier(storage, settings.key)
        if earlier and earlier.state == "ready":
            log(f"layer {settings.key} is there already")
            return 0
        stored = storage.get(recipe_key(settings.key))
        recipe = parse_recipe(stored.body if stored else b"", settings.key)
    except (StorageError, RecipeError) as error:
        log(f"layer {settings.key} cannot be built: {error}")
        return NOT_TRIED
    if recipe.airflow_version != settings.image.airflow_version:
        log(f"layer {settings.key} is for Airflow {recipe.airflow_version}, this is {settings.image.airflow_version}")
        return NOT_TRIED
    folder = settings.task_folder / "layer-build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    guardian = Guardian()
    mask = Mask(secret_values({**settings.inherited, **settings.package_index}))
    work = LayerWork(settings, recipe, folder, storage, partial(run_bounded, guard=guardian), guardian, mask)
    logging = layer_logging(settings)
    work.on_install, work.on_startup = logging.install, logging.startup
    try:
        try:
            built = work.build()
            storage.upload(archive_key(settings.key), work.archive, built.archive.sha256)
            body = ready_document(recipe, built, time.time(), time.monotonic() - began, work.mask)
            log(f"layer {settings.key}: ready, {built.archive.size:,} bytes, {len(built.packages)} packages")
        except OSError as error:
            if not is_disk_full(error):
                raise
            raise disk_full("archive", str(error)) from error
    except LayerFailed as failed:
        body = failed_document(settings.key, failed, time.time(), time.monotonic() - began, work.mask)
        log(f"layer {settings.key}: {work.mask(str(failed))}")
        logging.install(work.mask(str(failed)))
    except (StorageError, RuntimeError, OSError) as error:
        log(f"layer {settings.key} could not be built: {work.mask(str(error))}")
        return NOT_TRIED
    finally:
        logging.close(LAST_LINES_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
        guardian.close()
    return _store(storage, settings.key, body, log)


def _store(storage: ObjectStorage, key: str, body: bytes, log: Callable[[str], None]) -> int:
    try:
        storage.put(result_key(key), body)
    except StorageError as error:
        log(f"the result of layer {key} could not be stored: {error}")
        return NOT_TRIED
    return 0


def _earlier(storage: ObjectStorage, key: str) -> LayerResult | None:
    """Return a result that is there already. A failed one is no reason not to try: the index has changed since."""
    try:
        stored = storage.get(result_key(key))
        return parse_result(stored.body, key) if stored else None
    except (ObjectMissing, RecipeError):
        return None
