"""A task with a layer: brings it to the disk and runs its startup script, before any component is started.

What goes wrong here is said in a report and in the log, and the task ends with an exit code of its own: components
never run without what the user asked for.
"""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hangar_agent.agent import Agent
from hangar_agent.airflow_environment import agent_environment
from hangar_agent.archive_packing import MOST_BYTES, ArchiveFault
from hangar_agent.guardian import Guardian
from hangar_agent.layer_cache import LayerCache
from hangar_agent.layer_failure import Mask, secret_values
from hangar_agent.layer_in_force import LayerInForce, layer_at
from hangar_agent.layer_recipe import RecipeError, parse_result, result_key
from hangar_agent.object_storage import ObjectMissing, S3ObjectStorage, StorageError
from hangar_agent.preparation import prepare_task
from hangar_agent.report import TaskIdentity, TaskState, build_report, encode
from hangar_agent.role_lending import RoleLending
from hangar_agent.settings import AGENT_PYTHON
from hangar_agent.startup_script import StartupFailed, StartupStopped, run_startup_script
from hangar_agent.startup_variables import exports_of
from hangar_agent.task_files import TaskFiles
from hangar_agent.task_logging import task_logging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hangar_agent.settings import AgentSettings

LAYER_UNUSABLE = 65
STARTUP_FAILED = 66
TRIES = 10
LOG_PREFIX = "startup_script"
MOST_LOG_LINES = 10_000
LAST_LINES = 3
LAST_LINES_SECONDS = 2.0


class LayerUnusable(Exception):
    """The layer cannot be brought to this task's disk; `str()` says why."""


def run_with_layer(settings: AgentSettings, task_id: str, log: Callable[[str], None]) -> int:
    """Run a task on top of its layer; return the exit code."""
    told_to_stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: told_to_stop.set())
    began = time.time()
    storage = S3ObjectStorage(settings.storage)
    cache = LayerCache(settings.layer_cache or TaskFiles(settings.task_folder).layers)
    guardian = None
    lending = RoleLending(settings.execution_role)
    logging = task_logging(settings, task_id, lending.current)
    lent = replace(settings, inherited=lending.for_components(settings.inherited))
    try:
        layer = fetch_layer(storage, cache, settings.layer_key or "", task_id)
        log(f"layer {settings.layer_key}: in place after {time.time() - began:.1f} s")
        if layer.startup:
            guardian = Guardian()
            lending.serve()
            said = logging.startup_lines()
            layer = start_up(layer, lent, task_id, guardian, told_to_stop.is_set, log, said)
    except StartupStopped:
        code = 0
    except (LayerUnusable, StartupFailed) as error:
        sentence = _sentence(error)
        log(f"cannot start: {sentence}")
        _tell(storage, settings, task_id, began, sentence, log)
        code = LAYER_UNUSABLE if isinstance(error, LayerUnusable) else STARTUP_FAILED
        logging.close(LAST_LINES_SECONDS)
    else:
        threading.Thread(target=_prune, args=(cache, log), daemon=True).start()
        code = 0 if told_to_stop.is_set() else Agent(lent, task_id, log, layer, lending, logging).run()
    if guardian:
        guardian.close()  # ends what the startup script left running
    return code


def fetch_layer(
    storage: S3ObjectStorage,
    cache: LayerCache,
    key: str,
    task_id: str,
    pause: Callable[[], None] = lambda: time.sleep(1),
) -> LayerInForce:
    """Bring a layer to the disk; return where its parts are. Raises LayerUnusable."""
    complaint: Exception | None = None
    for _ in range(TRIES):
        try:
            stored = storage.get(result_key(key))
            result = parse_result(stored.body if stored else b"", key)
            if result.archive is None:
                raise LayerUnusable(f"layer {key} cannot be used, because it could not be built: {result.message}")
            archive = result.archive

            def fetch(file: Path) -> None:
                size, sha256 = storage.download(archive.key, file, min(archive.size, MOST_BYTES))  # noqa: B023
                if (size, sha256) != (archive.size, archive.sha256):  # noqa: B023
                    raise LayerUnusable(f"layer {key} cannot be used: its archive is not the one its result names")

            return layer_at(cache.take(key, archive.sha256, task_id, fetch))
        except ObjectMissing as error:
            raise LayerUnusable(f"layer {key} cannot be used: {error}") from error
        except (RecipeError, ArchiveFault) as error:
            raise LayerUnusable(f"layer {key} cannot be used: {error}") from error
        except (StorageError, OSError) as error:
            complaint = error
            pause()
    raise LayerUnusable(f"layer {key} cannot be brought to the task: {complaint}")


def start_up(
    layer: LayerInForce,
    settings: AgentSettings,
    task_id: str,
    guardian: Guardian,
    told_to_stop: Callable[[], bool],
    log: Callable[[str], None],
    said: Callable[[str], None] | None = None,
) -> LayerInForce:
    """Run the startup script as this task's component would run; return the layer with what it exported.

    `said` gets its output, line by line, without secrets. Raises StartupFailed, StartupStopped.
    """
    files = TaskFiles(settings.task_folder)
    prepare_task(files, settings)
    environment = agent_environment(settings, task_id, AGENT_PYTHON, layer)
    if settings.layer_cache:
        # One machine: a script's `pip install` must not change the machine's own Python.
        environment["PIP_REQUIRE_VIRTUALENV"] = "true"
    secrets = settings.secrets
    own = {secrets.fernet_key, secrets.api_secret_key, secrets.jwt_secret}
    mask = Mask(own | {settings.metadata.password, settings.celery.password} | secret_values(environment))
    lines = 0

    def say(line: str) -> None:
        nonlocal lines
        lines += 1
        masked = mask(line)
        if lines <= MOST_LOG_LINES:
            log(f"{LOG_PREFIX}: {masked}")
        if said:
            said(masked)

    assert layer.startup is not None  # noqa: S101 - for the type checker
    try:
        ended = run_startup_script(
            layer.startup,
            environment,
            settings.task_folder / "startup",
            guardian,
            on_line=say,
            told_to_stop=told_to_stop,
            keep_background=True,
        )
    except StartupFailed as error:
        raise StartupFailed(str(error), mask(error.output)) from error
    exports = exports_of(ended.before, ended.after, settings.image.major)
    for warning in exports.warnings():
        log(f"{LOG_PREFIX}: {warning}")
    return replace(layer, exports=exports)


def _sentence(error: LayerUnusable | StartupFailed) -> str:
    last = error.output.strip().splitlines()[-LAST_LINES:] if isinstance(error, StartupFailed) else []
    return f"{error}" + (f" Last output: {' / '.join(line.strip()[:300] for line in last)}" if last else "")


def _tell(
    storage: S3ObjectStorage,
    settings: AgentSettings,
    task_id: str,
    began: float,
    sentence: str,
    log: Callable[[str], None],
) -> None:
    """Send the one report of a task that does not start."""
    identity = TaskIdentity(
        task_id,
        settings.role,
        settings.storage.environment_id,
        settings.generation,
        settings.image.airflow_version,
        began,
    )
    state = TaskState(problems={"layer": sentence}, stopping=True)
    try:
        storage.put(f"reports/{task_id}.json", encode(build_report(identity, state, time.time())))
    except StorageError as error:
        log(f"a report could not be stored: {error}")


def _prune(cache: LayerCache, log: Callable[[str], None]) -> None:
    try:
        for name in cache.prune():
            log(f"layer {name}: removed from this machine, nobody uses it")
    except OSError as error:
        log(f"layers could not be pruned: {error}")
