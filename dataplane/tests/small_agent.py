"""A real agent process in a folder of its own.

The image's Python is a script that stands for Airflow: it starts a child of its own and waits. As a worker it says, as
the channel does, which pause it sees.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from task_definition import TASK_ENVIRONMENT

from hangar_agent.sessions import session_members

SOURCE = Path(__file__).resolve().parent.parent / "src"
BOUND_SECONDS = 20

COMPONENT = f"""#!{sys.executable}
import json, os, signal, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import os, time; os.setpgrp(); time.sleep(600)"])
with open(os.environ["HANGAR_TASK_FOLDER"] + "/started", "a") as file:
    file.write(f"{{os.getpid()}} {{' '.join(sys.argv[1:])}}\\n")
def stop(*_):
    child.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if Path(os.environ["HANGAR_TASK_FOLDER"], "broken").exists():
    child.kill()
    sys.exit(3)
def say():
    pause, poll = Path(os.environ["HANGAR_PAUSE_FILE"]), Path(os.environ["HANGAR_POLL_FILE"])
    seen = pause.read_text() if pause.exists() else None
    poll.with_suffix(".new").write_text(
        json.dumps({{"pid": os.getpid(), "pause": seen, "outstanding": False, "inFlight": 0}})
    )
    poll.with_suffix(".new").replace(poll)
while True:
    time.sleep(0.3)
    if "HANGAR_POLL_FILE" in os.environ:
        say()
"""


def eventually(check):
    deadline = time.monotonic() + BOUND_SECONDS
    while not (result := check()):
        assert time.monotonic() < deadline, f"not within {BOUND_SECONDS} s"
        time.sleep(0.02)
    return result


class Task:
    """One agent process in a folder of its own."""

    def __init__(self, role, folder, s3_url, database_port, **variables):
        self.folder = folder
        image_python = folder / "image-python"
        image_python.write_text(COMPONENT)
        image_python.chmod(0o755)
        environment = {
            **TASK_ENVIRONMENT,
            "PYTHONPATH": str(SOURCE),
            "AWS_ENDPOINT_URL": s3_url,
            "HANGAR_IMAGE_PYTHON": str(image_python),
            "HANGAR_DATABASE_PORT": str(database_port),
            "HANGAR_HOST_PORT_8080": str(database_port),
            "HANGAR_BROKER_HOST": f"127.0.0.1:{database_port}",
            "HANGAR_TASK_FOLDER": str(folder),
            **variables,
        }
        del environment["ECS_CONTAINER_METADATA_URI_V4"]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hangar_agent", "run", "--role", role],
                env=environment,
                cwd=folder,
                stderr=log,
                start_new_session=True,
            )

    def started(self):
        """Return (pid, arguments) of every component start so far."""
        record = self.folder / "started"
        lines = record.read_text().splitlines() if record.exists() else []
        return [(int(line.split()[0]), line.partition(" ")[2]) for line in lines]

    def survivors(self):
        return [member for pid, _ in self.started() for member in session_members(pid)]

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        eventually(lambda: not self.survivors())


def tasks_of(folder, s3_url, database_port):
    """Yield what starts tasks, and end them all. For a fixture."""
    tasks = []

    def make(role, **variables):
        tasks.append(Task(role, folder, s3_url, database_port, **variables))
        return tasks[-1]

    make.folder = folder
    yield make
    for task in reversed(tasks):  # of two in one folder the later one is alive
        task.end()


def report(small_s3, task):
    body = small_s3.objects.get(f"/hangar-control/environments/e7/reports/{task.folder.name}.json")
    return json.loads(body) if body else None


def control_says(small_s3, epoch, *drains, **more):
    fields = {"epoch": epoch, "environmentId": "e7", "release": None, "canary": None, "workersWanted": 1}
    document = json.dumps({**fields, "drains": drains, **more}).encode()
    small_s3.objects["/hangar-control/environments/e7/control.json"] = document
