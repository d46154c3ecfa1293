"""Periods stay a period apart, and growth is looked for in between."""

import pytest

from hangar_agent.monitor_pace import MonitorPace


class Monitor:
    """Takes `seconds` for a period, and says when it was asked for what."""

    def __init__(self, period, seconds=0.0):
        self.now = 0.0
        self.period = period
        self.seconds = seconds
        self.asked = []
        self.problem = None
        self.pace = MonitorPace(self, period, lambda: self.now)

    def step(self):
        self.asked.append(("period", round(self.now, 3)))
        self.now += self.seconds
        return self.period - self.seconds % self.period

    def tell_growth(self):
        self.asked.append(("growth", round(self.now, 3)))

    def run(self, until):
        while self.now < until:
            self.now += self.pace.step()


def test_growth_is_looked_for_five_times_a_period():
    monitor = Monitor(10.0)
    monitor.run(20)
    first = [("period", 0), *(("growth", at) for at in (2, 4, 6, 8)), ("period", 10)]
    assert monitor.asked[:6] == first


def test_a_second_is_the_least_between_two_counts():
    monitor = Monitor(1.0)
    monitor.run(5)
    assert [what for what, _ in monitor.asked] == ["period"] * 5


@pytest.mark.parametrize("seconds", [0.5, 3.0, 9.5, 13.0])
def test_a_period_that_took_its_time_moves_no_other(seconds):
    monitor = Monitor(10.0, seconds)
    monitor.run(60)
    begun = [at for what, at in monitor.asked if what == "period"]
    assert begun == [10 * (1 + seconds // 10) * number for number in range(len(begun))]
    assert len(begun) > 2
