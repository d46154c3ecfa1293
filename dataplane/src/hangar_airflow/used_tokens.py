"""Single use: which tokens were presented, remembered in the metadata database until they could not be used anyway.

All web tasks of an environment meet in that database, so the primary key decides between two of them. The table is
Hangar's own, made when it is first needed; Airflow and its migrations know nothing of it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from hangar_airflow.web_token import TokenRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangar_airflow.web_token import Claims

KEPT_SECONDS = 60
"""How long a row outlives its token: more than the clocks of two web tasks differ by."""
MAKE = (
    # Two web tasks may start at once, and `if not exists` alone still fails for one of them: the lock orders them.
    "select pg_advisory_xact_lock(4815260416)",
    "create table if not exists hangar_used_token (id text primary key, expires_at double precision not null)",
)
CLAIM = "insert into hangar_used_token (id, expires_at) values (%s, %s) on conflict do nothing"
FORGET = "delete from hangar_used_token where expires_at < %s"


class UsedTokens:
    """`connect` returns a PEP 249 connection of the metadata database, which is closed after each use."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._made = False

    def claim(self, claims: Claims, now: float) -> None:
        """Use the token up, durably, before anything is given for it. Raises TokenRefused when it was used before."""
        with closing(self._connect()) as connection:
            cursor = connection.cursor()
            if not self._made:
                for statement in MAKE:
                    cursor.execute(statement)
                connection.commit()
                self._made = True
            cursor.execute(FORGET, (now - KEPT_SECONDS,))
            cursor.execute(CLAIM, (claims.token_id, claims.expires_at))
            fresh = cursor.rowcount == 1
            connection.commit()
        if not fresh:
            raise TokenRefused(403, "The token was used before: each one works once. Get a new one.")
