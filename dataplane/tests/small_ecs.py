"""The task protection endpoint of ECS over real HTTP, with its refusals, and failures on request."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SmallEcs:
    """One task's protection. `answers`: what to answer next instead of obeying, as (status, object)."""

    def __init__(self):
        self.asked = []
        self.answers = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/t1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def protected(self):
        """Tell what the last obeyed request wanted."""
        return bool(self.asked) and self.asked[-1]["ProtectionEnabled"]

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/api/t1/task-protection/v1/state":
                return self.answer(404, {"error": "not here"})
            if outer.answers:
                return self.answer(*outer.answers.pop(0))
            outer.asked.append(wanted)
            return self.answer(200, {"protection": {"ProtectionEnabled": wanted["ProtectionEnabled"]}})

        def answer(self, status, fields):
            body = json.dumps(fields).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
