"""The user's requirements.txt, made ready for the resolver: one flat text, MWAA's paths turned into the build's own.

What pip accepts there and uv wants elsewhere (on the command line, as a file of its own) is taken out and handed over
separately. Reads files, changes none.
"""

from __future__ import annotations

import codecs
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from hangar_agent.layer_failure import LayerFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_BYTES = 1 << 20
MOST_DEPTH = 5
"""Of files that name files."""
NAMES_A_CONSTRAINT = re.compile(r"(?:^|[\s#])(?:-c|--constraint)[\s=]")
"""MWAA looks for the option anywhere, in comments too: a commented one is how its users ask for no constraints."""
MWAA_FOLDER = re.compile(r"(?:/usr/local/airflow|\$\{AIRFLOW_HOME\})/(?:plugins|dags)(?=[/\s\"']|$)")
COMMENT = re.compile(r"(?:^|\s+)#.*$")
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
HASH = re.compile(r"--hash[= ]\S+")
VALUED = {
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "-c": "--constraint",
    "-r": "--requirement",
    "-e": "--editable",
}
INDEX_OPTIONS = {"--index-url", "--extra-index-url", "--find-links", "--no-binary", "--only-binary"}
COMMAND_LINE = {"--pre": ["--prerelease=allow"], "--require-hashes": ["--require-hashes"], "--prefer-binary": []}


