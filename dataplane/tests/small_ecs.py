"""The task protection endpoint of ECS over real HTTP, with its refusals, and failures on request."""

import json

from small_http import SmallHandler, SmallServer


class SmallEcs(SmallServer):
    """One task's protection. `answers`: what to answer next instead of obeying, as (status, object)."""

    def __init__(self):
        self.asked = []
        self.answers = []
        super().__init__(handler_of(self))
        self.url += "/api/t1"

    @property
    def protected(self):
        """Tell what the last obeyed request wanted."""
        return bool(self.asked) and self.asked[-1]["ProtectionEnabled"]


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(SmallHandler):
        def do_PUT(self):  # noqa: N802 - http.server's name
            wanted = json.loads(self.read_body())
            if self.path != "/api/t1/task-protection/v1/state":
                return self.answer_json(404, {"error": "not here"})
            if outer.answers:
                return self.answer_json(*outer.answers.pop(0))
            outer.asked.append(wanted)
            return self.answer_json(200, {"protection": {"ProtectionEnabled": wanted["ProtectionEnabled"]}})

        def answer_json(self, status, fields):
            self.answer(status, json.dumps(fields).encode())

    return Handler
