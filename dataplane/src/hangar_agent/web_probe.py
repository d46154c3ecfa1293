"""Asks the api-server of this task whether it is there, over loopback, past any proxy."""

from __future__ import annotations

import http.client

VERSION_SECONDS = 5
WARM_SECONDS = 60


class WebProbe:
    """The api-server as seen from its own task."""

    def __init__(self, port: int, airflow_major: int) -> None:
        self._port = port
        self._liveness = "/api/v2/version" if airflow_major >= 3 else "/health"  # noqa: PLR2004
        self._warming = "/execution/health" if airflow_major >= 3 else None  # noqa: PLR2004

    def alive(self) -> bool:
        """Tell whether it answers at all. Not the aggregate health: a dead scheduler is no fault of the web server."""
        return self._get(self._liveness, VERSION_SECONDS)

    def warm(self) -> bool:
        """Make the first call below /execution, which builds its routes: seconds of processor, once a process."""
        return self._warming is None or self._get(self._warming, WARM_SECONDS)

    def _get(self, path: str, timeout: float) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        else:
            return answer.status == http.client.OK
        finally:
            connection.close()
