"""The few answers of S3 an agent needs, over real HTTP: conditional GET, PUT, the service's own errors."""

import hashlib

from small_http import SmallHandler, SmallServer


class SmallS3(SmallServer):
    """Objects by path, on a loopback port of its own. `failures`: statuses of the next answers."""

    def __init__(self):
        self.objects = {}
        self.signed = []
        self.failures = []
        super().__init__(handler_of(self))


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(SmallHandler):
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

    return Handler
