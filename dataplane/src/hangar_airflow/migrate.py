"""`python -m hangar_airflow.migrate`: an `airflow db migrate` that may be cut short at any point and run again."""

import sys


def main() -> None:
    """Migrate, then write the log templates.

    A new database is made in several transactions. Airflow writes the log templates in the last one, and a migration
    that finds the tables stamped adds them to a session that it never commits (seen in 3.3.1: `_run_upgradedb` in
    airflow/utils/db.py). Without a template no task log of the environment can be read. Here the function has a session
    of its own; it writes nothing when the templates are there.
    """
    from hangar_airflow.start import main as airflow  # noqa: PLC0415 - only a process started for it imports Airflow

    sys.argv[1:] = ["db", "migrate"]
    airflow()
    from airflow.utils.db import synchronize_log_template  # noqa: PLC0415

    synchronize_log_template()


if __name__ == "__main__":
    main()
