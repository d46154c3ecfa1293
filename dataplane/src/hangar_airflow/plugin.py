"""Hangar's Airflow plugin: how the door gets into the web server. `hangar_airflow.dist-info` makes Airflow find it.

An entry point on PYTHONPATH touches no plugins folder of the user's and cannot be overlaid by one. The auth manager
would be no place for it: in Airflow 3 its application lies below /auth only. Every process of Airflow loads plugins;
only a web server's has the key, and only there anything is imported.
"""

import os

from airflow.plugins_manager import AirflowPlugin


class HangarPlugin(AirflowPlugin):
    """Adds the door; nothing in other processes than web servers."""

    name = "hangar"

    if "HANGAR_SIGN_IN_PUBLIC_KEY" in os.environ:
        if os.environ["HANGAR_AIRFLOW_VERSION"].startswith("2."):
            from hangar_airflow.door_flask import door_blueprint  # noqa: PLC0415

            flask_blueprints = [door_blueprint()]
        else:
            from hangar_airflow.door_asgi import DoorMiddleware  # noqa: PLC0415

            fastapi_root_middlewares = [{"name": "Hangar's door", "middleware": DoorMiddleware}]
