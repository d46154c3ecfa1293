"""What the processes of this task use, from /proc: the agent's own tree, and what is left in its components' sessions.

Memory is PSS: what forks share is counted once, as the task's own limit would count it. RSS counts it for each.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROC = Path("/proc")
# In /proc/<pid>/stat, counted from the state, which follows the command (proc_pid_stat(5)).
PARENT, SESSION = 1, 3
TIMES = slice(11, 15)
"""Own time and that of children that were waited for, in user and in kernel mode: none is lost when a process ends."""
RESIDENT_PAGES = 21
KIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """At one moment."""

    at: float
    """Of a monotonic clock, in seconds."""
    cpu_seconds: float
    """Since the task began."""
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Process:
    """What one look at /proc tells of one process."""

    parent: int
    session: int
    ticks: int
    resident_bytes: int


def usage(at: float, root: int, leaders: Iterable[int], proc: Path = PROC) -> Usage | None:
    """Return what the tree of `root` and the sessions of `leaders` use; None where there is no /proc."""
    processes = _processes(proc)
    if root not in processes:
        return None
    own = members(processes, root, frozenset(leaders))
    ticks = sum(processes[pid].ticks for pid in own)
    memory = sum(_proportional(proc, pid, processes[pid].resident_bytes) for pid in own)
    return Usage(at, ticks / os.sysconf("SC_CLK_TCK"), memory)


def members(processes: Mapping[int, Process], root: int, leaders: frozenset[int]) -> set[int]:
    """Return the root, what descends from it, and what an ended parent left behind in a component's session."""
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    found: set[int] = set()
    waiting = [root, *(pid for pid, process in processes.items() if process.session in leaders)]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def _processes(proc: Path) -> dict[int, Process]:
    try:
        pids = [int(name) for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 - once a minute, for all
    except OSError:
        return {}
    found = {}
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):  # it ended meanwhile
            fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            ticks = sum(int(field) for field in fields[TIMES])
            resident = int(fields[RESIDENT_PAGES]) * os.sysconf("SC_PAGE_SIZE")
            found[pid] = Process(int(fields[PARENT]), int(fields[SESSION]), ticks, resident)
    return found


def _proportional(proc: Path, pid: int, resident_bytes: int) -> int:
    """Return a process's share of the memory it maps, or all it has resident where the kernel does not tell."""
    with suppress(OSError, IndexError, ValueError):
        for line in (proc / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KIB
    return resident_bytes
