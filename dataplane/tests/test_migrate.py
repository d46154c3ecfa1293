"""What runs in a migration's process, with a package in Airflow's place."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


def run_with(folder, airflow_main, check="print('head')"):
    for name, text in {
        "airflow/__init__.py": "",
        "airflow/__main__.py": airflow_main,
        "airflow/utils/__init__.py": "",
        "airflow/utils/db.py": (
            f"def synchronize_log_template(): print('log templates')\ndef check_migrations(timeout): {check}\n"
        ),
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{SOURCE}"}
    return subprocess.run(
        [sys.executable, "-m", "hangar_airflow.migrate"], env=environment, capture_output=True, text=True, check=False
    )


def test_a_migration_writes_the_log_templates_that_a_repeated_one_would_lose(tmp_path):
    done = run_with(tmp_path, "import sys\ndef main(): print(*sys.argv)\n")
    assert (done.returncode, done.stdout) == (0, "airflow db migrate\nlog templates\nhead\n")


def test_a_schema_whose_head_is_not_this_airflows_fails_the_migration(tmp_path):
    done = run_with(tmp_path, "def main(): pass\n", "raise TimeoutError('Head(s) in DB: a')")
    assert done.returncode == 1
    assert "Head(s) in DB: a" in done.stderr


def test_a_migration_that_fails_keeps_its_exit_code_and_writes_nothing_after_it(tmp_path):
    done = run_with(tmp_path, "import sys\ndef main(): sys.exit(3)\n")
    assert (done.returncode, done.stdout) == (3, "")
