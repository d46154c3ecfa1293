"""A component is restarted for its own silence only, never because the database or the queue is away."""

import os

import pytest

from hangar_agent.health import Observation, judge
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.supervisor import ComponentStatus
from hangar_agent.watch import SchedulerLookOut, WebLookOut, WorkerLookOut


def state(name, now, *, sign=None, since=0.0, ready=True, pid=7, started=1000.0):
    return judge(name, Observation(pid, started, sign, since, ready), now).state


@pytest.mark.parametrize(
    ("name", "limit"),
    [("api-server", 30), ("scheduler", 60), ("dag-processor", 120), ("triggerer", 120), ("worker", 60)],
)
def test_silence_is_borne_up_to_a_limit_of_its_own(name, limit):
    assert state(name, 2000 + limit, sign=2000.0) == "running"
    assert state(name, 2001 + limit, sign=2000.0) == "unhealthy"


def test_a_process_is_starting_until_its_first_sign_and_has_five_minutes_for_it():
    assert state("scheduler", 1299) == "starting"
    assert state("scheduler", 1301) == "unhealthy"
    assert state("api-server", 1100, sign=1099.0, ready=False) == "starting"
    assert state("scheduler", 1100, pid=None) == "stopped"


def test_while_its_sign_cannot_be_seen_a_component_is_held_as_it_is():
    assert state("scheduler", 9000, sign=1010.0, since=None) == "running"
    assert state("scheduler", 9000, since=None) == "starting"


def test_after_an_outage_silence_is_counted_from_its_end():
    assert state("scheduler", 5059, sign=1010.0, since=5000.0) == "running"
    assert state("scheduler", 5061, sign=1010.0, since=5000.0) == "unhealthy"


class FakeDatabase:
    def __init__(self):
        self.beats = {}
        self.away = False

    def heartbeats(self, hostname):
        assert hostname == "t1"
        if self.away:
            raise DatabaseAway("connection refused")
        return self.beats


def test_a_heartbeat_of_a_predecessor_does_not_make_a_new_process_healthy():
    database = FakeDatabase()
    look_out = SchedulerLookOut(database, "t1", {"scheduler": "SchedulerJob"})
    status = ComponentStatus("scheduler", pid=8, started_at=2000.0)
    database.beats = {"SchedulerJob": 1999.0}
    assert look_out.look([status], 2001.0).verdicts["scheduler"].state == "starting"
    database.beats = {"SchedulerJob": 2003.0}
    verdict = look_out.look([status], 2004.0).verdicts["scheduler"]
    assert (verdict.state, verdict.pid) == ("running", 8)


def test_while_the_database_is_away_nothing_is_unhealthy_and_restarts_are_held():
    database = FakeDatabase()
    database.beats = {"SchedulerJob": 2003.0}
    look_out = SchedulerLookOut(database, "t1", {"scheduler": "SchedulerJob"})
    status = ComponentStatus("scheduler", pid=8, started_at=2000.0)
    look_out.look([status], 2004.0)
    database.away = True
    sighting = look_out.look([status], 9000.0)
    assert (sighting.verdicts["scheduler"].state, sighting.hold) == ("running", True)
    assert "does not answer" in (sighting.problem or "")
    database.away = False
    sighting = look_out.look([status], 9001.0)
    assert (sighting.verdicts["scheduler"].state, sighting.hold) == ("running", False)


class FakeProbe:
    def __init__(self):
        self.answers = False
        self.asked = 0
        self.warmed = 0

    def alive(self):
        self.asked += 1
        return self.answers

    def warm(self):
        self.warmed += 1
        return True


def test_an_api_server_is_warmed_once_before_it_counts_as_running_and_again_after_a_restart():
    probe = FakeProbe()
    look_out = WebLookOut(probe)
    status = ComponentStatus("api-server", pid=8, started_at=2000.0)
    assert look_out.look([status], 2001.0).verdicts["api-server"].state == "starting"
    probe.answers = True
    assert look_out.look([status], 2002.0).verdicts["api-server"].state == "running"
    look_out.look([status], 2013.0)
    assert probe.warmed == 1
    look_out.look([ComponentStatus("api-server", pid=9, started_at=2014.0)], 2015.0)
    assert probe.warmed == 2


def test_a_steady_api_server_is_asked_every_ten_seconds_and_unhealthy_after_thirty_of_silence():
    probe = FakeProbe()
    probe.answers = True
    look_out = WebLookOut(probe)
    status = ComponentStatus("api-server", pid=8, started_at=2000.0)
    for second in range(2001, 2012):
        look_out.look([status], float(second))
    assert probe.asked == 2
    probe.answers = False
    states = [look_out.look([status], float(second)).verdicts["api-server"].state for second in range(2012, 2050)]
    assert states.index("unhealthy") == 2042 - 2012


def test_a_worker_runs_once_it_has_polled_and_is_unhealthy_when_it_stops_polling(tmp_path):
    poll = tmp_path / "poll"
    look_out = WorkerLookOut(poll, None)
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    assert look_out.look([status], 2001.0).verdicts["worker"].state == "starting"
    poll.write_text("1")
    os.utime(poll, (1999, 1999))
    assert look_out.look([status], 2002.0).verdicts["worker"].state == "starting"
    os.utime(poll, (2003, 2003))
    assert look_out.look([status], 2004.0).verdicts["worker"].state == "running"
    assert look_out.look([status], 2064.0).verdicts["worker"].state == "unhealthy"


def test_a_worker_that_cannot_poll_because_the_queue_is_away_is_held(tmp_path, unused_port):
    poll = tmp_path / "poll"
    poll.write_text("1")
    os.utime(poll, (2003, 2003))
    look_out = WorkerLookOut(poll, ("127.0.0.1", unused_port))
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    sighting = look_out.look([status], 2100.0)
    assert sighting.verdicts["worker"].state == "running"
    assert sighting.problem == "the queue's endpoint does not answer"
