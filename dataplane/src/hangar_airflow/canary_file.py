"""What the canary is called, and how Airflow 2 finds it: it has one DAG folder, the user's; this puts a file beside it.

`list_py_file_paths` is where the dag-processor learns which files there are. What it does not return is removed from
the database, so the canary has to be among them. Tasks find the file by its absolute path, the same in every task.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

CANARY_DAG = "_hangar_canary"
"""As in the file itself, which imports nothing of ours."""
CANARY = Path(__file__).parent / "canary" / "hangar_canary.py"


def add_canary_file() -> None:
    """Have this process's dag-processor parse the canary too. Airflow 2 only; repeating it changes nothing."""
    from airflow.dag_processing import manager  # noqa: PLC0415

    listed = manager.list_py_file_paths
    if getattr(listed, "with_canary", False):
        return

    def with_canary(*arguments: Any, **options: Any) -> list[str]:
        return [str(CANARY), *listed(*arguments, **options)]

    with_canary.with_canary = True  # type: ignore[attr-defined]
    manager.list_py_file_paths = with_canary
