"""STS's AssumeRole over real HTTP: keys for each request, or the service's own refusal."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

from small_http import SmallHandler, SmallServer


class SmallSts(SmallServer):
    """`asked`: the forms that came; `refuses`: the roles' owners have changed their minds."""

    def __init__(self):
        self.asked = []
        self.signed = []
        self.refuses = False
        self.expires_at = 4_000_000_000.0
        super().__init__(handler_of(self))


def handler_of(outer):
    """Return the request handler that answers from `outer`."""

    class Handler(SmallHandler):
        def do_POST(self):  # noqa: N802 - http.server's name
            form = {name: values[0] for name, values in parse_qs(self.read_body().decode()).items()}
            outer.asked.append(form)
            outer.signed.append(self.headers.get("Authorization", ""))
            if outer.refuses:
                said = "User: x is not authorized to perform: sts:AssumeRole &amp; more"
                return self.answer(
                    403,
                    f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{said}</Message></Error></ErrorResponse>".encode(),
                )
            ends = datetime.fromtimestamp(outer.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            keys = (
                f"<AccessKeyId>ASIA{len(outer.asked)}</AccessKeyId><SecretAccessKey>role/secret+{len(outer.asked)}"
                f"</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>{ends}</Expiration>"
            )
            return self.answer(200, f"<AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>".encode())

    return Handler
