"""What an import listed is told, so that a file that comes to such a folder has its users looked at again."""

import json
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
PROGRAM = """
import json, sys
from pathlib import Path
from hangar_airflow.check_import import OpenedFiles
root, told = Path(sys.argv[1]), []
sys.path.append(str(root))
watched = OpenedFiles(root, lambda what, path: told.append([what, path]))
watched.watch()
import dag_file
print(json.dumps(told))
"""


def test_folders_a_file_lists_are_told_once_and_the_import_systems_own_look_for_modules_is_not(tmp_path):
    for path in ("lib/__init__.py", "data/x.csv", "data/deep/y.csv", "sql/z.sql"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "dag_file.py").write_text(
        "import lib, glob, os\nfrom pathlib import Path\nfrom importlib.metadata import entry_points; entry_points()\n"
        "here = Path(__file__).parent\nglob.glob(f'{here}/data/**/*.csv', recursive=True)\n"
        "list((here / 'sql').iterdir())\nlist((here / 'sql').iterdir())\nos.listdir('/tmp')\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, tmp_path],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert sorted(path for what, path in told if what == "listed") == ["data", "data/deep", "sql"]
    assert {path for what, path in told if what == "opened"} == {"dag_file.py", "lib/__init__.py"}
