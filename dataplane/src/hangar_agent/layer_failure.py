"""Why a layer cannot be made: an answer of the builder, in words for the person who uploaded the files."""

from __future__ import annotations

import errno
import re
from typing import Literal

Part = Literal["requirements", "plugins", "startup", "archive"]
DETAIL_CHARACTERS = 4000


class LayerFailed(Exception):
    """One of the three files cannot become a layer; `str()` is one paragraph: what, why, what to do.

    `transient`: the fault lies in the network, a disk or the clock, not in the file; trying again may end well.
    """

    def __init__(self, part: Part, message: str, detail: str = "", *, transient: bool = False) -> None:
        super().__init__(message)
        self.part = part
        self.detail = detail[-DETAIL_CHARACTERS:]
        self.transient = transient


def disk_full(part: Part, detail: str = "") -> LayerFailed:
    """Return the failure for a disk without space."""
    said = "The disk of the builder is full. Free some space (or make the files smaller), then upload them again."
    return LayerFailed(part, said, detail, transient=True)


def is_disk_full(error: OSError) -> bool:
    """Tell whether an error of the system means that there is no space left."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


class Mask:
    """Takes secrets out of text: the values it is told, and whatever stands before the @ of an address."""

    SHORTEST = 6
    """A shorter value would turn up in ordinary words."""
    _LOGIN = re.compile(r"(?<=://)[^/\s'\"`]*@")
    _QUERY = re.compile(r"(?i)(?<=[?&])((?:[\w.-]*(?:token|signature|sig|key|password|secret))=)[^&\s'\"`)]+")

    def __init__(self, secrets: set[str] | frozenset[str] = frozenset()) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= self.SHORTEST}

    def with_secrets(self, secrets: set[str]) -> Mask:
        """Return a mask that knows more."""
        return Mask(self._secrets | secrets)

    def __call__(self, text: str) -> str:
        """Return the text with *** where a secret was."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return self._QUERY.sub(r"\1***", self._LOGIN.sub("***@", text))


SECRET_NAME = re.compile(r"(?i)passw|secret|token|credential|api_?key|private|AWS_ACCESS_KEY_ID|_conn_|_conn\b|fernet")


def secret_values(variables: dict[str, str]) -> set[str]:
    """Return the values of those variables whose names say that they are secret."""
    return {value for name, value in variables.items() if SECRET_NAME.search(name)}
