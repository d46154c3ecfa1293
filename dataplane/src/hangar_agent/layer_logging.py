"""What the builder of a layer says in CloudWatch Logs: once in the group of each component that will run on the layer.

In MWAA every container installs for itself, so people look for it there, in streams of these names.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hangar_agent.log_buffer import LogStream
from hangar_agent.task_metadata import read_task_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_agent.layer_settings import LayerSettings
    from hangar_agent.log_shipping import LogShipper
    from hangar_agent.log_targets import Targets

INSTALL, STARTUP = "requirements_install", "startup_script_execution"


class LayerLogging:
    """For an environment whose modules are all off everything here does nothing."""

    def __init__(
        self,
        targets: Targets,
        host: str,
        make_shipper: Callable[[], LogShipper],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._groups = [target.group for target in targets.values()]
        self._shipper = make_shipper() if targets else None
        self._suffix = f"{host}_{clock():.6f}.log"

    def install(self, text: str) -> None:
        """Take what the installer said, without secrets."""
        self._say(INSTALL, text)

    def startup(self, text: str) -> None:
        """Take what the startup script said, without secrets."""
        self._say(STARTUP, text)

    def close(self, seconds: float) -> None:
        """Send what there is, within a time."""
        if self._shipper:
            self._shipper.close(seconds)

    def _say(self, prefix: str, text: str) -> None:
        for group in self._groups:
            for line in text.splitlines():
                if self._shipper:
                    self._shipper.add(LogStream(group, f"{prefix}_{self._suffix}"), line)


def layer_logging(settings: LayerSettings) -> LayerLogging:
    """Return the logging of a builder, with the task's own keys."""
    targets, host = settings.logging, settings.task_folder.name
    if targets:
        with suppress(OSError, ValueError, KeyError):
            host = read_task_id(settings.metadata_uri, host)

    def make_shipper() -> LogShipper:
        from hangar_agent.log_service import log_service  # noqa: PLC0415
        from hangar_agent.log_shipping import LogShipper  # noqa: PLC0415

        return LogShipper(log_service(os.environ, next(iter(targets.values())).region))

    return LayerLogging(targets, host, make_shipper)
