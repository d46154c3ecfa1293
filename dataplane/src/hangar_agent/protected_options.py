"""What no option and no startup script changes: the options that hold an environment together, as data.

`protected_options.json` has each with its reason; the control plane warns about the same ones from the same file.
`*` stands for a whole section. An option of Airflow 2 or 3 alone is in the list of that version; `ignored` are those
that decide nothing here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("protected_options.json").read_text(encoding="utf-8")
)


def variable_of(option: str) -> str:
    """`core.default_task_retries` is AIRFLOW__CORE__DEFAULT_TASK_RETRIES; only the first dot ends the section."""
    section, _, name = option.partition(".")
    return f"AIRFLOW__{section}__{name}".upper().replace(".", "_")


def without_protected(variables: Mapping[str, str], major: int) -> dict[str, str]:
    """Return the variables without those that are protected in an Airflow of this major version (2 or 3)."""
    names = {variable_of(option) for option in {**TABLE["always"], **TABLE["ignored"], **TABLE[str(major)]}}
    sections = tuple(name.removesuffix("*") for name in names if name.endswith("*"))
    # Airflow also takes a command that prints the value, or its name in a secrets backend.
    names |= {f"{name}_{way}" for name in names for way in ("CMD", "SECRET")}
    return {name: value for name, value in variables.items() if name not in names and not name.startswith(sections)}
