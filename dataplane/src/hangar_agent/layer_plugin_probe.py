"""Run by the image's Python with a layer in front of it: lets Airflow load its plugins and says what came of it.

`python layer_plugin_probe.py <answer file>`; PYTHONPATH and AIRFLOW__CORE__PLUGINS_FOLDER as a component has them.
"""

import importlib
import json
import logging
import sys
from pathlib import Path
from typing import Any


def load() -> tuple[list[Any], dict[str, Any]]:
    """Return (plugins, import errors by source). Airflow 3.2 and later keep them behind a function."""
    plugins_manager = importlib.import_module("airflow.plugins_manager")
    plugins_manager.ensure_plugins_loaded()
    behind = getattr(plugins_manager, "_get_plugins", None)
    return behind() if behind else (plugins_manager.plugins or [], plugins_manager.import_errors)


def main() -> None:
    """Write the answer as JSON: names with where each is from, and errors by file or entry point."""
    sys.path.pop(0)  # this file's folder: its neighbours are the agent's
    logging.basicConfig(level=logging.ERROR)
    plugins, errors = load()
    said = {
        "plugins": [{"name": str(each.name), "source": str(getattr(each, "source", ""))} for each in plugins],
        "errors": {str(source): str(message) for source, message in errors.items()},
    }
    Path(sys.argv[1]).write_text(json.dumps(said), encoding="utf-8")


main()
