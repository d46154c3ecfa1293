"""A component is restarted for its own silence only, never because the database or the queue is away."""

import os

import pytest

from hangar_agent.health import Observation, judge
from hangar_agent.metadata_database import DatabaseAway
from hangar_agent.reachability import Reachability
from hangar_agent.supervisor import ComponentStatus
from hangar_agent.watch import SchedulerLookOut, WebLookOut, WorkerLookOut


def state(name, now, *, sign=None, since=0.0, ready=True, pid=7, started=1000.0):
    return judge(name, Observation(pid, started, sign, since, ready), now).state


class Answers:
    """Something that is there or away, and counts how often it was asked."""

    def __init__(self):
        self.there = True
        self.asked = 0
        self.reachability = Reachability(self)

    def __call__(self):
        self.asked += 1
        return self.there


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
    assert (sighting.verdicts["scheduler"].state, sighting.hold) == ("running", "database")
    assert "does not answer" in (sighting.problem or "")
    database.away = False
    sighting = look_out.look([status], 9001.0)
    assert (sighting.verdicts["scheduler"].state, sighting.hold) == ("running", None)


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
    look_out = WebLookOut(probe, Answers().reachability)
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
    look_out = WebLookOut(probe, Answers().reachability)
    status = ComponentStatus("api-server", pid=8, started_at=2000.0)
    for second in range(2001, 2012):
        look_out.look([status], float(second))
    assert probe.asked == 2
    probe.answers = False
    states = [look_out.look([status], float(second)).verdicts["api-server"].state for second in range(2012, 2050)]
    assert states.index("unhealthy") == 2042 - 2012


def test_a_worker_runs_once_it_has_polled_and_is_unhealthy_when_it_stops_polling(tmp_path):
    poll = tmp_path / "poll"
    look_out = WorkerLookOut(poll, None, Answers().reachability)
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    assert look_out.look([status], 2001.0).verdicts["worker"].state == "starting"
    poll.write_text("1")
    os.utime(poll, (1999, 1999))
    assert look_out.look([status], 2002.0).verdicts["worker"].state == "starting"
    os.utime(poll, (2003, 2003))
    assert look_out.look([status], 2004.0).verdicts["worker"].state == "running"
    assert look_out.look([status], 2064.0).verdicts["worker"].state == "unhealthy"


def test_a_database_that_is_back_gives_the_silent_their_whole_limit_before_they_are_judged():
    database = FakeDatabase()
    database.beats = {"SchedulerJob": 2003.0}
    look_out = SchedulerLookOut(database, "t1", {"scheduler": "SchedulerJob"})
    status = ComponentStatus("scheduler", pid=8, started_at=2000.0)
    look_out.look([status], 2004.0)
    database.away = True
    look_out.look([status], 2100.0)
    database.away = False
    look_out.look([status], 2200.0)
    assert look_out.look([status], 2260.0).verdicts["scheduler"].state == "running"
    assert look_out.look([status], 2261.0).verdicts["scheduler"].state == "unhealthy"


def test_no_silence_counts_from_the_time_in_which_the_agent_itself_was_asleep(tmp_path):
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    poll = tmp_path / "poll"
    poll.write_text("1")
    os.utime(poll, (2003, 2003))
    look_out = WorkerLookOut(poll, None, Answers().reachability)
    assert look_out.look([status], 9000.0, watching_since=8999.0).verdicts["worker"].state == "running"
    assert look_out.look([status], 9060.0, watching_since=8999.0).verdicts["worker"].state == "unhealthy"
    database = FakeDatabase()
    database.beats = {"SchedulerJob": 2003.0}
    scheduler = SchedulerLookOut(database, "t1", {"scheduler": "SchedulerJob"})
    beating = ComponentStatus("scheduler", pid=7, started_at=2000.0)
    scheduler.look([beating], 2004.0)
    assert scheduler.look([beating], 9059.0, watching_since=8999.0).verdicts["scheduler"].state == "running"
    assert scheduler.look([beating], 9060.0, watching_since=8999.0).verdicts["scheduler"].state == "unhealthy"
    probe = FakeProbe()
    probe.answers = True
    web = WebLookOut(probe, Answers().reachability)
    api_server = ComponentStatus("api-server", pid=9, started_at=2000.0)
    web.look([api_server], 2001.0)
    probe.answers = False
    assert web.look([api_server], 9000.0, watching_since=8999.0).verdicts["api-server"].state == "running"
    assert web.look([api_server], 9030.0, watching_since=8999.0).verdicts["api-server"].state == "unhealthy"


