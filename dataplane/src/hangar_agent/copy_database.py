"""`hangar-agent copy-database`: a one-off task that makes a copy of a sealed database, by one statement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.administration import connect, plain_words
from hangar_agent.settings import MAX_PORT, DatabaseLogin
from hangar_agent.variable_reader import VariableReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DATABASE_NAME = re.compile(r"hangar_[a-z0-9_]{1,56}")
LOGIN_DATABASE = "postgres"
"""Where one has to be connected to, to copy another: nobody may be in the one that is copied."""


@dataclass(frozen=True, slots=True)
class CopySettings:
    """What is copied, as what, and who does it."""

    source: str
    target: str
    login: DatabaseLogin


def read_copy_settings(environment: Mapping[str, str]) -> CopySettings:
    """Return what `copy-database` needs, or raise one SettingsError."""
    read = VariableReader(environment)
    settings = CopySettings(
        _database_name(read, "HANGAR_COPY_SOURCE"),
        _database_name(read, "HANGAR_COPY_TARGET"),
        DatabaseLogin(
            host=read.text("HANGAR_DATABASE_HOST"),
            port=read.whole("HANGAR_DATABASE_PORT", 5432, least=1, most=MAX_PORT),
            database=LOGIN_DATABASE,
            user=read.text("HANGAR_COPY_USER"),
            password=read.text("HANGAR_COPY_PASSWORD"),
            ssl_mode=environment.get("HANGAR_DATABASE_SSL_MODE") or None,
        ),
    )
    read.finish()
    return settings


def copy_database(settings: CopySettings, log: Callable[[str], None]) -> int:
    """Copy, and return the exit code: 0 when the target is there, now or already, else 1 with a line in the log.

    The statement is all or nothing: a target that is there is a whole one, whoever made it.
    """
    import psycopg2  # noqa: PLC0415
    from psycopg2 import errors, sql  # noqa: PLC0415

    connection = None
    try:
        connection = connect(settings.login)
        connection.autocommit = True  # a database is not made within a transaction
        with connection.cursor() as cursor:
            # Files are copied as they are: the other way writes every page into the log of the server first.
            # Nobody may come in before it is handed over: a new database is open to every login on the server.
            statement = sql.SQL("create database {} template {} strategy file_copy allow_connections false")
            cursor.execute(statement.format(sql.Identifier(settings.target), sql.Identifier(settings.source)))
    except errors.DuplicateDatabase:
        log(f"database {settings.target} is there already")
    except psycopg2.Error as error:
        log(
            f"database {settings.source} could not be copied to {settings.target}: {plain_words(error)}."
            " Nothing of a copy is left; once the cause is gone it can be copied again"
        )
        return 1
    finally:
        if connection is not None:
            connection.close()
    return 0


def _database_name(read: VariableReader, name: str) -> str:
    value = read.text(name)
    if value and not DATABASE_NAME.fullmatch(value):
        read.complaints.append(f"{name} must be hangar_ and up to 56 of a-z, 0-9 and _, not {value[:70]!r}")
    return value
