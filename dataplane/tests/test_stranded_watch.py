"""A stranded task is made old enough for Airflow to queue it again; nothing else of Airflow's is touched."""

import pytest
from small_http import SmallHandler, SmallServer

from hangar_agent.aws_json import AwsError
from hangar_agent.metadata_database import MetadataDatabase
from hangar_agent.settings import DatabaseLogin
from hangar_agent.stranded_watch import StrandedWatch, queued_timeout_seconds, web_server_answers

TASKS = (
    "drop table if exists task_instance",
    (
        "create table task_instance (dag_id text, task_id text, run_id text, map_index int, state text,"
        " queued_dttm timestamptz, hostname text)"
    ),
    (
        "insert into task_instance values"
        " ('a', 't', 'r', -1, 'queued', now() - interval '100 s', ''),"
        " ('a', 't', 'r', 0, 'queued', now() - interval '90 s', null),"
        " ('b', 't', 'r', -1, 'running', now() - interval '100 s', 'w1'),"
        " ('c', 't', 'r', -1, 'restarting', now() - interval '100 s', 'w1'),"
        " ('d', 't', 'r', -1, 'scheduled', null, '')"
    ),
)
AGES = "select map_index, extract(epoch from now() - queued_dttm)::int from task_instance where dag_id = 'a' order by 1"


@pytest.fixture
def cursor(small_postgres):
    connection = small_postgres.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in TASKS:
            cursor.execute(statement)
        yield cursor
    connection.close()


@pytest.fixture
def database(small_postgres, cursor):  # noqa: ARG001 - the tables come first
    database = MetadataDatabase(DatabaseLogin("127.0.0.1", small_postgres.port, "postgres", "postgres", ""), 3)
    yield database
    database.close()


class World:
    """A watch over a real database, with a queue and a clock by hand."""

    def __init__(self, database):
        self.now, self.depth, self.web, self.asked = 1000.0, (0, 1), True, 0
        self.watch = StrandedWatch(
            database, self.ask, lambda: self.web, 2, 1800.0, lambda _line: None, clock=lambda: self.now
        )

    def ask(self):
        self.asked += 1
        if self.depth is None:
            raise AwsError("no connection")
        return self.depth

    def watch_for(self, seconds):
        for _ in range(int(seconds // 15) + 1):
            self.watch.step()
            self.now += 15


def ages(cursor):
    cursor.execute(AGES)
    return dict(cursor.fetchall())


def test_a_stranded_task_is_aged_past_airflows_timeout_and_told_of_for_a_while(database, cursor):
    cursor.execute("update task_instance set state = 'success' where dag_id = 'c'")
    world = World(database)
    world.watch_for(150)
    assert all(1801 <= age < 1900 for age in ages(cursor).values())
    assert "a.t of r lost its message" in world.watch.problem
    cursor.execute("update task_instance set state = 'scheduled', queued_dttm = null where dag_id = 'a'")
    world.watch_for(600)
    assert world.watch.problem is None


@pytest.mark.parametrize("what", ["waiting", "queue away", "web away", "busy"])
def test_nobody_is_aged_while_a_message_waits_or_it_cannot_be_known(database, cursor, what):
    world = World(database)
    world.depth = {"waiting": (1, 0), "queue away": None}.get(what, (0, 3))
    world.web = what != "web away"
    if what != "busy":
        cursor.execute("delete from task_instance where hostname = 'w1'")
    world.watch_for(600)
    assert max(ages(cursor).values()) < 200
    assert world.watch.problem is None


def test_a_task_that_started_or_was_queued_again_since_it_was_seen_is_left_alone(database, cursor):
    first, second = database.queued_tasks()
    cursor.execute(
        "update task_instance set state = 'running' where dag_id = 'a' and map_index = %s", [first.map_index]
    )
    cursor.execute("update task_instance set queued_dttm = now() where map_index = %s", [second.map_index])
    assert not database.age_queued_task(first, 1801)
    assert not database.age_queued_task(second, 1801)
    assert max(ages(cursor).values()) < 200


def test_without_a_queued_task_neither_queue_nor_web_server_is_asked(database, cursor):
    cursor.execute("delete from task_instance")
    world = World(database)
    world.watch_for(60)
    assert world.asked == 0


def test_the_age_is_past_whatever_timeout_is_configured_under_any_of_its_names():
    assert queued_timeout_seconds({}) == 600
    assert queued_timeout_seconds({"AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "1800"}) == 1800
    assert queued_timeout_seconds({"AIRFLOW__CELERY__STALLED_TASK_TIMEOUT": "7200"}) == 7200
    assert queued_timeout_seconds({"AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "soon"}) == 600


def test_tasks_can_start_only_when_the_api_server_answers(unused_port):
    class Handler(SmallHandler):
        def do_GET(self):  # noqa: N802 - http.server's name
            self.answer(200 if self.path == "/e7/api/v2/version" else 404, b"{}")

    server = SmallServer(handler=Handler)
    assert web_server_answers(f"{server.url}/e7")
    assert not web_server_answers(f"{server.url}/e8")
    server.close()
    assert not web_server_answers(f"http://127.0.0.1:{unused_port}")
