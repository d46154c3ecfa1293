"""The few answers of S3 an agent needs, over real HTTP: conditional GET, PUT, the service's own errors."""

import hashlib

from small_http import SmallHandler, SmallServer


class SmallS3(SmallServer):
    """Objects by path, on a loopback port of its own. `failures`: statuses of the next answers.

    `closing`: connections are closed after an answer, without a word of it beforehand.
    """

    def __init__(self):
        self.objects = {}
        self.signed = []
        self.failures = []
        self.connections = 0
        self.closing = False
        super().__init__(handler_of(self))


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(SmallHandler):
        def setup(self):
            super().setup()
            outer.connections += 1

        def do_GET(self):  # noqa: N802 - http.server's name
            outer.signed.append(self.headers.get("Authorization", ""))
            if outer.failures:
                return self.fail()
            body = outer.objects.get(self.path)
            if body is None:
                return self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>no key</Message></Error>")
            tag = '"' + hashlib.md5(body, usedforsecurity=False).hexdigest() + '"'
            if self.headers.get("If-None-Match") == tag:
                return self.answer(304, b"", ETag=tag)
            return self.answer(200, body, ETag=tag)

        def do_PUT(self):  # noqa: N802 - http.server's name
            body = self.read_body()
            if outer.failures:
                return self.fail()
            outer.objects[self.path] = body
            return self.answer(200, b"", ETag='"put"')

        def fail(self):
            slow = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
            self.answer(outer.failures.pop(0), slow)

        def answer(self, status, body, **headers):
            super().answer(status, body, **headers)
            self.close_connection = self.close_connection or outer.closing

    return Handler
