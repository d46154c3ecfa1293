"""The CLI bridge runs the documented commands and nothing else, whatever a line looks like."""

import random
import shlex

import pytest

from hangar_airflow.commands import LINE_BYTES, CommandRefused, parse_command, supported_commands

FOREIGN = ["db", "users", "scheduler", "webserver", "config", "standalone", "reset", "shell", "export", "import"]


@pytest.mark.parametrize("major", [2, 3])
def test_every_supported_command_is_let_through_with_its_arguments_as_written(major):
    for command in supported_commands(major):
        line = f'{command} my_dag --conf \'{{"a": "b c"}}\' "$(id)" \';\' -o json'
        assert parse_command(line.encode(), major) == [
            *command.split(), "my_dag", "--conf", '{"a": "b c"}', "$(id)", ";", "-o", "json"
        ]  # fmt: skip


def test_each_version_has_its_own_way_to_backfill():
    assert parse_command(b"dags backfill d -s 2024-01-01", 2)[:2] == ["dags", "backfill"]
    assert parse_command(b"backfill create --dag-id d", 3)[:2] == ["backfill", "create"]
    for line, major in ((b"dags backfill d", 3), (b"backfill create", 2), (b"roles list", 3)):
        with pytest.raises(CommandRefused, match=r"Supported: .*dags trigger"):
            parse_command(line, major)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"   \n", b"airflow dags list", b"dags", b"db reset -y", b"users create", b"scheduler", b"dags list;",
        b"'dags list'", b"dags  'list x'", b"-v dags list", b"DAGS LIST", b"variables export f",
        b"connections export f",
        b"connections get c", b"dags list\0", b"dags trigger a\0b", b"\xff\xfe", b"dags trigger 'x", b"config list",
        b"../dags list",
        b"dags delete -y _hangar_canary",
    ],
)  # fmt: skip
@pytest.mark.parametrize("major", [2, 3])
def test_any_other_line_is_refused_in_words(line, major):
    with pytest.raises(CommandRefused, match=r"\w+ \w+"):
        parse_command(line, major)


@pytest.mark.parametrize(
    "line",
    [
        "dags list -S /etc", "dags list -S/etc", "dags test d --subdir /etc", "dags test d --sub=/x",
        "tasks test -vS /x",
        "dags show d --save x.png", "dags show d -s x", "dags show d --s=x", "dags test d --save-dagrun x.png",
        "dags test d -f x.py", "dags test d -vf x.py", "dags test d --dagfile x.py",
    ],
)  # fmt: skip
def test_options_that_name_files_of_the_web_server_are_refused_however_they_are_written(line):
    for major in (2, 3):
        with pytest.raises(CommandRefused, match="names a file"):
            parse_command(line.encode(), major)


def test_options_that_only_look_like_those_are_let_through():
    assert parse_command(b"dags backfill d -s 2024-01-01 --start-date 2024-01-01", 2)
    assert parse_command(b"variables set -S value", 3)
    assert parse_command(b"dags trigger d --conf '{\"S\": 1}'", 3)


def test_a_line_that_is_too_long_is_refused_and_one_at_the_limit_is_not():
    line = b"variables set k " + b"v" * (LINE_BYTES - 16)
    assert parse_command(line, 3)[3].startswith("vvv")
    with pytest.raises(CommandRefused, match=str(LINE_BYTES)):
        parse_command(line + b"v", 3)


def test_for_any_line_the_vector_begins_with_a_supported_command_or_the_line_is_refused():
    chance = random.Random(7)  # noqa: S311 - a seed, no secret
    words = [word for major in (2, 3) for command in supported_commands(major) for word in command.split()]
    pieces = [*words, *FOREIGN, *";|&'\"\\#*~><\n\t", "&&", "$(id)", "`id`", "--", "-S", "--subdir", "-v", ""]
    passed = 0
    for _ in range(20_000):
        line = chance.choice([" ", "  ", "\n", ""]).join(chance.choices(pieces, k=chance.randint(0, 5)))
        major = chance.choice([2, 3])
        try:
            vector = parse_command(line.encode(), major)
        except CommandRefused:
            continue
        passed += 1
        assert " ".join(vector[:2]) in supported_commands(major) or vector[0] in supported_commands(major)
        assert vector == shlex.split(line)
        assert not any(word.startswith(("-S", "--subdir")) for word in vector[2:] if vector[0] in {"dags", "tasks"})
    assert passed > 50
