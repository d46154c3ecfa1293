"""Who may enter, and what they see: Airflow's simple auth manager with passwords on, and Hangar's own DAG hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails

CANARY_DAG = "_hangar_canary"


class HangarAuthManager(SimpleAuthManager):
    """SimpleAuthManager, for which the canary does not exist.

    Lists, counts and single reads all ask `is_authorized_dag`, so this one place hides it from everybody. The agent
    looks at the canary in the database and needs no user.
    """

    def is_authorized_dag(self, *, details: DagDetails | None = None, **arguments: Any) -> bool:
        """Refuse the canary, else decide by role."""
        if details is not None and details.id == CANARY_DAG:
            return False
        return super().is_authorized_dag(details=details, **arguments)
