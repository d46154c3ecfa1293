"""`hangar-agent check-upgrade`: a one-off task in the image of another Airflow version, beside what runs.

It installs the environment's packages for that version, imports the DAG files of the release that runs, and looks for
what Airflow 3 has removed. All happens in the task's own folder; one object is stored at the end, and nothing else is
changed. A fault of the environment's files is a result; only where there is none is the exit code not 0.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from hangar_agent.administration import connect, plain_words
from hangar_agent.airflow_rules import RulesFailed, applies, ruff_beside, run_rules
from hangar_agent.control_link import stage_release
from hangar_agent.copy_rows import schema_major
from hangar_agent.guardian import Guardian
from hangar_agent.layer_failure import LayerFailed, Mask, secret_values
from hangar_agent.layer_in_force import LayerInForce, layer_at
from hangar_agent.layer_process import run_bounded
from hangar_agent.layer_recipe import Recipe
from hangar_agent.layer_work import LayerWork
from hangar_agent.manifest import ManifestError
from hangar_agent.object_storage import S3ObjectStorage, StorageError
from hangar_agent.release_store import CorruptBlob, ReleaseStore
from hangar_agent.settings import AGENT_PYTHON
from hangar_agent.upgrade_check_environment import checker_environment
from hangar_agent.upgrade_check_imports import ImportsFailed, checker_link, import_all
from hangar_agent.upgrade_check_request import CheckRequest, CheckSettings, RequestError, parse_request, request_key
from hangar_agent.upgrade_check_result import Found, result_document, result_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NO_RESULT = 1
MOST_DAGS = 20_000
CANARY_DAG = "_hangar_canary"


def check_upgrade(settings: CheckSettings, log: Callable[[str], None]) -> int:
    """Make the check `settings.check_id`; return the exit code: 0 when its result is stored."""
    storage = S3ObjectStorage(settings.layer.storage)
    folder = settings.layer.task_folder / "upgrade-check"
    try:
        stored = storage.get(request_key(settings.check_id))
        here = settings.layer.image.airflow_version
        request = parse_request(stored.body if stored else b"", settings.check_id, here)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        check = UpgradeCheck(settings, request, folder, storage, log)
        try:
            check.run()
        finally:
            check.close()
        storage.put(result_key(settings.check_id), check.document())
    except (StorageError, RequestError, ManifestError, CorruptBlob, RuntimeError, OSError) as error:
        log(f"check {settings.check_id} has no result: {error}")
        return NO_RESULT
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    log(f"check {settings.check_id} is done")
    return 0


class UpgradeCheck:
    """One check. `folder` is its own, and is thrown away afterwards."""

    def __init__(
        self,
        settings: CheckSettings,
        request: CheckRequest,
        folder: Path,
        storage: S3ObjectStorage,
        log: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._request = request
        self._folder = folder
        self._storage = storage
        self._log = log
        self._guardian = Guardian()
        self._run = partial(run_bounded, guard=self._guardian)
        known = {settings.fernet_key, settings.metadata.password if settings.metadata else ""} - {""}
        layer = settings.layer
        self._mask = Mask(secret_values({**layer.inherited, **layer.package_index}) | known)
        self.found = Found()

    def run(self) -> None:
        """Do all that can be done. Raises StorageError, OSError where the check itself cannot go on."""
        with self._timed("packages"):
            layer = self._install()
        root = self._stage()
        if root and applies(self._request.from_version, self._request.airflow_version):
            with self._timed("rules"):
                self._look_for_removed(root)
        if self._settings.metadata:
            with self._timed("database"):
                self._read_dags()
        if root and layer:
            with self._timed("imports"):
                self._import(root, layer)

    def document(self) -> bytes:
        """Return result.json."""
        version = self._request.airflow_version
        return result_document(self._settings.check_id, version, self.found, time.time(), self._mask)

    def close(self) -> None:
        """End whatever still runs."""
        self._guardian.close()

    def _install(self) -> LayerInForce | None:
        """Install for the target what the environment runs with; None where that fails, which is a finding."""
        files, layer = self._request.files, self._settings.layer
        recipe = Recipe(layer.key, self._request.airflow_version, self._request.image, **files)
        folder = self._folder / "packages"
        folder.mkdir()
        if not any(files.values()):
            self.found.packages = []
            return layer_at(folder)
        work = LayerWork(layer, recipe, folder, self._storage, self._run, self._guardian, self._mask)
        try:
            built = work.build()
        except LayerFailed as failed:
            self.found.failed = failed
            self._log(f"what was uploaded does not fit: {work.mask(str(failed))}")
            return None
        finally:
            self._mask = work.mask
        self.found.packages, self.found.warnings = built.packages, built.warnings
        there = layer_at(folder / "layer")
        return LayerInForce(there.site, there.plugins, there.startup, work.exports)

    def _stage(self) -> Path | None:
        """Bring the release that runs to this disk."""
        release = self._request.release
        if release is None:
            self.found.imports = {}
            return None
        releases = ReleaseStore(self._folder / "dags")
        stage_release(self._storage, releases, *release)
        return releases.folder(release[0])

    def _look_for_removed(self, root: Path) -> None:
        try:
            self.found.rules = run_rules(ruff_beside(AGENT_PYTHON), root, self._folder, self._run)
        except RulesFailed as failed:
            self.found.rules_problem = str(failed)
            self._log(f"the rules for Airflow 3 were not tried: {failed}")

    def _read_dags(self) -> None:
        """Read from the copy which DAGs are in use, and of which file."""
        import psycopg2  # noqa: PLC0415

        assert self._settings.metadata is not None  # noqa: S101 - for the type checker
        try:
            connection = connect(self._settings.metadata)
            try:
                self.found.active_dags = _active_dags(connection)
                self.found.migration = _migration(connection)
            finally:
                connection.close()
        except psycopg2.Error as error:
            raise RuntimeError(f"the copy cannot be read: {plain_words(error)}") from error

    def _import(self, root: Path, layer: LayerInForce) -> None:
        settings = self._settings
        home = self._folder / "airflow"
        home.mkdir()
        (home / "airflow.cfg").touch()
        image = settings.layer.image
        inherited = settings.layer.inherited
        environment = checker_environment(image, inherited, layer, home, settings.metadata, settings.fernet_key)
        link = checker_link(image.python, environment, self._folder, self._guardian)
        try:
            self.found.imports = import_all(link, root, self._request.import_seconds)
        except ImportsFailed as failed:
            self.found.imports_problem = str(failed)
            self._log(f"the DAG files were not imported: {failed}")
        finally:
            link.close()

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.found.seconds[part] = time.monotonic() - began


def _migration(connection: Any) -> dict[str, Any] | None:
    """Return what `migrate-copy` has written of the copy; None where it is not of its making, or says nothing."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('hangar.migration') is not null")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("select detail from hangar.migration where outcome = 'done' limit 1")
        row = cursor.fetchone()
    try:
        detail = json.loads(row[0]) if row and isinstance(row[0], str) else row and row[0]
    except ValueError:
        return None
    return detail if isinstance(detail, dict) else None


def _active_dags(connection: Any) -> dict[str, str | None]:
    """Return the ids of DAGs in use, and the file of each as its database names it, without the canary."""
    new = schema_major(connection) >= 3  # noqa: PLR2004
    statement = (
        "select dag_id, coalesce(relative_fileloc, fileloc) from dag where not is_stale"
        if new
        else "select dag_id, fileloc from dag where is_active"
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(f"{statement} and dag_id <> %s order by dag_id limit %s", (CANARY_DAG, MOST_DAGS))
        return {str(dag_id)[:250]: None if file is None else str(file)[:1024] for dag_id, file in cursor.fetchall()}
