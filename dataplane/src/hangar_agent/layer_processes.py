"""Whether a process that wrote its number down is still the same one."""

from __future__ import annotations

import subprocess
from pathlib import Path

START_FIELD = 19  # of /proc/<pid>/stat, counted after the closing bracket of the command


def started(pid: int) -> str | None:
    """Return when a process was started, in the system's own terms; None when there is none. Numbers are used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if Path("/proc/self").exists() else _by_ps(pid)
    return stat.rsplit(")", 1)[1].split()[START_FIELD]


def _by_ps(pid: int) -> str | None:
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
    )
    return "".join(listed.stdout.split()).replace("-", "_") or None
