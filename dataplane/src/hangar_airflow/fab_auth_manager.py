"""What people see in Airflow 2: all that FAB's roles allow, but not Hangar's own DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

from hangar_airflow.canary_file import CANARY_DAG

if TYPE_CHECKING:
    from airflow.auth.managers.models.resource_details import DagDetails


class HangarFabAuthManager(FabAuthManager):
    """FabAuthManager, for which the canary does not exist."""

    def is_authorized_dag(self, *, details: DagDetails | None = None, **arguments: Any) -> bool:
        """Refuse the canary, else decide by role."""
        if details is not None and details.id == CANARY_DAG:
            return False
        return super().is_authorized_dag(details=details, **arguments)

    def get_permitted_dag_ids(self, **arguments: Any) -> set[str]:
        """Return what lists and counts may show: they do not ask one by one."""
        return super().get_permitted_dag_ids(**arguments) - {CANARY_DAG}
