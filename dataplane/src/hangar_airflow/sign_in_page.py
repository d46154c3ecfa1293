"""The page behind `/aws_mwaa/aws-console-sso`: it posts the token of its address's fragment, or says how to get one.

A fragment never reaches a server, so the token is in no log and no referrer; the script takes it out of the address
before anything else. Nothing is loaded from anywhere: the policy allows this very script and style, and own requests.
"""

from __future__ import annotations

import base64
import hashlib
import html

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem; padding: 0 1rem; color: #16191f }
h1 { font-size: 1.3rem } code { background: #f2f3f3; padding: .1rem .3rem }
@media (prefers-color-scheme: dark) { body { background: #0f1b2a; color: #d1d5db } code { background: #25344a } }
"""

_SCRIPT = """
const token = location.hash.slice(1);
const said = document.getElementById("said");
if (token) {
  history.replaceState(null, "", location.pathname);
  said.textContent = "Signing in…";
  fetch("login", { method: "POST", body: new URLSearchParams({ token }), credentials: "same-origin" })
    .then(async (answer) => {
      if (answer.ok) location.replace("../");
      else said.textContent = (await answer.json()).detail;
    })
    .catch(() => { said.textContent = "The web server did not answer. Sign in again with a new token."; });
}
"""


def sign_in_page(environment_name: str) -> bytes:
    """Return the page as HTML in UTF-8."""
    name = html.escape(environment_name)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in to {name}</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>
<body><h1>Apache Airflow environment {name}</h1>
<p id="said" role="status">You are not signed in, or your session of 12 hours is over.</p>
<p>To sign in, run <code>hangar open {name}</code>, or call CreateWebLoginToken for this environment and open
<code>/aws_mwaa/aws-console-sso?login=true#</code> followed by its WebToken. A token lives for 60 seconds.</p>
<noscript><p>Signing in by page needs JavaScript.</p></noscript>
<script>{_SCRIPT}</script></body></html>
""".encode()


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


SIGN_IN_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {_source(_SCRIPT)}; style-src {_source(_STYLE)}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
