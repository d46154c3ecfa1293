"""An AWS service that speaks JSON 1.0, over real HTTP: it notes what it is asked and says what it is told to say."""

import json

from small_http import SmallHandler, SmallServer


class SmallAws(SmallServer):
    """`asked`: (operation, object) in order. `answers`: operation to (status, object); `{}` otherwise.

    A list of them is taken in turn, its last one for ever. None in their place ends the connection without an answer.
    """

    def __init__(self):
        self.asked = []
        self.signed = []
        self.answers = {}
        super().__init__(handler_of(self))

    def puts(self, namespace):
        """Return the data of every PutMetricData of a namespace, by name."""
        put = [fields for operation, fields in self.asked if operation == "PutMetricData"]
        return [
            {each["MetricName"]: each["Value"] for each in fields["MetricData"]}
            for fields in put
            if fields["Namespace"] == namespace
        ]


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(SmallHandler):
        def do_POST(self):  # noqa: N802 - http.server's name
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            outer.asked.append((operation, json.loads(self.read_body())))
            outer.signed.append(self.headers["Authorization"])
            told = outer.answers.get(operation, (200, {}))
            if isinstance(told, list):
                told = told.pop(0) if len(told) > 1 else told[0]
            if told is None:
                self.close_connection = True
                return
            status, fields = told
            self.answer(status, json.dumps(fields).encode() if fields else b"")

    return Handler
