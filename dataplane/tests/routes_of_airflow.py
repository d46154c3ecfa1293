"""Run in an Airflow image: prints its API server's routes, as OpenAPI, and the adapters made before the first request.

`python routes_of_airflow.py late|plain <folder>`; one JSON object on stdout, last line.
"""

import json
import os
import sys


def main(way: str, folder: str) -> None:
    """Make the application as the API server does, with the auth manager that asks no database."""
    os.environ |= {
        "AIRFLOW_HOME": folder,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "0123456789abcdef",
    }
    if way == "late":
        from hangar_airflow.late_fields import build_fields_late  # noqa: PLC0415

        build_fields_late()
    import pydantic.type_adapter  # noqa: PLC0415

    adapters = []
    make = pydantic.type_adapter.TypeAdapter._init_core_attrs

    def counted(adapter, *arguments, **named):
        adapters.append(1)
        return make(adapter, *arguments, **named)

    pydantic.type_adapter.TypeAdapter._init_core_attrs = counted
    from airflow.api_fastapi.app import create_app  # noqa: PLC0415

    app = create_app()
    made = len(adapters)
    from fastapi.openapi.utils import get_openapi  # noqa: PLC0415

    execution = next(route.app for route in app.routes if getattr(route, "path", "") == "/execution")
    execution._cadwyn_initialize()
    versions = {
        str(version): get_openapi(title="Execution API", version=str(version), routes=router.routes)
        for version, router in execution.router.versioned_routers.items()
    }
    sys.stdout.write(json.dumps({"adapters": made, "api": app.openapi(), "execution": versions}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
