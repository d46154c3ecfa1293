"""Failure mail of Airflow 3.3 and newer, sent by the `smtp.*` options where the user gave a mail server with them.

Airflow itself would send it through the connection `email.email_conn_id` alone. One that is there comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from collections.abc import Iterable


def send_email(to: str | Iterable[str], subject: str, html_content: str, **more: Any) -> None:
    """Send a mail, as `[email] email_backend` is called: with `conn_id` and `from_email` among the rest."""
    conn_id = more.pop("conn_id", None) or "smtp_default"
    if _is_there(conn_id):
        from airflow.providers.smtp.hooks.smtp import SmtpHook  # noqa: PLC0415

        with SmtpHook(smtp_conn_id=conn_id) as hook:
            hook.send_email_smtp(to=to, subject=subject, html_content=html_content, **more)
        return
    from airflow.utils.email import send_email_smtp  # noqa: PLC0415

    send_email_smtp(to, subject, html_content, conn_id=conn_id, **more)


def _is_there(conn_id: str) -> bool:
    try:
        BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return False
    return True
