"""`python -m hangar_airflow.start <airflow's arguments>`: the airflow command, with a calmer garbage collector.

Importing Airflow makes a million objects that live on; looking for garbage among them every 700 allocations costs a
fifth to a quarter of the start-up's processor time (api-server with its routes: 14.5 s without this, 11.8 s with it).
"""

import gc
import sys

gc.set_threshold(50_000, 20, 50)


def main() -> None:
    """Become the airflow command."""
    from airflow.__main__ import main as airflow  # noqa: PLC0415 - after the line above

    sys.argv[0] = "airflow"
    airflow()


if __name__ == "__main__":
    main()
