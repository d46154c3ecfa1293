"""Imports one DAG file as the dag-processor of this Airflow version does, and says what came of it.

Runs in a process that is thrown away afterwards (check_child.py): nothing here is undone.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RELEASES_BUNDLE = "releases"
TRACEBACK_FRAMES = "40"
"""Airflow keeps two frames of a failed import; where the fault lies below a helper, the DAG file is not among them."""
MOST_FILES = 5_000
LISTINGS = frozenset({"os.listdir", "os.scandir"})
IMPORT_SYSTEM = (
    "<frozen importlib._bootstrap_external>",
    "importlib/metadata/__init__.py",
    "importlib_metadata/__init__.py",
    "pkg_resources/__init__.py",
)
"""How code is named that looks through all of `sys.path`, the DAG folder too, for modules and packages' metadata."""


def list_dag_files(root: Path) -> list[str]:
    """Return the paths, relative to `root`, that Airflow takes for DAG files: by its own rules and .airflowignore."""
    from airflow.utils.file import list_py_file_paths  # noqa: PLC0415 - Airflow is imported after the fork's set-up

    options = {} if _major() >= 3 else {"include_examples": False}  # noqa: PLR2004
    return sorted(os.path.relpath(found, root) for found in list_py_file_paths(str(root), **options))


def import_dag_file(root: Path, path: str) -> tuple[list[str], dict[str, str]]:
    """Return the ids of the DAGs in a file and Airflow's import errors (file to text) for it."""
    file = str(root / path)
    _stand_in(root)
    try:
        return _parse_3(root, file) if _major() >= 3 else _parse_2(file)  # noqa: PLR2004
    except BaseException:  # noqa: BLE001 - sys.exit and whatever else a file may raise is an answer about the file
        return [], {file: traceback.format_exc()}


def redact(text: str) -> str:
    """Return a text with what Airflow knows to be secret (values of Variables and Connections it gave) blotted out."""
    for module in ("airflow.sdk.log", "airflow.sdk.execution_time.secrets_masker", "airflow.utils.log.secrets_masker"):
        try:
            return str(importlib.import_module(module).redact(text))
        except (ImportError, AttributeError):
            continue
    return text


class OpenedFiles:
    """What an import opens and lists below a folder, and the modules it asks for: all its outcome may depend on.

    `tell` gets each path relative to the folder, as `opened` or (a folder whose names were asked for) as `listed`.
    """

    def __init__(self, root: Path, tell: Callable[[str, str], None]) -> None:
        self._root = str(root)
        self._below = f"{root}/"
        self._folder = str(Path.cwd())
        self._tell = tell
        self._told: set[tuple[str, str]] = set()
        self._asked: set[str] = set()

    def watch(self) -> None:
        """Begin. There is no end: an audit hook stays until its process ends."""
        sys.addaudithook(self._hear)

    def sought(self) -> list[str]:
        """Return the modules asked for that are not provided from outside the folder: nobody's, or the folder's own."""
        return sorted(name for name in self._asked if not self._provided_elsewhere(name.partition(".")[0]))

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            opened = arguments[0]
            if isinstance(opened, bytes):
                opened = os.fsdecode(opened)
            if isinstance(opened, str):
                self._opened(opened)
        elif event in LISTINGS:
            self._listed(arguments[0])
        elif event == "import" and len(self._asked) < MOST_FILES:
            self._asked.add(str(arguments[0]))

    def _opened(self, name: str) -> None:
        full = self._whole(name)
        if not full.startswith(self._below):
            return
        if full.endswith(".pyc"):
            full = _source_of(full)
        self._say("opened", full[len(self._below) :])

    def _listed(self, folder: Any) -> None:
        """Hear of a folder that is listed, but for the import system's own look for modules: those are `sought`."""
        if sys._getframe(2).f_code.co_filename.endswith(IMPORT_SYSTEM):  # noqa: SLF001 - who asks is said nowhere else
            return
        name = "." if folder is None else os.fsdecode(folder) if isinstance(folder, str | bytes) else ""
        full = self._whole(name) if name else ""
        if full == self._root or full.startswith(self._below):
            self._say("listed", full[len(self._below) :])

    def _whole(self, name: str) -> str:
        return os.path.normpath(name if name.startswith("/") else os.path.join(self._folder, name))  # noqa: PTH118

    def _say(self, what: str, relative: str) -> None:
        if (what, relative) not in self._told and len(self._told) < MOST_FILES:
            self._told.add((what, relative))
            self._tell(what, relative)

    def _provided_elsewhere(self, top: str) -> bool:
        if top in sys.builtin_module_names:
            return True
        module = sys.modules.get(top)
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())] if module else []
        return any(place for place in places) and not any(
            str(place).startswith(self._below) for place in places if place
        )


def _stand_in(root: Path) -> None:
    """Have this process take `root` for the DAG folder, wherever Airflow and DAG files look for it."""
    from airflow import settings  # noqa: PLC0415

    former = settings.DAGS_FOLDER
    sys.path[:] = [entry for entry in sys.path if entry not in {former, str(root)}] + [str(root)]
    settings.DAGS_FOLDER = str(root)
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(root)
    os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH"] = TRACEBACK_FRAMES
    sys.dont_write_bytecode = True


def _parse_3(root: Path, file: str) -> tuple[list[str], dict[str, str]]:
    import structlog  # noqa: PLC0415
    from airflow.dag_processing import processor  # noqa: PLC0415

    fields = {"file": file, "bundle_path": root, "bundle_name": RELEASES_BUNDLE, "callback_requests": []}
    known = processor.DagFileParseRequest.model_fields
    request = processor.DagFileParseRequest(**{name: value for name, value in fields.items() if name in known})
    result = processor._parse_file(request, structlog.get_logger(logger_name="task"))  # noqa: SLF001
    if result is None:
        return [], {}
    return [dag.dag_id for dag in result.serialized_dags], dict(result.import_errors or {})


def _parse_2(file: str) -> tuple[list[str], dict[str, str]]:
    from airflow.models.dagbag import DagBag  # noqa: PLC0415
    from airflow.serialization.serialized_objects import SerializedDAG  # noqa: PLC0415

    bag = DagBag(file, include_examples=False, load_op_links=False)
    errors = dict(bag.import_errors)
    for dag in bag.dags.values():
        try:
            SerializedDAG.to_dict(dag)
        except Exception:  # noqa: BLE001 - as Airflow itself: a DAG that cannot be serialized is an import error
            errors[dag.fileloc] = traceback.format_exc()
    return list(bag.dags), errors


def _source_of(compiled: str) -> str:
    try:
        return importlib.util.source_from_cache(compiled)
    except ValueError:  # a .pyc that is a file of the release itself
        return compiled


def _major() -> int:
    from airflow import __version__  # noqa: PLC0415

    return int(__version__.split(".")[0])
