"""The layer a task runs with: where its parts are, and what its startup script exported. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hangar_agent.startup_variables import Exports

if TYPE_CHECKING:
    from pathlib import Path

COMPONENT_MARKERS = {"web": "webserver", "scheduler": "scheduler", "worker": "worker"}
"""MWAA_AIRFLOW_COMPONENT by role."""


@dataclass(frozen=True, slots=True)
class LayerInForce:
    """An unpacked layer. A part that a layer does not have is None."""

    site: Path | None
    plugins: Path | None
    startup: Path | None
    exports: Exports = field(default_factory=Exports)

    def python_path(self) -> list[str]:
        """Return what goes before the image's packages, and after Hangar's own."""
        return [str(each) for each in (self.plugins, self.site) if each]

    def bin(self) -> list[str]:
        """Return the folder of the layer's commands, for PATH."""
        return [str(self.site / "bin")] if self.site else []

    def variables(self) -> dict[str, str]:
        """Return what Airflow must be told, whatever options say."""
        return {"AIRFLOW__CORE__PLUGINS_FOLDER": str(self.plugins)} if self.plugins else {}


def layer_at(folder: Path) -> LayerInForce:
    """Return the layer unpacked into a folder."""

    def part(name: str) -> Path | None:
        return folder / name if (folder / name).exists() else None

    return LayerInForce(part("site"), part("plugins"), part("startup.sh"))
