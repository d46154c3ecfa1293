"""`python -m hangar_airflow.start <airflow's arguments>`: the airflow command, with a calmer garbage collector.

Importing Airflow makes a million objects that live on; looking for garbage among them every 700 allocations costs a
fifth to a quarter of the start-up's processor time (api-server with its routes: 14.5 s without this, 11.8 s with it).
"""

import gc
import os
import sys

gc.set_threshold(50_000, 20, 50)


def main() -> None:
    """Become the airflow command."""
    from airflow.__main__ import main as airflow  # noqa: PLC0415 - after the line above

    sys.argv[0] = "airflow"
    if sys.argv[1:2] == ["scheduler"]:
        # It hands tasks to the queue under a time-out that is a signal: struck in the middle of the first import, boto3
        # would stay half there, and from then on no task could be queued.
        import hangar_airflow.broker  # noqa: F401, PLC0415
    if sys.argv[1:2] == ["api-server"]:
        from hangar_airflow.late_fields import build_fields_late  # noqa: PLC0415

        build_fields_late()
    if sys.argv[1:2] == ["dag-processor"] and os.environ.get("HANGAR_AIRFLOW_VERSION", "").startswith("2."):
        from hangar_airflow.canary_file import add_canary_file  # noqa: PLC0415

        add_canary_file()
    if sys.argv[1:2] == ["dag-processor"] and "HANGAR_CHECK_SOCKET" in os.environ:
        from hangar_airflow.check_server import fork_checker  # noqa: PLC0415

        fork_checker(os.environ["HANGAR_CHECK_SOCKET"])
    if sys.argv[1:2] == ["dag-processor"] and not os.environ.get("HANGAR_AIRFLOW_VERSION", "").startswith("2."):
        from airflow.dag_processing.manager import DagFileProcessorManager  # noqa: PLC0415

        from hangar_airflow.bundle import ReleaseBundle  # noqa: PLC0415
        from hangar_airflow.changed_first import parse_changed_first  # noqa: PLC0415

        parse_changed_first(DagFileProcessorManager, ReleaseBundle)
    airflow()


if __name__ == "__main__":
    main()
