"""Ruff's rules for Airflow 3, AIR3, over the DAG folder: what 3 has removed or moved, by file and line.

Ruff reads the files and runs nothing of them. Settings of the user's own are left alone, but for `# noqa` in a line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hangar_agent.layer_process import Ended

AIRFLOW_3 = 3
RULES = "AIR301,AIR302,AIR311,AIR312"
"""Removed, moved to a provider; and the same where 3 still takes the old name."""
LIMIT_SECONDS = 120.0
MOST_OUTPUT_BYTES = 16_000_000
MESSAGE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One line that a rule speaks of."""

    file: str
    """Relative to the DAG folder."""
    line: int
    rule: str
    message: str
    fix: str | None
    """What to write instead, as ruff says it."""

    def fields(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"file": self.file, "line": self.line, "rule": self.rule, "message": self.message, "fix": self.fix}


class RulesFailed(Exception):
    """Ruff gave no answer; `str()` says why."""


def applies(from_version: str, to_version: str) -> bool:
    """Tell whether the hop is one these rules are made for: from 2 to 3."""
    before, after = (int(version.partition(".")[0]) for version in (from_version, to_version))
    return before < AIRFLOW_3 <= after


def ruff_beside(python: Path) -> Path:
    """Return the ruff of the agent's own virtual environment (requirements-agent.txt)."""
    return Path(python).parent / "ruff"


def run_rules(
    ruff: Path, root: Path, folder: Path, run: Callable[[Sequence[str], dict[str, str], Path, float], Ended]
) -> list[RuleFinding]:
    """Return what the rules find below `root`, by file and line. `folder`: for its answer. Raises RulesFailed."""
    answer = folder / "rules.json"
    command = [str(ruff), "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--exit-zero", "--quiet"]
    command += ["--select", RULES, "--config", "exclude=[]"]
    command += ["--output-format", "json", "--output-file", str(answer), str(root)]
    ended = run(command, {"PATH": "/usr/bin:/bin", "HOME": str(folder), "NO_COLOR": "1"}, folder, LIMIT_SECONDS)
    if ended.timed_out:
        raise RulesFailed(f"ruff did not end within {LIMIT_SECONDS:.0f} s")
    if ended.code != 0:
        raise RulesFailed(f"ruff ended with exit code {ended.code}: {ended.output.strip()[-300:]}")
    try:
        with answer.open("rb") as file:
            found = json.loads(file.read(MOST_OUTPUT_BYTES) or b"[]")
        return sorted((_finding(each, root) for each in found if each.get("code")), key=lambda f: (f.file, f.line))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RulesFailed(f"ruff's answer cannot be read: {error}") from error


def _finding(fields: dict[str, Any], root: Path) -> RuleFinding:
    fix = fields.get("fix") or {}
    return RuleFinding(
        str(Path(fields["filename"]).relative_to(root)),
        int(fields["location"]["row"]),
        str(fields["code"]),
        str(fields["message"])[:MESSAGE_CHARACTERS],
        str(fix["message"])[:MESSAGE_CHARACTERS] if fix.get("message") else None,
    )
