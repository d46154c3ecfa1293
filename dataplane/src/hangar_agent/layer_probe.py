"""Run by the image's Python, not the agent's: what packages it has, and whether they fit with a layer before them.

`python -I layer_probe.py <answer file> list` or `… check <site> <plugins>`. Imports no agent code.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import re
import sys
import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path
from site import addsitedir
from typing import Any

OURS = ("airflow", "celery", "kombu", "sqlalchemy", "flask")
"""What must come from the image, whatever a layer brings."""
MOST_BROKEN = 20


Distributions = dict[str, importlib.metadata.Distribution]


def packages(folders: Sequence[Path] | None = None) -> Distributions:
    """Return versions by normal name; of several on the path the first counts, as it does for an import."""
    found: Distributions = {}
    path = sys.path if folders is None else [str(folder) for folder in folders]
    for each in importlib.metadata.distributions(path=path):
        name = each.metadata["Name"]
        if name:
            found.setdefault(normal(name), each)
    return found


def normal(name: str) -> str:
    """Return a package's name in the one form that indexes compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


def broken(distributions: Distributions) -> set[tuple[str, str, str, str | None]]:
    """Return (package, its version, requirement, version there or None) of every requirement that is not met."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - every Airflow has it

    wrong = set()
    for name, each in distributions.items():
        for text in each.requires or []:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            there = distributions.get(normal(requirement.name))
            if there is None or not requirement.specifier.contains(there.version, prereleases=True):
                needed = f"{requirement.name}{requirement.specifier}"
                wrong.add((name, each.version, needed, there.version if there else None))
    return wrong


def check(site: Path, plugins: Path) -> dict[str, Any]:
    """Return what is wrong with a layer in front of the image, each in its own field."""
    image = packages()
    faults_before = broken(image)
    sys.path[:0] = [str(plugins), str(site)]
    addsitedir(str(site))  # its .pth files, as tasks have them read (layer_path_files.py)
    importlib.invalidate_caches()
    merged = packages()
    layer = packages([site])
    faults = sorted(broken(merged) - faults_before, key=str)[:MOST_BROKEN]
    return {
        "python": sysconfig.get_python_version(),
        "packages": {each.metadata["Name"]: each.version for each in layer.values()},
        "broken": [
            {"name": name, "version": version, "needs": needs, "there": there, "ofLayer": name in layer}
            for name, version, needs, there in faults
        ],
        "hasPlugins": any(each.group == "airflow.plugins" for one in layer.values() for each in one.entry_points),
        "hidden": hidden(site, plugins),
        **airflow(),
    }


def hidden(site: Path, plugins: Path) -> list[str]:
    """Return which files of the layer stand before modules of the same name that Airflow needs."""
    stdlib = sorted(sys.stdlib_module_names)
    candidates = [
        (folder, form)
        for folder in (plugins, site)
        for name in (*OURS, *stdlib)
        for form in (f"{name}.py", f"{name}/__init__.py")
    ]
    return sorted(f"{folder.name}/{form}" for folder, form in candidates if (folder / form).is_file())


def airflow() -> dict[str, Any]:
    """Import Airflow; return its version, or why that failed."""
    try:
        version = getattr(importlib.import_module("airflow"), "__version__", None)
        for name in OURS:
            importlib.util.find_spec(name)
    except BaseException as error:  # noqa: BLE001 - whatever a layer's module does
        said = f"{type(error).__name__}: {error}"
        return {"airflow": None, "error": said, "traceback": traceback.format_exc()[-4000:]}
    return {"airflow": version, "error": None, "traceback": ""}


def main() -> None:
    """Write the answer as JSON into the file named first: what is imported may print."""
    answer, command, *folders = sys.argv[1:]
    if command == "check":
        said = check(*(Path(folder) for folder in folders))
    else:
        versions = {each.metadata["Name"]: each.version for each in packages().values()}
        said = {"python": sysconfig.get_python_version(), "packages": versions}
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


main()
