"""Fixtures shared by the tests."""

import socket

import pytest
from small_s3 import SmallS3


@pytest.fixture
def unused_port():
    """Return a loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def small_s3():
    """Return an S3 of a few answers, over HTTP."""
    server = SmallS3()
    yield server
    server.close()
