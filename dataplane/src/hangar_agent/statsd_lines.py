"""Reads StatsD as Airflow writes it, tags in InfluxDB's way: `airflow.ti.finish,dag_id=d,state=success:1|c|@0.5`.

What cannot be read is None: any process of the machine may send, so nothing here trusts what it reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["counter", "gauge", "timer"]
KINDS: dict[str, Kind] = {"c": "counter", "g": "gauge", "ms": "timer"}
MOST_NAME = 255
"""Characters of a name with its tags: of a dimension's name CloudWatch takes as many (API: Dimension)."""
MOST_VALUE = 2.0**360
"""CloudWatch's bound (API: MetricDatum)."""
LEAST_RATE = 0.001


@dataclass(frozen=True, slots=True)
class Sample:
    """One line."""

    name: str
    """Without the prefix."""
    tags: dict[str, str]
    kind: Kind
    value: float
    weight: float = 1.0
    """For how many of its like it stands: the reciprocal of the sampling rate."""
    relative: bool = False
    """Of a gauge: added to the last value instead of taking its place."""


def read_lines(packet: bytes, prefix: str) -> Iterator[Sample | None]:
    """Yield a sample for each line of a packet, None for one that is no StatsD or has another prefix."""
    try:
        text = packet.decode("ascii")
    except UnicodeDecodeError:
        yield None
        return
    for line in text.splitlines():
        if line:
            yield _read(line, f"{prefix}.")


def _read(line: str, prefix: str) -> Sample | None:
    head, colon, tail = line.rpartition(":")
    name, *pairs = head.split(",")
    fields = tail.split("|")
    if not colon or not name.startswith(prefix) or len(head) > MOST_NAME + len(prefix) or not head.isprintable():
        return None
    try:
        kind, value = KINDS[fields[1]], float(fields[0])
        rate = float(fields[2].removeprefix("@")) if len(fields) > 2 else 1.0  # noqa: PLR2004
    except (IndexError, KeyError, ValueError):
        return None
    tags = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    known = math.isfinite(value) and abs(value) <= MOST_VALUE and LEAST_RATE <= rate <= 1
    if not known or len(tags) != len(pairs) or not all(tags.values()):
        return None
    relative = kind == "gauge" and fields[0][0] in "+-"
    return Sample(name.removeprefix(prefix), tags, kind, value, 1 / rate, relative)
