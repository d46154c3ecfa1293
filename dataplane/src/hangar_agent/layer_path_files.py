"""`.pth` files of installed packages, which Python reads in its own folders only: a layer's are run all the same.

A `sitecustomize.py` beside them has every Python of a task read them, in Python's own order: sorted by name, paths to
the end of `sys.path`, lines that begin with `import` executed. Without it, editable installs and namespace packages of
the old kind would install well and fail at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

READER = '''"""Made by Hangar: runs the .pth files of this layer as Python runs those of its own folders."""
import importlib.machinery
import importlib.util
import os
import site
import sys

_here = os.path.dirname(os.path.abspath(__file__))
site.addsitedir(_here)
# What this file stands before on the path: an image may have one of its own.
_others = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _here]
_spec = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _spec is not None and _spec.loader is not None:
    _spec.loader.exec_module(importlib.util.module_from_spec(_spec))
'''


def have_path_files_read(site: Path, plugins: Path) -> list[str]:
    """See to it that the `.pth` files in `site` are read at every start of Python; return warnings where they cannot.

    Only a package, or plugins.zip, that brings a `sitecustomize` of its own prevents it: two cannot be run.
    """
    files = [file.name for file in sorted(site.glob("*.pth")) if _says_something(file)]
    if not files:
        return []
    for place in (plugins, site):
        if (place / "sitecustomize.py").exists() or (place / "sitecustomize").is_dir():
            brings = "plugins.zip" if place == plugins else "a package"
            return [
                f"{name} is not run, because {brings} brings a sitecustomize of its own, which stands in the place of "
                "what would run it: call site.addsitedir there, or do without one of them"
                for name in files
            ]
    (site / "sitecustomize.py").write_text(READER, encoding="utf-8")
    return []


def _says_something(file: Path) -> bool:
    return any(line.strip() and not line.startswith("#") for line in file.read_text(errors="replace").splitlines())
