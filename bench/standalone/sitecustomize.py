"""Keeps `airflow standalone` on loopback: its log servers listen on every interface and know no setting for it.

Read by Python at start from PYTHONPATH; changes nothing else of the peer.
"""

import socket

_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_bind = socket.socket.bind


def _bind_loopback(self, address):
    loopback = _LOOPBACK.get(self.family)
    if loopback is not None and address[0] in {"", "0.0.0.0", "::"}:
        address = (loopback, *address[1:])
    return _bind(self, address)


socket.socket.bind = _bind_loopback
