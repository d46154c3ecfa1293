"""requirements.txt to packages on disk, with uv: first which versions, then those and nothing else.

The versions are found with the image's own Python in view: what it has and what fits is taken as it is, as pip does,
without asking any index. So nothing is moved without need, and a file with --no-index works as it does on MWAA.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hangar_agent.layer_failure import LayerFailed
from hangar_agent.requirements_file import normal_name
from hangar_agent.requirements_pins import is_essential
from hangar_agent.resolver_words import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hangar_agent.layer_process import Ended
    from hangar_agent.requirements_file import Requirements
    from hangar_agent.requirements_pins import Constraints
    from hangar_agent.settings import ImageSettings

LIMIT_SECONDS = 540
"""MWAA gives pip nine minutes."""
TAKEN = re.compile(r"^ [+~] (\S+)(?:==(\S+)| @ (\S+))(?: \(from (\S+)\))?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pin:
    """One package to install."""

    name: str
    line: str
    """As a requirements file has it: `name==version`, or `name @ address`."""


class Resolver:
    """One run over one file. `run` starts a program: arguments, environment, folder, seconds."""

    def __init__(
        self,
        uv: Path,
        image: ImageSettings,
        environment: dict[str, str],
        run: Callable[[Sequence[str], dict[str, str], Path, float], Ended],
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._uv = uv
        self._image = image
        self._environment = environment | {
            "NO_COLOR": "1",
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        # pip takes the best version of all indexes; uv by itself only looks into the first that has the name.
        self._environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
        # uv has no variable for this one.
        self._options = ["--no-index"] if self._environment.pop("UV_NO_INDEX", "") else []
        self._run = run
        self._folder = folder
        self._clock = clock
        self._deadline = clock() + LIMIT_SECONDS

    def resolve(self, requirements: Requirements, constraints: Constraints) -> list[Pin]:
        """Return what must be added to the image, or moved in it. Raises LayerFailed."""
        wanted, held = self._folder / "requirements.in", self._folder / "constraints.in"
        wanted.write_text(requirements.text(), encoding="utf-8")
        held.write_text("\n".join([*constraints.lines, ""]), encoding="utf-8")
        arguments = ["--dry-run", "--requirements", str(wanted), "--constraints", str(held), *requirements.options]
        for address in constraints.addresses:
            arguments += ["--constraints", address]
        ended = self._uv_pip(arguments)
        if ended.code != 0:
            raise explain(
                ended.output,
                airflow_version=self._image.airflow_version,
                pinned=constraints.pinned,
                constrained=constraints.from_version,
                text=requirements.text(),
            )
        pins = [_pin(*found) for found in TAKEN.findall(ended.output)]
        for pin in pins:
            if is_essential(pin.name) and normal_name(pin.name) in constraints.pinned:
                version = constraints.pinned[normal_name(pin.name)]
                said = (
                    f"requirements.txt asks for {pin.line}, but Airflow {self._image.airflow_version} runs on "
                    f"{pin.name}=={version}, and a layer must not move it. Remove the line."
                )
                raise LayerFailed("requirements", said, ended.output)
        return pins

    def install(self, pins: Sequence[Pin], requirements: Requirements, target: Path) -> None:
        """Install exactly these into a folder. Raises LayerFailed."""
        if not pins:
            return
        file = self._folder / "pins.txt"
        hashes = requirements.hashes
        lines = [" ".join([pin.line, *hashes.get(normal_name(pin.name), [])]) for pin in pins]
        file.write_text("\n".join([*requirements.index_lines, *lines, ""]), encoding="utf-8")
        options = [option for option in requirements.options if option != "--require-hashes"]
        ended = self._uv_pip(["--no-deps", "--target", str(target), "--requirements", str(file), *options])
        if ended.code != 0:
            raise explain(
                ended.output,
                airflow_version=self._image.airflow_version,
                pinned={},
                constrained={},
                text=file.read_text(),
            )

    def seconds_left(self) -> float:
        """Return what is left of the nine minutes."""
        return max(0.0, self._deadline - self._clock())

    def _uv_pip(self, arguments: Sequence[str]) -> Ended:
        python = ["--python", str(self._image.python), "--break-system-packages", *self._options]
        ended = self._run(
            [str(self._uv), "pip", "install", *python, *arguments], self._environment, self._folder, self.seconds_left()
        )
        if ended.timed_out:
            said = (
                f"The packages were not installed within {LIMIT_SECONDS} seconds. Ask for fewer packages, pin their "
                "versions, or bring wheels in plugins.zip; a package that is compiled from source takes longest."
            )
            raise LayerFailed("requirements", said, ended.output, transient=True)
        return ended


def _pin(name: str, version: str, address: str, source: str) -> Pin:
    found = address or source
    if found:
        return Pin(name, f"{name} @ {found}")
    return Pin(name, f"{name}=={version}")


def uv_beside(python: Path) -> Path:
    """Return the uv of the agent's own virtual environment (requirements-agent.txt)."""
    return Path(python).parent / "uv"
