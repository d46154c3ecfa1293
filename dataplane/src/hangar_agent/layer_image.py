"""Asks the image's Python about packages and plugins, by the two probes that run there."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hangar_agent.layer_failure import LayerFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hangar_agent.layer_process import Ended
    from hangar_agent.settings import ImageSettings

HERE = Path(__file__).parent
LIST_SECONDS = 60.0
CHECK_SECONDS = 120.0
PLUGIN_SECONDS = 120.0
MOST_NAMED = 5
LATER = ("VARIABLE_NOT_FOUND", "CONNECTION_NOT_FOUND", "Variable ", "isn't defined", "no such table")
"""In the error of a plugin that asks for a Variable or Connection: the builder has no metadata database."""


@dataclass(frozen=True, slots=True)
class Packages:
    """What an image has."""

    python: str
    """Minor version, e.g. `3.11`."""
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """A layer with which Airflow can be imported."""

    packages: dict[str, str]
    """What the layer adds or moves: versions by name."""
    has_plugins: bool
    """One of its packages says that it brings plugins."""
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Plugins:
    """What Airflow made of the plugins."""

    names: list[str]
    warnings: list[str]


class ImageProbe:
    """One image. `run` starts a program: arguments, environment, folder, seconds; `environment` is Airflow's there."""

    def __init__(
        self,
        image: ImageSettings,
        environment: dict[str, str],
        run: Callable[[Sequence[str], dict[str, str], Path, float], Ended],
        folder: Path,
    ) -> None:
        self._image = image
        self._environment = environment
        self._run = run
        self._folder = folder

    def packages(self) -> Packages:
        """Return what is installed. Raises RuntimeError when the image's Python does not even say that."""
        answer, ended = self._ask(["-I", str(HERE / "layer_probe.py")], ["list"], self._environment, LIST_SECONDS)
        if answer is None:
            raise RuntimeError(f"the image's Python {self._image.python} does not answer: {ended.output[-500:]}")
        return Packages(answer["python"], answer["packages"])

    def check(self, site: Path, plugins: Path) -> Checked:
        """Return what a layer adds. Raises LayerFailed when Airflow does not run with the layer."""
        answer, ended = self._ask(
            ["-I", str(HERE / "layer_probe.py")],
            ["check", str(site), str(plugins)],
            self._environment,
            CHECK_SECONDS,
        )
        part: Any = "requirements" if any(site.iterdir()) else "plugins"
        if answer is None:
            said = f"Airflow {self._image.airflow_version} could not be started with what was uploaded: {_end(ended)}"
            raise LayerFailed(part, said, ended.output)
        hidden = answer["hidden"]
        if answer["airflow"] != self._image.airflow_version:
            what = answer["error"] or f"it says it is {answer['airflow']}"
            said = f"Airflow {self._image.airflow_version} cannot be imported with what was uploaded: {what}."
            if hidden:
                part = "plugins" if hidden[0].startswith("plugins") else "requirements"
                said += f" {hidden[0]} stands in the place of a module Airflow needs: give it another name."
            raise LayerFailed(part, said, answer["traceback"] or ended.output)
        if answer["broken"]:
            raise LayerFailed("requirements", self._broken(answer["broken"]), json.dumps(answer["broken"]))
        warnings = [f"{name} hides a module of the same name that Airflow or Python has" for name in hidden]
        return Checked(answer["packages"], answer["hasPlugins"], warnings)

    def plugins(self, environment: Mapping[str, str], folder: Path, of_layer: Mapping[str, str]) -> Plugins:
        """Let Airflow load its plugins with the layer in front. Raises LayerFailed when one cannot be imported."""
        answer, ended = self._ask(
            [str(HERE / "layer_plugin_probe.py")], [], self._environment | dict(environment), PLUGIN_SECONDS
        )
        if answer is None:
            raise LayerFailed("plugins", f"Airflow could not load the plugins: {_end(ended)}", ended.output)
        warnings: list[str] = []
        faults: list[str] = []
        for source, message in answer["errors"].items():
            sentence = f"{_shown(source, folder)}: {message}"
            (warnings if any(word in message for word in LATER) else faults).append(sentence)
        if faults:
            said = (
                f"A plugin cannot be imported: {faults[0]}. "
                + (f"So do {len(faults) - 1} more. " if len(faults) > 1 else "")
                + "Correct it, or add what it imports to requirements.txt."
            )
            raise LayerFailed("plugins", said, ended.output)
        of_image = tuple(f"{name}==" for name in of_layer)
        names = [each["name"] for each in answer["plugins"] if _is_ours(each["source"], of_image)]
        return Plugins(sorted(names), [f"only at run time can be seen whether it loads: {each}" for each in warnings])

    def _broken(self, faults: list[dict[str, Any]]) -> str:
        sentences = [
            f"{each['name']} {each['version']} {'' if each['ofLayer'] else 'of the image '}needs {each['needs']}, and "
            + (f"there would be {each['there']}" if each["there"] else "it would not be there")
            for each in faults[:MOST_NAMED]
        ]
        return (
            f"The packages do not fit what Airflow {self._image.airflow_version} comes with: {'; '.join(sentences)}. "
            "Ask for other versions, or leave it to Airflow's constraints to choose them."
        )

    def _ask(
        self, program: list[str], arguments: list[str], environment: dict[str, str], seconds: float
    ) -> tuple[dict[str, Any] | None, Ended]:
        file = self._folder / f"answer-{secrets.token_hex(4)}.json"
        command = [str(self._image.python), *program, str(file), *arguments]
        ended = self._run(command, environment, self._folder, seconds)
        try:
            answer = json.loads(file.read_bytes())
        except (OSError, ValueError):
            answer = None
        file.unlink(missing_ok=True)
        return (answer if isinstance(answer, dict) else None), ended


def _end(ended: Ended) -> str:
    if ended.timed_out:
        return "it did not end within two minutes."
    lines = [line for line in ended.output.splitlines() if line.strip()]
    return f"it ended with code {ended.code}" + (f" ({lines[-1].strip()[:300]})." if lines else ".")


def _shown(source: str, folder: Path) -> str:
    return source.replace(f"{folder}/", "").replace("$PLUGINS_FOLDER/", "")


def _is_ours(source: str, of_layer: tuple[str, ...]) -> bool:
    """Tell a plugin of the layer, from the folder or by an entry point of its packages, from those of the image."""
    return "PLUGINS_FOLDER" in source or source.startswith(of_layer) or any(name in source for name in of_layer)
