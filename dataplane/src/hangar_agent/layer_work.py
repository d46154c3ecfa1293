"""The building of one layer, step by step, in a folder of its own. Raises LayerFailed with the part that is at fault.

The order is MWAA's: the startup script runs before packages are installed, and its exports reach the installer.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from hangar_agent.archive_packing import ArchiveFault, pack
from hangar_agent.archive_unpacking import UnsafeArchive, unpack_zip
from hangar_agent.layer_compiling import compile_layer
from hangar_agent.layer_failure import LayerFailed, Mask, disk_full, is_disk_full, secret_values
from hangar_agent.layer_image import ImageProbe
from hangar_agent.layer_path_files import have_path_files_read
from hangar_agent.layer_recipe import Archive, Built, Recipe, SourceFile, archive_key
from hangar_agent.layer_site import drop_compiled, tidy_site
from hangar_agent.requirements_file import normal_name, read_requirements
from hangar_agent.requirements_pins import constraints_for
from hangar_agent.resolver import Resolver, uv_beside
from hangar_agent.resolver_index import index_variables
from hangar_agent.settings import AGENT_PYTHON
from hangar_agent.startup_script import StartupFailed, run_startup_script
from hangar_agent.startup_variables import Exports, exports_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hangar_agent.layer_process import Ended
    from hangar_agent.layer_settings import LayerSettings
    from hangar_agent.object_storage import S3ObjectStorage
    from hangar_agent.supervisor import Guard


class LayerWork:
    """One build. `mask` takes out of every text what became known as secret on the way."""

    def __init__(
        self,
        settings: LayerSettings,
        recipe: Recipe,
        folder: Path,
        storage: S3ObjectStorage,
        run: Callable[[Sequence[str], dict[str, str], Path, float], Ended],
        guard: Guard,
        mask: Mask,
    ) -> None:
        self._settings = settings
        self._recipe = recipe
        self._folder = folder
        self._storage = storage
        self._run = run
        self._guard = guard
        self.mask = mask
        self.archive = folder / "layer.tar"
        self._layer = folder / "layer"
        self._plugins = self._layer / "plugins"
        self._site = self._layer / "site"
        self._home = folder / "home"
        self._exports = Exports()
        self._warnings: list[str] = []
        self.on_startup: Callable[[str], None] = lambda _text: None
        self.on_install: Callable[[str], None] = lambda _text: None
        """Both get what was said, without secrets."""

    @property
    def exports(self) -> Exports:
        """What the startup script changed; nothing before `build`."""
        return self._exports

    def build(self) -> Built:
        """Make `archive`, and say what is in it."""
        for each in (self._layer, self._site, self._home / "airflow"):
            each.mkdir(parents=True, mode=0o755)
        (self._home / "airflow" / "airflow.cfg").touch()
        self._unpack_plugins()
        self._run_startup()
        packages, plugins = self._install()
        for file, name in ((self._recipe.requirements, "requirements.txt"), (self._recipe.startup, "startup.sh")):
            if file:
                (self._layer / name).write_bytes((self._folder / name).read_bytes())
        for each in (self._site, self._plugins):
            drop_compiled(each)
            if each.is_dir() and not any(each.iterdir()):
                each.rmdir()
        image = self._settings.image
        parts = (self._site, self._plugins)
        self._warnings += compile_layer(self._layer, parts, image.python, self._run, self._airflow_environment())
        document = {**self._recipe.document(), "packages": packages}
        (self._layer / "layer.json").write_text(json.dumps(document, sort_keys=True, indent=1), encoding="utf-8")
        try:
            size, sha256 = pack(self._layer, self.archive)
        except ArchiveFault as fault:
            raise LayerFailed("archive", f"The layer cannot be packed: {fault}.") from fault
        return Built(
            packages,
            plugins,
            sorted(self._exports.variables),
            self._warnings,
            Archive(archive_key(self._recipe.key), size, sha256),
        )

    def _unpack_plugins(self) -> None:
        if not self._recipe.plugins:
            self._plugins.mkdir()
            return
        archive = self._fetch(self._recipe.plugins, "plugins.zip")
        try:
            unpack_zip(archive, self._plugins)
        except UnsafeArchive as error:
            raise LayerFailed("plugins", f"plugins.zip cannot be used: {error}.") from error
        except OSError as error:
            raise self._trouble("plugins", error) from error
        archive.unlink()

    def _run_startup(self) -> None:
        if not self._recipe.startup:
            return
        script = self._fetch(self._recipe.startup, "startup.sh")
        environment = self._airflow_environment() | {"MWAA_AIRFLOW_COMPONENT": "worker"}
        try:
            ended = run_startup_script(
                script,
                environment,
                self._folder / "startup",
                self._guard,
                on_line=lambda line: self.on_startup(self.mask(line)),
            )
        except StartupFailed as error:
            raise LayerFailed("startup", str(error), error.output) from error
        self._exports = exports_of(ended.before, ended.after, self._settings.image.major)
        self.mask = self.mask.with_secrets(secret_values(self._exports.variables))
        self._warnings += self._exports.warnings()

    def _install(self) -> tuple[list[str], list[str]]:
        """Install what requirements.txt asks for, and try Airflow and the plugins with it."""
        probe = ImageProbe(self._settings.image, self._airflow_environment(), self._run, self._folder)
        if self._recipe.requirements:
            self._install_packages(self._recipe.requirements, probe)
        if not any(self._site.iterdir()) and not any(self._plugins.iterdir()):
            return [], []
        checked = probe.check(self._site, self._plugins)
        versions = checked.packages
        tidy_site(self._site)
        self._warnings += checked.warnings + have_path_files_read(self._site, self._plugins)
        packages = sorted((f"{name}=={version}" for name, version in versions.items()), key=str.lower)
        if not self._recipe.plugins and not checked.has_plugins:
            return packages, []
        path = ":".join(str(each) for each in (self._plugins, self._site))
        variables = self._exports.variables | {"PYTHONPATH": path, "AIRFLOW__CORE__PLUGINS_FOLDER": str(self._plugins)}
        plugins = probe.plugins(variables, self._plugins, {normal_name(name): name for name in versions} | versions)
        self._warnings += plugins.warnings
        return packages, plugins.names

    def _install_packages(self, source: SourceFile, probe: ImageProbe) -> None:
        settings = self._settings
        file = self._fetch(source, "requirements.txt")
        told = index_variables(settings.package_index, self._exports.variables, self._home, self._plugins)
        environment = {
            **self._exports.variables,  # a requirements.txt may name any of them: ${TOKEN}
            **told,
            "PATH": settings.inherited.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            "HOME": settings.inherited.get("HOME", str(self._home)),
        }
        requirements = read_requirements(file, self._plugins, environment)
        self.mask = self.mask.with_secrets(
            {environment[name] for name in requirements.variables if name in environment}
        )
        self._warnings += requirements.warnings
        if not requirements.lines:
            return
        image = probe.packages()
        own = settings.constraints.read_text(encoding="utf-8")
        held = constraints_for(requirements, own, image.versions, settings.image.airflow_version, image.python)
        self._warnings += held.warnings
        resolver = Resolver(uv_beside(AGENT_PYTHON), settings.image, environment, self._run_aloud, self._folder)
        try:
            pins = resolver.resolve(requirements, held)
            resolver.install(pins, requirements, self._site)
        except OSError as error:
            raise self._trouble("requirements", error) from error

    def _run_aloud(self, arguments: Sequence[str], environment: dict[str, str], folder: Path, seconds: float) -> Ended:
        ended = self._run(arguments, environment, folder, seconds)
        self.on_install(self.mask(ended.output))
        return ended

    def _airflow_environment(self) -> dict[str, str]:
        """Return what Airflow needs to be imported: no database but an empty file of its own, nothing secret."""
        image = self._settings.image
        inherited = self._settings.inherited
        return {
            **inherited,
            "PATH": f"{image.bin}:{inherited.get('PATH', '/usr/local/bin:/usr/bin:/bin')}",
            "HOME": str(self._home),
            "AIRFLOW_HOME": str(self._home / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:////{str(self._home).lstrip('/')}/airflow.db",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "PYTHONUNBUFFERED": "1",
        }

    def _fetch(self, source: SourceFile, name: str) -> Path:
        file = self._folder / name
        partly = self._folder / f".{secrets.token_hex(4)}"
        size, sha256 = self._storage.download(f"blobs/{source.sha256}", partly, max(source.size, 1))
        if (size, sha256) != (source.size, source.sha256):
            raise RuntimeError(f"{name}: the bytes under blobs/{source.sha256[:12]}… are not those of the recipe")
        partly.replace(file)
        return file

    def _trouble(self, part: str, error: OSError) -> Exception:
        return (
            disk_full("plugins" if part == "plugins" else "requirements", str(error)) if is_disk_full(error) else error
        )
