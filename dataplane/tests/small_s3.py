"""The few answers of S3 an agent needs, over real HTTP: conditional GET, PUT, the service's own errors."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SmallS3:
    """Objects by path, on a loopback port of its own. `failures`: statuses of the next answers."""

    def __init__(self):
        self.objects = {}
        self.signed = []
        self.failures = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def handler_of(outer):  # noqa: C901 - one nested class, as http.server wants it
    """Return the request handler that answers from `outer`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
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

        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if outer.failures:
                return self.fail()
            outer.objects[self.path] = body
            return self.answer(200, b"", ETag='"put"')

        def fail(self):
            slow = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
            self.answer(outer.failures.pop(0), slow)

        def answer(self, status, body, **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
