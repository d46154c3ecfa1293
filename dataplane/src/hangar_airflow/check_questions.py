"""Variables and Connections that a DAG file asks for while it is imported, answered as the dag-processor answers them.

Airflow 3 lets no DAG code near the database: it asks the process above it. `Questions` takes that place in the child,
`answer` runs in the process above. Nothing is ever written. Airflow 2's DAG code asks the database itself, on a
connection that is read-only (check_server.py).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

MOST_BYTES = 8_000_000


class Questions:
    """What stands where Airflow 3 keeps its line to the process above: SUPERVISOR_COMMS."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line.makefile("rwb")

    def send(self, message: Any) -> Any:
        """Ask, and return the answer as Airflow's own type."""
        from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType  # noqa: PLC0415
        from airflow.sdk.execution_time import comms  # noqa: PLC0415

        kind = type(message).__name__
        if kind in {"MaskSecret", "PutVariable", "DeleteVariable"}:
            return None  # a check writes nothing; the file goes on as if it had
        answer = self._ask({"kind": kind, **message.model_dump(mode="json", exclude={"type"})})
        if kind == "GetVariable" and "value" in answer:
            return comms.VariableResult(key=message.key, value=answer["value"])
        if kind == "GetConnection" and "connection" in answer:
            return comms.ConnectionResult(**answer["connection"])
        if kind == "GetVariableKeys" and "keys" in answer:
            return comms.VariableKeysResult(keys=answer["keys"], total_entries=answer["total"])
        if "missing" in answer:
            missing = ErrorType.VARIABLE_NOT_FOUND if kind == "GetVariable" else ErrorType.CONNECTION_NOT_FOUND
            return comms.ErrorResponse(error=missing, detail={"message": answer["missing"]})
        detail = {"message": f"a check of a DAG release does not answer {kind}"}
        raise AirflowRuntimeError(comms.ErrorResponse(error=ErrorType.GENERIC_ERROR, detail=detail))

    async def asend(self, message: Any) -> Any:
        """Ask, for asynchronous code."""
        return self.send(message)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._line.write(json.dumps(question).encode() + b"\n")
        self._line.flush()
        return dict(json.loads(self._line.readline(MOST_BYTES) or b"{}"))


def ask_above(line: socket.socket) -> None:
    """Make this process one in which DAG files are imported (Airflow 3): no database, questions go up `line`."""
    from airflow.sdk.execution_time import supervisor, task_runner  # noqa: PLC0415

    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "client"
    supervisor.block_orm_access()
    task_runner.SUPERVISOR_COMMS = Questions(line)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one question, from Airflow's own secrets backends and database."""
    from airflow.exceptions import AirflowNotFoundException  # noqa: PLC0415
    from airflow.models.connection import Connection  # noqa: PLC0415
    from airflow.models.variable import Variable  # noqa: PLC0415

    kind = question["kind"]
    if kind == "GetVariable":
        value = Variable.get(question["key"], default_var=None)
        return {"missing": f"Variable {question['key']} not found"} if value is None else {"value": value}
    if kind == "GetConnection":
        try:
            found = Connection.get_connection_from_secrets(question["conn_id"])
        except AirflowNotFoundException:
            return {"missing": f"Connection {question['conn_id']} not found"}
        names = ("conn_id", "conn_type", "host", "schema", "login", "password", "port", "extra")
        return {"connection": {name: getattr(found, name) for name in names}}
    if kind == "GetVariableKeys":
        return _variable_keys(question)
    return {}


def _variable_keys(question: dict[str, Any]) -> dict[str, Any]:
    from airflow.models.variable import Variable  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    prefix, offset = question.get("prefix") or "", question.get("offset") or 0
    with create_session() as session:
        keys = sorted(key for (key,) in session.query(Variable.key).all() if key.startswith(prefix))
    return {"keys": keys[offset : offset + (question.get("limit") or 1000)], "total": len(keys)}
