"""Makes installed packages the same wherever and whenever they were installed: the layer is moved to other folders."""

from __future__ import annotations

import re
import secrets
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OF_THIS_BUILD = ("direct_url.json", "uv_cache.json")
"""Where a package was installed from, and when."""
SHEBANG = re.compile(rb"\A#!(?:/bin/sh\n'''exec' )?[^\n]*python[^\n]*\n(?:' '''\n)?")


def tidy_site(site: Path) -> None:
    """Rewrite what names this build's paths."""
    (site / ".lock").unlink(missing_ok=True)
    for record in sorted(site.glob("*.dist-info/RECORD")):
        _leave_out(record)
    scripts = site / "bin"
    if scripts.is_dir():
        for script in scripts.iterdir():
            _find_python_on_path(script)


def drop_compiled(folder: Path) -> None:
    """Remove compiled modules: they hold the time of their sources, which is another one in a layer."""
    for compiled in folder.rglob("__pycache__"):
        shutil.rmtree(compiled)


def _leave_out(record: Path) -> None:
    for name in OF_THIS_BUILD:
        (record.parent / name).unlink(missing_ok=True)
    prefix = f"{record.parent.name}/".encode()
    gone = tuple(prefix + name.encode() + b"," for name in OF_THIS_BUILD)
    # A script's hash is that of its first form; nobody checks it, and an empty one is allowed.
    lines = [line for line in record.read_bytes().splitlines(keepends=True) if not line.startswith(gone)]
    lines = [
        b",".join([line.split(b",")[0], b"", b"\n"]) if line.startswith((b"bin/", b"../")) else line for line in lines
    ]
    _rewrite(record, b"".join(sorted(lines)))


def _find_python_on_path(script: Path) -> None:
    body = script.read_bytes() if script.is_file() else b""
    shebang = SHEBANG.match(body)
    if shebang:
        mode = script.stat().st_mode
        _rewrite(script, b"#!/usr/bin/env python3\n" + body[shebang.end() :])
        script.chmod(mode & 0o777)


def _rewrite(file: Path, body: bytes) -> None:
    """Write a new file in an old one's place: the old one may be linked with uv's cache."""
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    new.write_bytes(body)
    new.replace(file)
