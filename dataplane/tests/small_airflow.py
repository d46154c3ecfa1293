"""A real Airflow for tests: a Python that has it (HANGAR_TEST_AIRFLOW, several with `:`) and a migrated database."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
PYTHONS = [Path(each) for each in os.environ.get("HANGAR_TEST_AIRFLOW", "").split(":") if each]
START_SECONDS = 90


class SmallAirflow:
    """A checker of its own, over a database of its own."""

    def __init__(self, python, postgres, folder, name):
        self.folder = folder
        self._python = python
        with_database = postgres.connect()
        with_database.autocommit = True
        with_database.cursor().execute(f"create database {name}")
        with_database.close()
        self.environment = {
            "PATH": f"{python.parent}:/usr/bin:/bin",
            "PYTHONPATH": str(SOURCE),
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "2",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://postgres@127.0.0.1:{postgres.port}/{name}",
        }
        (folder / "airflow.cfg").touch()
        self.airflow("db", "migrate")
        self.version = self.airflow("version").split()[-1]
        self.socket = folder / "check"
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [python, "-m", "hangar_airflow.check_server", self.socket],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.socket.exists():
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert self.process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)

    def airflow(self, *arguments):
        command = [self._python, "-m", "airflow", *arguments]
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr[-2000:]
        return ended.stdout

    def ask(self, **fields):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(str(self.socket))
            connection.sendall(json.dumps({"seconds": 30, **fields}).encode() + b"\n")
            received = b""
            while not received.endswith(b"\n"):
                chunk = connection.recv(1 << 16)
                if not chunk:
                    return None
                received += chunk
        return json.loads(received)

    def close(self):
        self.process.kill()
        self.process.wait()
