"""Reads environment variables one by one, and complains about all of them at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hangar_agent.log_targets import parse_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hangar_agent.log_targets import Targets

PUBLIC_KEY = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
LAYER_KEY = re.compile(r"l-[0-9a-f]{32}")


class SettingsError(Exception):
    """The environment variables cannot be worked with; the message names each of them."""


class VariableReader:
    """Reads variables and collects every complaint, so that one start names all that is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.complaints: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self.environment.get(name) or default
        if value is None:
            self.complaints.append(f"{name} is missing")
            return ""
        return value

    def number(self, name: str, default: float | None = None, *, least: float = 0, most: float = float("inf")) -> float:
        """Return a number within its bounds."""
        value = self.text(name, None if default is None else str(default))
        try:
            number = float(value or "nan")
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            if value:
                self.complaints.append(f"{name} must be a number from {least:g} to {most:g}, not {value[:40]!r}")
            return least
        return number

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: float = float("inf")) -> int:
        """Return a whole number within its bounds."""
        return int(self.number(name, default, least=least, most=most))

    def airflow_options(self, name: str) -> dict[str, str]:
        """Return a JSON object of Airflow's variables."""
        value = self.text(name, "{}")
        try:
            options = json.loads(value)
        except ValueError:
            options = None
        if not isinstance(options, dict) or not all(
            key.startswith("AIRFLOW__") and isinstance(option, str) for key, option in options.items()
        ):
            self.complaints.append(f"{name} must be a JSON object from AIRFLOW__… names to strings")
            return {}
        return options

    def log_targets(self) -> Targets:
        """Return HANGAR_LOGGING; absent: nothing goes to CloudWatch Logs."""
        try:
            return parse_targets(self.environment.get("HANGAR_LOGGING", ""))
        except ValueError as error:
            self.complaints.append(f"HANGAR_LOGGING cannot be read: {error}")
            return {}

    def layer_key(self) -> str | None:
        """Return HANGAR_LAYER_KEY, which may be absent."""
        value = self.environment.get("HANGAR_LAYER_KEY") or None
        if value and not LAYER_KEY.fullmatch(value):
            self.complaints.append("HANGAR_LAYER_KEY must be l- and 32 hexadecimal digits")
        return value

    def public_key(self, name: str) -> str:
        """Return a public key in base64."""
        value = self.text(name)
        if value and not PUBLIC_KEY.fullmatch(value):
            self.complaints.append(f"{name} must be base64 of the 32 bytes of an Ed25519 public key")
        return value

    def finish(self) -> None:
        """Raise one SettingsError for everything that was wrong."""
        if self.complaints:
            raise SettingsError("; ".join(self.complaints))
