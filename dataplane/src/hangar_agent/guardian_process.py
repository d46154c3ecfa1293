"""A tiny process beside the agent that outlives it for one purpose: no component may run without its agent.

Started as `python -I -S guardian_process.py` with a pipe as standard input. Reads `add <leader>` and `remove <leader>`;
when the pipe closes, which the kernel does for us at any death of the agent, SIGKILLs every session still on the list.
"""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib alone is a megabyte

from sessions import kill_session  # type: ignore[import-not-found]

for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(ignored, signal.SIG_IGN)
leaders: set[int] = set()
for line in sys.stdin:
    verb, leader = line.split()
    (leaders.add if verb == "add" else leaders.discard)(int(leader))
for leader in leaders:
    kill_session(leader)
os._exit(0)
