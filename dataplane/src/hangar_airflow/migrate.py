"""`python -m hangar_airflow.migrate`: an `airflow db migrate` that may be cut short at any point and run again."""

import sys


def main() -> None:
    """Migrate, write the log templates, and fail unless the schema's head is the one this Airflow knows.

    A new database is made in several transactions. Airflow writes the log templates in the last one, and a migration
    that finds the tables stamped adds them to a session that it never commits (seen in 3.3.1: `_run_upgradedb` in
    airflow/utils/db.py). Without a template no task log of the environment can be read. Here the function has a session
    of its own; it writes nothing when the templates are there.

    `check_migrations` compares the head in the database with that of Airflow's own revisions, and those of its
    providers' tables in 3; it raises TimeoutError with both.
    """
    from hangar_airflow.start import main as airflow  # noqa: PLC0415 - only a process started for it imports Airflow

    sys.argv[1:] = ["db", "migrate"]
    airflow()
    from airflow.utils.db import check_migrations, synchronize_log_template  # noqa: PLC0415

    synchronize_log_template()
    check_migrations(0)


if __name__ == "__main__":
    main()
