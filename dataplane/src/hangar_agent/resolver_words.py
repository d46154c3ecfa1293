"""What uv says when it fails, for the person who wrote requirements.txt: what happened, why, what to do. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.layer_failure import LayerFailed, disk_full

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_REASON = 700
UV_MARKS = "\u00d7\u2570\u251c\u2500\u25b6\u2502"
"""What some releases of uv draw before an error and its causes."""
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.+!_-]*)")
REQUIRES_BOTH = re.compile(r"Because you require (\S+) and (\S+), we can conclude")
NOT_FOUND = re.compile(
    r"Because (\S+) was not found in the (package registry|provided package locations) and you require"
)
POSITION = re.compile(r"(Couldn't parse requirement|Invalid URL|Unexpected [^:]*?) in `[^`]*` at position (\d+)")

DISK = re.compile(r"No space left on device|os error 28|ENOSPC|Disk quota exceeded", re.IGNORECASE)
BUILD = re.compile(r"Failed to (?:download and )?build `?([^`\n]+)`?")


@dataclass(frozen=True, slots=True)
class _Cause:
    """A kind of trouble that uv reports in its own words somewhere in the output."""

    pattern: re.Pattern[str]
    said: str
    """`{reason}` is uv's first error."""
    transient: bool = True


CAUSES = (
    _Cause(
        re.compile(r"certificate|UnknownIssuer", re.IGNORECASE),
        "The package index has a certificate that is not trusted: {reason} Set SSL_CERT_FILE in startup.sh.",
    ),
    _Cause(
        re.compile(
            r"HTTP status client error \(40[13]|\b40[13] (?:Unauthorized|Forbidden)|authentication", re.IGNORECASE
        ),
        "The package index refused access: {reason} Check the address and the login in it.",
    ),
    _Cause(
        re.compile(
            r"dns error|name resolution|Name or service not known|getaddrinfo|Network is unreachable|"
            r"Connection refused|connection reset|error sending request|tcp connect error|timed out|"
            r"Could not connect|Failed to connect|Could not resolve host|HTTP status server error",
            re.IGNORECASE,
        ),
        "No package index could be reached from the builder: {reason} As far as can be seen nothing is wrong with the "
        "file. Try again when the network is back, or bring the wheels in plugins.zip (--find-links, --no-index).",
    ),
    _Cause(
        BUILD,
        "{what} comes as source code only, and building it failed: {reason} Ask for a version that has a wheel for "
        "this Python, or build a wheel elsewhere and put it into plugins.zip (--find-links).",
        transient=False,
    ),
)


def explain(
    output: str,
    *,
    airflow_version: str,
    pinned: Mapping[str, str],
    constrained: Mapping[str, str],
    text: str = "",
) -> LayerFailed:
    """Return the failure for what uv printed.

    `pinned`, `constrained`: essential packages and the version's own constraints, by normal name. `text`: the file that
    uv was given, to find the line that a position in it means.
    """
    reason = _reason(output)
    if DISK.search(output):
        return disk_full("requirements", output)
    if "No solution found" in output:
        return LayerFailed("requirements", _no_solution(reason, airflow_version, pinned, constrained), output)
    cause = next((each for each in CAUSES if each.pattern.search(output)), None)
    if cause is None:
        return LayerFailed("requirements", f"requirements.txt cannot be installed: {_with_line(reason, text)}", output)
    what = BUILD.search(output)
    said = cause.said.format(reason=reason, what=what[1] if what else "A package")
    return LayerFailed("requirements", said, output, transient=cause.transient)


def _no_solution(reason: str, airflow_version: str, pinned: Mapping[str, str], constrained: Mapping[str, str]) -> str:
    """Return the resolver's own first error, and beside it the line of ours that explains it best."""
    both = REQUIRES_BOTH.search(reason)
    pairs = [(_normal(name), version) for name, version in PIN.findall(reason)]
    core = next((name for name, version in pairs if pinned.get(name) == version), None)
    if both:
        asked, other = both[1], both[2]
        if _is_pin(asked, pinned) or _is_pin(asked, constrained):
            asked, other = other, asked
        if _is_pin(other, pinned):
            return (
                f"requirements.txt asks for {asked}, but Airflow {airflow_version} runs on {other}, and a layer must "
                f"not move it. Remove the line, or ask for {other}."
            )
        if _is_pin(other, constrained):
            return (
                f"requirements.txt asks for {asked}, but the constraints of Airflow {airflow_version} allow only "
                f"{other}. Ask for {other}, or name constraints of your own in the file (--constraint)."
            )
    missing = NOT_FOUND.search(reason)
    if missing:
        where = "in the package index" if missing[2] == "package registry" else "where --find-links points"
        return f"There is no package {missing[1]} {where}. Check its name, or where the file looks for packages."
    said = f"The packages of requirements.txt do not go together: {reason}"
    if core:
        said += (
            f" {core} is one of the packages Airflow {airflow_version} runs on: it stays at {pinned[core]}, and what "
            "is asked for must fit it."
        )
    if "Python version" in reason and constrained:
        said += " This machine's Python is not the one those constraints were made for: name others in the file."
    held = [f"{name}=={version}" for name, version in pairs if constrained.get(name) == version and name != core]
    if held:
        said += f" The constraints of Airflow {airflow_version} hold {', '.join(sorted(set(held))[:3])}."
    return said


def _reason(output: str) -> str:
    """Return uv's first error as one line: `error:` and the causes below it, the hints left out."""
    lines = output.splitlines()
    start = next((at for at, line in enumerate(lines) if re.match(rf"\s*(?:error:|[{UV_MARKS}])", line)), None)
    if start is None:
        return " ".join(output.split())[-LONGEST_REASON:]
    said: list[str] = []
    for line in lines[start:]:
        if not line.strip() or line.startswith(("hint:", "warning:")):
            break
        said.append(re.sub(rf"^(?:error:|cause:|[{UV_MARKS}]+)\s*", "", line.strip()))
    if said and said[0].startswith("No solution found"):
        said = said[1:]
    reason = " ".join(part for part in said if part.strip("^~ "))
    reason = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
    return reason if reason.endswith((".", "…")) else f"{reason}."


def _with_line(reason: str, text: str) -> str:
    """Say which line of the file a position means."""
    found = POSITION.search(reason)
    if not found:
        return reason
    at = len(text.encode()[: int(found[2])].decode(errors="ignore"))
    line = text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]
    return reason.replace(found[0], f"{found[1]} in the line {line[:200]!r}")


def _is_pin(requirement: str, pins: Mapping[str, str]) -> bool:
    name, _, version = requirement.partition("==")
    return bool(version) and pins.get(_normal(name)) == version


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
