"""What a minute's samples come to: counters added up, gauges as they were last, timers as a set of statistics.

Bounded: so many series a task and no more; one that was silent for an hour makes way for another.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hangar_agent.airflow_metrics import scale_of, series_of
from hangar_agent.airflow_statsd import PREFIX
from hangar_agent.statsd_lines import read_lines

if TYPE_CHECKING:
    from hangar_agent.airflow_metrics import Series
    from hangar_agent.monitor_metrics import Datum
    from hangar_agent.settings import Role
    from hangar_agent.statsd_lines import Sample

MOST_SERIES: dict[Role, int] = {"scheduler": 330, "web": 20, "worker": 150}
"""500 together. Workers run the same DAGs, so they mostly tell the same series; each may tell this many."""
SILENT_SECONDS = 3600.0
"""CloudWatch bills a metric by the hour."""


@dataclass(slots=True)
class _Values:
    """One series within one minute."""

    kind: str
    value: float = 0.0
    """A counter's sum, a gauge's last value."""
    count: float = 0.0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")


class MetricMinute:
    """Collects samples. `hear` and `take` may be called from different threads."""

    def __init__(self, role: Role, major: int, environment_name: str) -> None:
        """`major`: of the Airflow that sends."""
        self._most = MOST_SERIES[role]
        self._major = major
        self._environment_name = environment_name
        self._values: dict[Series, _Values] = {}
        self._heard_at: dict[Series, float] = {}
        self._gauges: dict[Series, float] = {}
        self._lock = threading.Lock()
        self.unreadable = 0
        """Lines that were no StatsD, or too long, so far."""
        self.beyond = 0
        """Samples of series beyond the bound, dropped so far."""

    def hear(self, packet: bytes, now: float) -> None:
        """Add what a packet says."""
        with self._lock:
            for sample in read_lines(packet, PREFIX):
                if sample is None:
                    self.unreadable += 1
                    continue
                series = series_of(sample)
                if series is None:
                    continue
                if self._admits(series, now):
                    self._add(series, sample)
                else:
                    self.beyond += 1

    def take(self, at: float) -> list[Datum]:
        """Return the data of the minute, dated `at`, and begin the next. What said nothing is not in it."""
        with self._lock:
            values, self._values = self._values, {}
        environment = {"Name": "Environment", "Value": self._environment_name}
        return [
            {
                "MetricName": series.metric,
                **_told(told),
                "Unit": series.unit,
                "Dimensions": [*({"Name": name, "Value": of} for name, of in series.dimensions), environment],
                "Timestamp": round(at, 3),
                "StorageResolution": 60,
            }
            for series, told in values.items()
        ]

    def _admits(self, series: Series, now: float) -> bool:
        if series not in self._heard_at and len(self._heard_at) >= self._most:
            self._heard_at = {each: at for each, at in self._heard_at.items() if now - at < SILENT_SECONDS}
            self._gauges = {each: value for each, value in self._gauges.items() if each in self._heard_at}
            if len(self._heard_at) >= self._most:
                return False
        self._heard_at[series] = now
        return True

    def _add(self, series: Series, sample: Sample) -> None:
        values = self._values.setdefault(series, _Values(sample.kind))
        value = sample.value * scale_of(sample.name, self._major)
        if sample.kind == "counter":
            values.value += value * sample.weight
        elif sample.kind == "gauge":
            values.value = value + (self._gauges.get(series, 0.0) if sample.relative else 0.0)
            self._gauges[series] = values.value
        else:
            values.count += sample.weight
            values.total += value * sample.weight
            values.least, values.most = min(values.least, value), max(values.most, value)


def _told(values: _Values) -> Datum:
    if values.count == 0:
        return {"Value": values.value}
    return {
        "StatisticValues": {
            "SampleCount": values.count,
            "Sum": values.total,
            "Minimum": values.least,
            "Maximum": values.most,
        }
    }
