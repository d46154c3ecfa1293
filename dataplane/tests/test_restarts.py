"""What hangs is restarted with patience, what does not last is given up, and an outage is nobody's own fault."""

from hangar_agent.health import SILENCE_SECONDS, Verdict
from hangar_agent.restarts import HEALTHY_SECONDS, Action, Past, Seen, decide

RUNNING, HANGS = Verdict("running"), Verdict("unhealthy", "no sign of life")


class Component:
    """One component by hand: what is decided is carried out, what happens to it is told."""

    def __init__(self):
        self.now, self.past, self.alive = 1000.0, Past(), False

    def look(self, verdict=None, *, ended=False, hold=False, after=0.0):
        self.now += after
        if ended:
            self.alive = False
        self.past, action = decide(self.past, Seen(self.now, self.alive, ended, verdict, hold))
        self.alive = self.alive or action is Action.START
        return action

    def restart_delay(self):
        """Let it end, and return how long it takes until it is started; None when it is given up."""
        self.look(ended=True)
        ended_at = self.now
        while (action := self.look(after=0.5)) is Action.WAIT:
            assert self.now < ended_at + 100
        return self.now - ended_at if action is Action.START else None


def started():
    component = Component()
    assert component.look() is Action.START
    return component


def test_it_is_restarted_after_half_a_second_then_two_then_eight_and_then_given_up():
    component = started()
    assert [component.restart_delay() for _ in range(4)] == [0.5, 2.0, 8.0, None]
    assert component.past.reason.startswith("it ended 4 times within ")
    assert component.look(after=5) is Action.GIVE_UP, "there is no way back"


def test_before_it_is_given_up_there_is_time_to_read_in_a_report_what_keeps_ending():
    component = started()
    for _ in range(3):
        component.restart_delay()
    assert component.look(ended=True) is Action.WAIT
    assert component.look(after=7.5) is Action.WAIT
    assert component.look(after=0.5) is Action.GIVE_UP


def test_a_component_that_never_gets_well_is_given_up_however_slowly_it_fails():
    component = started()
    for _ in range(3):
        assert component.look(HANGS, after=301) is Action.KILL
        assert component.restart_delay() is not None
    component.look(HANGS, after=301)
    assert component.restart_delay() is None


def test_ends_further_apart_than_ten_minutes_never_add_up_for_one_that_gets_well_between_them():
    component = started()
    for _ in range(20):
        assert component.restart_delay() in {0.5, 2.0, 8.0}
        component.look(RUNNING, after=201)


def test_five_minutes_of_health_without_a_break_begin_anew():
    component = started()
    for _ in range(3):
        component.restart_delay()
    component.look(RUNNING)
    component.look(RUNNING, after=HEALTHY_SECONDS)
    assert component.restart_delay() == 0.5


def test_what_hangs_after_each_start_was_never_well_for_long_enough():
    assert max(SILENCE_SECONDS.values()) < HEALTHY_SECONDS
    component = started()
    for _ in range(3):
        component.look(RUNNING, after=10)
        component.look(RUNNING, after=120)
        assert component.look(HANGS, after=1) is Action.KILL
        assert component.restart_delay() is not None
    component.look(RUNNING, after=130)
    component.look(HANGS)
    assert component.restart_delay() is None


def test_on_hold_nothing_is_started_or_killed_and_the_end_of_a_hold_is_a_start():
    component = started()
    assert component.look(HANGS, hold=True) is Action.WAIT
    assert component.look(ended=True, hold=True) is Action.WAIT
    assert component.look(hold=True, after=3600) is Action.WAIT
    assert component.look(after=0.2) is Action.START


def test_an_end_during_a_hold_or_within_a_minute_after_it_is_no_fault_of_its_own():
    component = started()
    for _ in range(10):
        component.look(ended=True, hold=True)
        component.look(after=3)
        component.look(after=50)
        assert component.restart_delay() == 2.0
    component.look(RUNNING, after=61)
    assert component.restart_delay() == 0.5


def test_a_verdict_that_is_only_kept_during_a_hold_makes_nobody_well():
    component = started()
    for _ in range(3):
        component.restart_delay()
    component.look(RUNNING)
    component.look(RUNNING, hold=True, after=HEALTHY_SECONDS)
    component.look(RUNNING, after=61)
    assert component.restart_delay() is None


def test_what_is_beyond_repair_is_given_up_at_once_but_not_on_hold():
    component = started()
    lost = Verdict("unhealthy", "no sign of life for 301 s", beyond_repair=True)
    assert component.look(lost, hold=True) is Action.WAIT
    assert component.look(lost) is Action.GIVE_UP
    assert component.past.reason == "no sign of life for 301 s"
