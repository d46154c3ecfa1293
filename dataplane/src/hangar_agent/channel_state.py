"""Reads what the worker's channel says of itself, and says it for a worker process that is not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hangar_agent.drain import ChannelState

if TYPE_CHECKING:
    from pathlib import Path


def read_channel_state(poll_file: Path, pid: int | None, pause: str | None, now: float) -> ChannelState | None:
    """Return the state of the channel of the worker process `pid`, None when that process has not said anything yet.

    What an earlier process said died with it, and so did its tasks: its whole session was killed before its successor
    started. Where there is no process nothing is in flight, and the next one looks for a pause before its first poll.
    """
    if pid is None:
        return ChannelState(now, pause, outstanding=False, in_flight=0)
    try:
        said = json.loads(poll_file.read_bytes())
        at = poll_file.stat().st_mtime
    except FileNotFoundError:
        return None
    if said["pid"] != pid:
        return None
    return ChannelState(at, said["pause"], outstanding=said["outstanding"], in_flight=said["inFlight"])
