"""Where the resolver finds packages: what the region's machine was told, and what the startup script told pip or uv.

uv reads neither pip's variables nor its files; users of MWAA set both in startup.sh.
"""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIP_OPTIONS: dict[str, tuple[str, ...]] = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "no-index": ("UV_NO_INDEX",),
    "cert": ("SSL_CERT_FILE",),
    "trusted-host": ("UV_INSECURE_HOST",),
}
"""pip's option, uv's variable for it (UV_NO_INDEX is one of ours), then the variables that already say the same."""
OF_UV = re.compile(r"UV_\w+|SSL_CERT_(FILE|DIR)|(?i:(https?|all|no)_proxy)")
PIP_FILES = (".config/pip/pip.conf", ".pip/pip.conf")
SECTIONS = ("global", "install")
PLUGINS = ("/usr/local/airflow/plugins", "/usr/local/airflow/dags")


def index_variables(
    machine: Mapping[str, str], exports: Mapping[str, str], home: Path, plugins: Path
) -> dict[str, str]:
    """Return uv's variables. The startup script's word goes before the machine's.

    `machine`, `exports`: what each told pip and uv; `home`: the script's HOME, where it may have run `pip config set`.
    """
    told = _as_uv({**_pip_files(exports, home), **_pip_variables(exports)}, exports)
    if "UV_FIND_LINKS" in told:
        for folder in PLUGINS:
            told["UV_FIND_LINKS"] = told["UV_FIND_LINKS"].replace(folder, str(plugins))
    before = _as_uv(_pip_variables(machine), machine)
    for names in PIP_OPTIONS.values():  # one that is told anew replaces all that said it before
        if any(name in told for name in names):
            before = {name: value for name, value in before.items() if name not in names}
    return before | told


def _as_uv(pip: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Return uv's variables, and beside them those that say in pip's words what they do not."""
    told = {name: value for name, value in variables.items() if OF_UV.fullmatch(name)}
    for option, value in pip.items():
        names = PIP_OPTIONS[option]
        if not any(name in told for name in names) and value.strip().lower() not in {"", "0", "false", "no"}:
            told[names[0]] = " ".join(value.split())
    return told


def _pip_variables(exports: Mapping[str, str]) -> dict[str, str]:
    named = {option: f"PIP_{option.upper().replace('-', '_')}" for option in PIP_OPTIONS}
    return {option: exports[name] for option, name in named.items() if name in exports}


def _pip_files(exports: Mapping[str, str], home: Path) -> dict[str, str]:
    files = [home / name for name in PIP_FILES]
    if "PIP_CONFIG_FILE" in exports:
        files.append(home / exports["PIP_CONFIG_FILE"])
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(files, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    told: dict[str, str] = {}
    for section in SECTIONS:
        if parser.has_section(section):
            told |= {option: value for option, value in parser.items(section) if option in PIP_OPTIONS}
    return told
