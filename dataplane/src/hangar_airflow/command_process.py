"""`python -m hangar_airflow.command_process <parent's pid> <seconds> <airflow's arguments>`: one bridged command.

The process leads a group of its own and ends it at the time limit, or when the web server that asked has died: what
the bridge does from outside is the first line, this is the second, for which nobody else has to be alive.
"""

import os
import signal
import sys
import threading
import time

LOOK_SECONDS = 0.5


def main() -> None:
    """Become the airflow command, watched by a thread."""
    parent, seconds = int(sys.argv[1]), float(sys.argv[2])
    threading.Thread(target=_watch, args=(parent, time.monotonic() + seconds), daemon=True).start()
    del sys.argv[1:3]
    from hangar_airflow.start import main as airflow  # noqa: PLC0415 - the watch comes first

    airflow()


def _watch(parent: int, deadline: float) -> None:
    while time.monotonic() < deadline and os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
