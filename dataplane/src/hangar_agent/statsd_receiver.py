"""Hears Airflow's StatsD on a loopback port of this task's own: bounded packets, nothing kept but what `hear` keeps.

UDP: nobody who sends ever waits. What comes faster than it is fetched the kernel drops.
"""

from __future__ import annotations

import select
import socket
import time
from typing import TYPE_CHECKING

from hangar_agent.airflow_statsd import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 1500
"""Of a packet; Airflow's client sends one metric in each."""
MOST_PACKETS = 1000
"""Fetched at a time, so that a flood does not keep the thread from ending."""
BUFFER_BYTES = 1 << 20
"""Asked of the kernel for what has not been fetched; its own limit is often a fifth, which holds 250 short packets."""
LISTEN_SECONDS = 5.0
GATHER_SECONDS = 0.1
"""Packets come in bursts: one wake-up for all of a burst costs a tenth of one for each."""


def open_receiver(log: Callable[[str], None]) -> StatsdReceiver | None:
    """Return a receiver; None, and a line of log, where there is no port: Airflow then tells nothing, and runs."""
    try:
        return StatsdReceiver()
    except OSError as error:
        log(f"metrics: Airflow's are not forwarded, there is no loopback port for them: {error}")
        return None


class StatsdReceiver:
    """Holds the socket from the beginning, so that components can be told its port. `step` belongs to one thread."""

    def __init__(self) -> None:
        """Take a port. Raises OSError where there is none to have."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self.too_long = 0
        """Packets that were longer than MOST_BYTES, dropped so far."""

    def step(self, hear: Callable[[bytes, float], None], listen_seconds: float = LISTEN_SECONDS) -> float:
        """Wait for a packet, hand over all there are; return how long to gather the next ones."""
        if not select.select([self._socket], [], [], listen_seconds)[0]:
            return 0.0
        for _ in range(MOST_PACKETS):
            try:
                packet = self._socket.recv(MOST_BYTES + 1)
            except BlockingIOError:
                break
            if len(packet) > MOST_BYTES:
                self.too_long += 1
            else:
                hear(packet, time.time())
        return GATHER_SECONDS

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