@dataclass(slots=True)
class Requirements:
    """What one requirements.txt asks for."""

    names_constraint: bool = False
    """The file names a constraint, so the version's own are not forced on it."""
    lines: list[str] = field(default_factory=list)
    """Requirements, one a line, for uv."""
    index_lines: list[str] = field(default_factory=list)
    """Where packages come from, as lines of a requirements file."""
    options: list[str] = field(default_factory=list)
    """For uv's command line."""
    constraint_lines: list[str] = field(default_factory=list)
    """What constraint files among the plugins say."""
    constraint_addresses: list[str] = field(default_factory=list)
    hashes: dict[str, list[str]] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    """Names of the ${VARIABLES} it uses: their values are in addresses, and may be passwords."""
    warnings: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the file for uv."""
        return "\n".join([*self.index_lines, *self.lines, ""])


def read_requirements(file: Path, plugins: Path, variables: Mapping[str, str]) -> Requirements:
    """Read a requirements.txt whose plugins are unpacked at `plugins`. Raises LayerFailed."""
    requirements = Requirements()
    text = read_text(file, "requirements.txt")
    requirements.names_constraint = any(NAMES_A_CONSTRAINT.search(line) for line in text.splitlines())
    _read(requirements, _Source("requirements.txt", plugins.parent, plugins, variables), text, 0)
    return requirements


def normal_name(name: str) -> str:
    """Return a package's name in the one form that indexes compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_text(file: Path, shown: str) -> str:
    """Return a text file's content without byte order mark and carriage returns. Raises LayerFailed."""
    if file.stat().st_size > MOST_BYTES:
        raise LayerFailed("requirements", f"{shown} is larger than 1 MB. Name packages in it, do not include them.")
    body = file.read_bytes()
    encoding = "utf-8-sig"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"  # what `pip freeze > requirements.txt` makes in older PowerShells
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        said = f"{shown} is not UTF-8 text (line {line}). Save it as UTF-8 and upload it again."
        raise LayerFailed("requirements", said) from error
    if "\0" in text:
        raise LayerFailed("requirements", f"{shown} contains a NUL byte: it is not a text file. Upload the text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class _Source:
    shown: str
    folder: Path
    """What relative paths in it start from."""
    plugins: Path
    variables: Mapping[str, str]


def _read(into: Requirements, source: _Source, text: str, depth: int) -> None:
    for number, line in _logical_lines(text):
        into.variables.update(VARIABLE.findall(line))
        if line.startswith("-"):
            try:
                words = shlex.split(line)
            except ValueError as error:
                raise _complaint(source, number, f"cannot be read ({error}). Correct the quotes.") from error
            _option(into, source, number, words, depth)
        else:
            _requirement(into, source, line)


def _requirement(into: Requirements, source: _Source, line: str) -> None:
    located = MWAA_FOLDER.sub(lambda _: str(source.plugins), line)
    if re.match(r"(?:file:)?\.{0,2}/", located) or located.endswith((".whl", ".tar.gz", ".zip")):
        address = located.removeprefix("file://").removeprefix("file:").split(" ")[0]
        if "://" not in address:
            located = str(source.folder / unquote(address)) + located[located.index(address) + len(address) :]
    into.lines.append(located)
    named = NAME.match(line)
    if named and (hashes := HASH.findall(line)):
        into.hashes[normal_name(named[1])] = hashes


def _option(into: Requirements, source: _Source, number: int, words: list[str], depth: int) -> None:
    name, _, value = words[0].partition("=")
    values = [value, *words[1:]] if value else words[1:]
    if name not in VALUED and len(name) > 2 and name[:2] in VALUED and not name.startswith("--"):  # noqa: PLR2004
        name, values = name[:2], [name[2:], *values]  # -ihttps://…
    name = VALUED.get(name, name)
    if name in COMMAND_LINE:
        into.options += COMMAND_LINE[name]
    elif name == "--no-index":
        into.index_lines.append("--no-index")
    elif name in INDEX_OPTIONS and values:
        into.index_lines.append(f"{name} {_address(source, values[0]) if 'links' in name else values[0]}")
    elif name == "--trusted-host" and values:
        into.options.append(f"--allow-insecure-host={values[0]}")
    elif name == "--constraint" and values:
        _constraint(into, source, number, values[0])
    elif name == "--requirement" and values:
        if depth >= MOST_DEPTH:
            raise _complaint(source, number, f"is the {MOST_DEPTH + 1}th file within a file. Put them into one.")
        file = _file(source, number, values[0])
        inner = _Source(f"{source.shown} → {file.name}", file.parent, source.plugins, source.variables)
        _read(into, inner, read_text(file, inner.shown), depth + 1)
    elif name == "--editable":
        raise _complaint(
            source, number, "asks for an editable install (-e), which would point at the builder's disk. Leave out -e."
        )
    else:
        into.warnings.append(
            f"{source.shown} line {number}: the option {words[0].partition('=')[0]} has no effect here"
        )


def _constraint(into: Requirements, source: _Source, number: int, value: str) -> None:
    value = _expanded(source, value)
    if "://" in value and not value.startswith("file:"):
        into.constraint_addresses.append(value)
        return
    file = _file(source, number, value)
    into.constraint_lines += [line for _, line in _logical_lines(read_text(file, file.name))]


def _file(source: _Source, number: int, value: str) -> Path:
    path = MWAA_FOLDER.sub(lambda _: str(source.plugins), unquote(value).removeprefix("file://"))
    file = source.folder / _expanded(source, path)
    if file.is_file():
        return file
    raise _complaint(
        source,
        number,
        f"names {value}, which is not there. A layer is built from requirements.txt and plugins.zip alone: put the "
        "file into plugins.zip and name it /usr/local/airflow/plugins/….",
    )


def _address(source: _Source, value: str) -> str:
    """Return a folder or page of packages as an address: uv takes no relative paths, and no blanks in them."""
    value = MWAA_FOLDER.sub(lambda _: str(source.plugins), value)
    if "://" in value and not value.startswith("file://"):
        return value
    return "file://" + quote(str(source.folder / _expanded(source, unquote(value.removeprefix("file://")))))


def _expanded(source: _Source, value: str) -> str:
    return VARIABLE.sub(lambda found: source.variables.get(found[1], found[0]), value)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that says something with the number it starts at: comments gone, continued lines joined."""
    joined, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        start = start or number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            joined += line[:-1] + " "
            continue
        said = COMMENT.sub("", joined + line).strip()
        if said:
            yield start, said
        joined, start = "", 0
    if said := COMMENT.sub("", joined).strip():
        yield start, said


def _complaint(source: _Source, number: int, said: str) -> LayerFailed:
    return LayerFailed("requirements", f"{source.shown} line {number} {said}")
