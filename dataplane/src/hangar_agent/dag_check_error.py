"""Reads Airflow's text of a failed import: which file and line, what in one sentence, without this task's folders.

Pure. Used for what a check found and for what Airflow itself recorded: both then look the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

TRACEBACK_CHARACTERS = 4_000
MESSAGE_CHARACTERS = 500
FRAME = re.compile(r'^ *File "([^"]+)", line (\d+)')
MISSING = (
    (re.compile(r"VARIABLE_NOT_FOUND: .*Variable (.+?) not found"), "Variable"),
    (re.compile(r"KeyError: ['\"]Variable (.+?) does not exist"), "Variable"),
    (re.compile(r"CONNECTION_NOT_FOUND: .*Connection (.+?) not found"), "Connection"),
    (re.compile(r"NotFoundException: The conn_id [`'](.+?)[`'] isn't defined"), "Connection"),
)
NOT_IN_A_CHECK = ("cannot execute", "in a read-only transaction", "a check of a DAG release does not answer")


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """Why a DAG file does not import."""

    message: str
    line: int | None
    """Of the DAG file itself; None where the fault has no line in it."""
    traceback: str
    culprit: str | None = None
    """The file of the release in which it was raised; None where that was outside."""
    missing: str | None = None
    """`Variable x` or `Connection x`, where all it lacks is that."""
    unanswered: bool = False
    """It failed because a check only reads: this says nothing of what it does in Airflow."""

    def fields(self) -> dict[str, Any]:
        """Return what is shown of it."""
        return {"message": self.message, "line": self.line, "traceback": self.traceback}


def read_failure(text: str, path: str, roots: Iterable[str]) -> ImportFailure:
    """Return what a traceback says of the DAG file at `path`. `roots`: folders that stand for the DAG folder."""
    for root in roots:
        text = text.replace(f"{root.rstrip('/')}/", "")
    lines = text.rstrip().splitlines() or ["it failed without a word"]
    frames = [(number, found[1], int(found[2])) for number, line in enumerate(lines) if (found := FRAME.match(line))]
    own = [(number, file, line) for number, file, line in frames if not file.startswith(("/", "<"))]
    last = frames[-1][0] if frames else -1
    said = next((line for line in lines[last + 1 :] if line.strip() and not line.startswith(" ")), lines[-1])
    first_own = own[0][0] if own else 0
    shown = lines if not own else [line for line in lines[:1] if not FRAME.match(line)] + lines[first_own:]
    return ImportFailure(
        message=said.strip()[:MESSAGE_CHARACTERS],
        line=next((line for _, file, line in reversed(own) if file == path), None),
        traceback="\n".join(shown)[-TRACEBACK_CHARACTERS:],
        culprit=own[-1][1] if own else None,
        missing=_missing(lines),
        unanswered=any(sign in line for line in lines if not line.startswith(" ") for sign in NOT_IN_A_CHECK),
    )


def ended_failure(path: str, sentence: str) -> ImportFailure:
    """Return the failure of a file whose import ended the interpreter, or had to be ended."""
    said = f"Importing {path} {sentence}"
    return ImportFailure(said[:MESSAGE_CHARACTERS], None, said, path)


def masked(text: str, secrets: Collection[str]) -> str:
    """Return a text in which none of the secrets appears."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 3:  # noqa: PLR2004 - a shorter one hides nothing and would blot out words
            text = text.replace(secret, "***")
    return text


def _missing(lines: list[str]) -> str | None:
    for line in lines:
        for pattern, kind in MISSING:
            if not line.startswith(" ") and (found := pattern.search(line)):
                return f"{kind} {found[1]}"[:MESSAGE_CHARACTERS]
    return None
