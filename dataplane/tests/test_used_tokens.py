"""A token works once, whichever web task it is shown to."""

import threading

import pytest

from hangar_airflow.used_tokens import KEPT_SECONDS, UsedTokens
from hangar_airflow.web_token import Claims, TokenRefused

NOW = 1_800_000_000.0


def claims(token_id, expires_at=NOW + 60):
    return Claims("user/me", "Op", token_id, expires_at)


@pytest.fixture(autouse=True)
def database(small_postgres):
    connection = small_postgres.connect()
    connection.autocommit = True
    connection.cursor().execute("drop table if exists hangar_used_token")
    yield connection.cursor()
    connection.close()


def test_of_many_web_tasks_that_are_shown_one_token_at_once_exactly_one_accepts_it(small_postgres):
    accepted, refused = [], []
    together = threading.Barrier(8)

    def show(task):
        together.wait()
        try:
            task.claim(claims("one"), NOW)
            accepted.append(task)
        except TokenRefused as error:
            refused.append(error.status)

    # None has made the table yet: making it at once must not fail either.
    threads = [threading.Thread(target=show, args=(UsedTokens(small_postgres.connect),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), refused) == (1, [403] * 7)


def test_a_token_used_before_the_web_task_restarted_is_still_refused(small_postgres):
    UsedTokens(small_postgres.connect).claim(claims("one"), NOW)
    with pytest.raises(TokenRefused, match="used before"):
        UsedTokens(small_postgres.connect).claim(claims("one"), NOW + 59)


def test_rows_are_forgotten_only_when_their_tokens_have_long_expired(small_postgres, database):
    used = UsedTokens(small_postgres.connect)
    used.claim(claims("old"), NOW)
    used.claim(claims("young", NOW + 60 + KEPT_SECONDS), NOW + 60 + KEPT_SECONDS)
    database.execute("select id from hangar_used_token order by id")
    assert database.fetchall() == [("old",), ("young",)]
    used.claim(claims("new", NOW + 200), NOW + 60 + KEPT_SECONDS + 1)
    database.execute("select id from hangar_used_token order by id")
    assert database.fetchall() == [("new",), ("young",)]
