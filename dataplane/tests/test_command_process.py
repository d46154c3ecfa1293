"""A bridged command outlives neither its time nor the web server that asked for it, with nobody there to end it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

SOURCE = Path(__file__).resolve().parents[1] / "src"
AIRFLOW = "import sys, time\ndef main():\n    print(sys.argv, flush=True)\n    time.sleep(float(sys.argv[1]))\n"


@pytest.mark.parametrize(
    ("parent", "limit", "sleeps", "ends_with"),
    [
        (os.getpid(), "60", "0", 0),
        (os.getpid(), "0.2", "60", -signal.SIGKILL),
        (2**22, "60", "60", -signal.SIGKILL),  # a process that is not its parent (any more)
    ],
)
def test_it_ends_with_its_work_its_time_or_its_web_server(tmp_path, parent, limit, sleeps, ends_with):
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "__init__.py").touch()
    (tmp_path / "airflow" / "__main__.py").write_text(AIRFLOW)
    ended = subprocess.run(
        [sys.executable, "-m", "hangar_airflow.command_process", str(parent), limit, sleeps],
        env={"PYTHONPATH": f"{tmp_path}:{SOURCE}"},
        capture_output=True,
        process_group=0,
        timeout=30,
        check=False,
    )
    assert ended.returncode == ends_with
    if ends_with == 0:
        assert ended.stdout.decode().strip() == str(["airflow", sleeps])