def test_a_worker_that_cannot_poll_because_the_queue_is_away_is_held(tmp_path):
    poll = tmp_path / "poll"
    poll.write_text("1")
    os.utime(poll, (2003, 2003))
    queue = Answers()
    queue.there = False
    look_out = WorkerLookOut(poll, queue.reachability, Answers().reachability)
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    sighting = look_out.look([status], 2100.0)
    assert (sighting.verdicts["worker"].state, sighting.hold) == ("running", "queue")
    assert sighting.problem == "the queue's endpoint does not answer"
    queue.there = True
    assert look_out.look([status], 2200.0).hold is None
    assert look_out.look([status], 2260.0).verdicts["worker"].state == "running"
    assert look_out.look([status], 2261.0).verdicts["worker"].state == "unhealthy"


@pytest.mark.parametrize("role", ["worker", "web"])
def test_a_worker_or_api_server_that_ended_without_a_database_is_not_started_before_it_is_back(tmp_path, role):
    database = Answers()
    database.there = False
    look_out = {
        "worker": WorkerLookOut(tmp_path / "poll", None, database.reachability),
        "web": WebLookOut(FakeProbe(), database.reachability),
    }[role]
    gone = ComponentStatus({"worker": "worker", "web": "api-server"}[role], pid=None, started_at=2000.0)
    sighting = look_out.look([gone], 2100.0)
    assert (sighting.hold, sighting.problem) == ("database", "the metadata database does not answer")
    database.there = True
    assert look_out.look([gone], 2103.0).hold is None


def test_a_healthy_worker_and_api_server_cost_the_database_no_connection(tmp_path):
    database, probe = Answers(), FakeProbe()
    probe.answers = True
    web = WebLookOut(probe, database.reachability)
    api_server = ComponentStatus("api-server", pid=8, started_at=2000.0)
    poll = tmp_path / "poll"
    poll.write_text("1")
    worker = WorkerLookOut(poll, None, database.reachability)
    for second in range(100):
        os.utime(poll, (2001 + second, 2001 + second))
        worker.look([ComponentStatus("worker", pid=9, started_at=2000.0)], 2001.0 + second)
        web.look([api_server], 2001.0 + second)
    assert database.asked == 0


def test_with_a_replacement_threshold_a_silent_worker_is_left_alone_until_then_and_replaced_after_it(tmp_path):
    poll = tmp_path / "poll"
    poll.write_text("1")
    os.utime(poll, (2003, 2003))
    look_out = WorkerLookOut(poll, None, Answers().reachability, replaced_after_seconds=300)
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    assert look_out.look([status], 2303.0).verdicts["worker"].state == "running"
    verdict = look_out.look([status], 2304.0).verdicts["worker"]
    assert (verdict.state, verdict.beyond_repair) == ("unhealthy", True)


def test_a_replacement_threshold_shorter_than_a_start_does_not_replace_a_worker_that_starts(tmp_path):
    look_out = WorkerLookOut(tmp_path / "poll", None, Answers().reachability, replaced_after_seconds=5)
    status = ComponentStatus("worker", pid=8, started_at=2000.0)
    assert look_out.look([status], 2300.0).verdicts["worker"].state == "starting"
    assert look_out.look([status], 2301.0).verdicts["worker"].beyond_repair


def test_a_component_that_is_not_to_run_is_not_judged():
    class Database:
        def heartbeats(self, _hostname):
            return {"SchedulerJob": 1000.0}

    look_out = SchedulerLookOut(Database(), "t1", {"scheduler": "SchedulerJob", "triggerer": "TriggererJob"})
    statuses = (ComponentStatus("scheduler", 7, 999.0), ComponentStatus("triggerer", 8, 999.0, wanted=False))
    assert set(look_out.look(statuses, 1000.0).verdicts) == {"scheduler"}
