"""Who may enter Airflow 3, and what they see: the roles of Airflow's simple auth manager, Hangar's own DAG hidden.

People enter by a Hangar token (door.py). There is no password form and no route of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

from hangar_airflow.canary_file import CANARY_DAG

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails

SIGN_IN = "aws_mwaa/aws-console-sso"


class HangarAuthManager(SimpleAuthManager):
    """SimpleAuthManager, for which the canary does not exist.

    Lists, counts and single reads all ask `is_authorized_dag`, so this one place hides it from everybody. The agent
    looks at the canary in the database and needs no user.
    """

    def init(self) -> None:
        """Make no passwords: nobody may use them."""
        BaseAuthManager.init(self)

    def get_fastapi_app(self) -> None:
        """Have no application below /auth: the password form and its routes do not exist."""

    def get_url_login(self, **_arguments: Any) -> str:
        """Return where someone without a session is led: a page that needs none and says how to sign in."""
        return f"{API_ROOT_PATH}{SIGN_IN}"

    def is_authorized_dag(self, *, details: DagDetails | None = None, **arguments: Any) -> bool:
        """Refuse the canary, else decide by role."""
        if details is not None and details.id == CANARY_DAG:
            return False
        return super().is_authorized_dag(details=details, **arguments)
