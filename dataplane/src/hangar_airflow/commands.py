"""Which Airflow commands the CLI bridge runs: the list Amazon MWAA documents, for each major version.

Pure: a line of text in, an argument vector or a refusal out. There is never a shell.
"""

from __future__ import annotations

import re
import shlex

from hangar_airflow.canary_file import CANARY_DAG

LINE_BYTES = 16_384

_DAGS = "delete list list-jobs list-runs next-execution pause report show state test trigger unpause"
_BOTH = {
    "cheat-sheet": "",
    "connections": "add delete",
    "providers": "behaviours get hooks links list widgets",
    "tasks": "clear failed-deps list render state states-for-dag-run test",
    "variables": "delete get list set",
    "version": "",
}
# MWAA user guide, "Apache Airflow CLI command reference".
_BY_MAJOR = {
    2: _BOTH | {"dags": f"backfill {_DAGS}", "roles": "create list"},
    # Airflow 3: backfill is a group of its own, and roles belong to an auth manager that Hangar does not use.
    3: _BOTH | {"dags": f"{_DAGS} details reserialize", "backfill": "create"},
}

# Options that name a file of the web server: to be run as Python, or to be written.
_SUBDIR = ("-S", "--subdir")
_FILE_OPTIONS = {
    "dags show": ("-s", "--save"),
    "dags test": ("-f", "--dagfile-path", "--save-dagrun"),
}


class CommandRefused(Exception):
    """Not a command of the list; the message says what is wrong and what can be had. HTTP 400."""


def supported_commands(major: int) -> tuple[str, ...]:
    """Return the commands of a major version, in words, sorted: `dags trigger`, `version`."""
    groups = _BY_MAJOR[major]
    return tuple(sorted(f"{group} {word}".strip() for group, words in groups.items() for word in words.split() or [""]))


def parse_command(body: bytes, major: int) -> list[str]:
    """Return the argument vector (without `airflow`) of a command line, or raise CommandRefused."""
    if len(body) > LINE_BYTES:
        raise CommandRefused(f"The command line is longer than {LINE_BYTES} bytes.")
    try:
        line = body.decode("utf-8")
        words = shlex.split(line)
    except UnicodeDecodeError:
        raise CommandRefused("The command line is not UTF-8 text.") from None
    except ValueError as error:
        raise CommandRefused(f"The command line cannot be split into words: {error}.") from None
    if "\0" in line:
        raise CommandRefused("The command line holds a NUL character.")
    if not words:
        raise CommandRefused("There is no command: the body is the command line without `airflow`, as text/plain.")
    if any(CANARY_DAG in word for word in words):
        raise CommandRefused(f"The DAG {CANARY_DAG} is Hangar's own and cannot be worked with.")
    command = _command(words, major)
    for word in words[command.count(" ") + 1 :]:
        if (option := _file_option(command, word)) is not None:
            raise CommandRefused(f"The option {option} names a file of the web server; leave it out.")
    return words


def _command(words: list[str], major: int) -> str:
    supported = supported_commands(major)
    for length in (2, 1):
        # A quoted "dags list" is one word, and no command.
        if " ".join(words[:length]) in supported and not any(" " in word for word in words[:length]):
            return " ".join(words[:length])
    if words[0] == "airflow":
        raise CommandRefused("Leave out the leading `airflow`: the body is what follows it.")
    raise CommandRefused(f"This command is not supported here. Supported: {', '.join(supported)}.")


def _file_option(command: str, word: str) -> str | None:
    """Return the file option a word is: also shortened (`--sub`), joined (`-S/x`, `--save=x`) or bundled (`-vS`)."""
    options = _FILE_OPTIONS.get(command, ()) + (_SUBDIR if command.startswith(("dags ", "tasks ")) else ())
    name, _, _ = word.partition("=")
    for option in options:
        if option.startswith("--"):
            if len(name) > len("--") and option.startswith(name):
                return option
        elif re.match(f"-[A-Za-z]*{option[1]}", word):
            return option
    return None
