"""What the small servers of the tests have in common: an HTTP server on a loopback port of its own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SmallServer:
    """Listens, with handlers of the given class, from its making to its `close`."""

    def __init__(self, handler):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class SmallHandler(BaseHTTPRequestHandler):
    """Answers with bodies of a known length, and says nothing."""

    protocol_version = "HTTP/1.1"

    def read_body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
