"""A real agent is held until its generation is live, and stops and starts its components for a pause."""

import contextlib
import os
import time

import pytest
from small_agent import control_says, eventually, report, tasks_of

pytestmark = pytest.mark.process


@pytest.fixture
def start(tmp_path, small_s3, unused_port):
    yield from tasks_of(tmp_path, small_s3.url, unused_port)


@pytest.fixture
def answering_database(small_postgres):
    """Return the variables of a database that answers a scheduler's agent: nothing is held because it is away."""
    name = f"process_{os.getpid()}_{time.monotonic_ns()}"
    with contextlib.closing(small_postgres.connect()) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"create database {name}")
    with contextlib.closing(small_postgres.connect(name)) as connection, connection:
        connection.cursor().execute(
            "create table job (job_type text, hostname text, state text, latest_heartbeat timestamptz)"
        )
    return {
        "HANGAR_DATABASE_PORT": str(small_postgres.port),
        "HANGAR_METADATA_DATABASE": name,
        "HANGAR_METADATA_USER": "postgres",
    }


UPGRADE = {"HANGAR_CANARY_QUEUE_NAME": "canary", "HANGAR_CANARY_QUEUE_URL": "http://127.0.0.1:1/0/canary"}


def states(small_s3, task):
    told = report(small_s3, task)
    return {name: component["state"] != "stopped" for name, component in told["components"].items()} if told else None


def test_a_held_scheduler_runs_no_triggerer_until_its_generation_is_live_and_then_restarts_nothing(
    start, small_s3, answering_database
):
    control_says(small_s3, 1, generation=3)
    task = start("scheduler", **UPGRADE, **answering_database)
    eventually(lambda: (report(small_s3, task) or {}).get("epoch") == 1)
    assert report(small_s3, task)["held"] is True
    assert states(small_s3, task) == {"dag-processor": True, "scheduler": True, "triggerer": False}
    before = eventually(lambda: len(task.started()) == 2 and task.started())
    control_says(small_s3, 2, generation=4)
    eventually(lambda: report(small_s3, task)["held"] is False and states(small_s3, task)["triggerer"])
    assert eventually(lambda: task.started()[2:])[0][1] == "-m hangar_airflow.start triggerer --skip-serve-logs"
    assert task.started()[:2] == before
    control_says(small_s3, 3, generation=3)
    eventually(lambda: report(small_s3, task)["epoch"] == 3)
    assert report(small_s3, task)["held"] is False, "free is for ever"


def test_a_held_worker_lets_its_channel_see_so_until_it_is_free_and_one_that_starts_again_begins_held(start, small_s3):
    control_says(small_s3, 1, generation=3)
    task = start("worker", **UPGRADE)
    eventually(lambda: (report(small_s3, task) or {}).get("epoch") == 1)
    assert ((task.folder / "held").exists(), report(small_s3, task)["held"]) == (True, True)
    control_says(small_s3, 2, generation=4)
    eventually(lambda: report(small_s3, task)["held"] is False)
    assert not (task.folder / "held").exists()
    task.end()
    small_s3.objects.pop("/hangar-control/environments/e7/control.json")
    (task.folder / "started").unlink()
    again = start("worker", **UPGRADE)
    eventually(lambda: again.started() and not (task.folder / "held").exists())  # what it read last is on its disk


def test_a_paused_scheduler_stops_all_components_says_so_stays_healthy_and_starts_them_when_it_is_withdrawn(
    start, small_s3, answering_database
):
    control_says(small_s3, 1, generation=4, pause=None)
    task = start("scheduler", **answering_database)
    eventually(lambda: len(task.survivors()) == 6 and report(small_s3, task))
    control_says(small_s3, 2, generation=4, pause={"id": "o1", "generation": 4})
    eventually(lambda: report(small_s3, task)["pause"] == {"id": "o1", "state": "paused"})
    assert task.survivors() == []
    told = report(small_s3, task)
    assert (told["healthy"], told["stopping"]) == (True, False)
    assert task.process.poll() is None
    control_says(small_s3, 3, generation=4, pause=None)
    eventually(lambda: len(task.survivors()) == 6 and report(small_s3, task)["pause"] is None)
    components = report(small_s3, task)["components"]
    assert {each["restarts"] for each in components.values()} == {0}
