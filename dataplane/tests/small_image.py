"""An image in small: a virtual environment with packages of those names, made offline; Airflow's is a few lines."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

from layer_files import make_wheel

UV = Path(sys.executable).parent / "uv"
AIRFLOW = {
    "airflow/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    "import email\nfrom email import message\n__version__ = '3.3.1'\n",
    "airflow/plugins_manager.py": """
import importlib.util, os, pathlib
class AirflowPlugin:
    source = None
plugins, import_errors = [], {}
def ensure_plugins_loaded():
    folder = pathlib.Path(os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"])
    for file in sorted(folder.rglob("*.py")):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            import_errors[str(file)] = str(error)
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, AirflowPlugin) and each is not AirflowPlugin:
                if each.__module__ == file.stem:
                    each.source = f"$PLUGINS_FOLDER/{file.relative_to(folder)}"
                    plugins.append(each)
""",
}
CONSTRAINTS = """# https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt
celery==5.6.3
pinned-thing==2.0
requests==2.0
"""


def make_image(folder):
    """Return the bin folder of an image below `folder`, with its constraints beside it."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    (folder / "constraints.txt").write_text(CONSTRAINTS)
    packages = [
        make_wheel("apache-airflow", "3.3.1", files=AIRFLOW, requires=["celery>=5"]),
        make_wheel("celery", "5.6.3"),
        make_wheel("kombu", "5.6.2"),
        make_wheel("SQLAlchemy", "2.0", files={"sqlalchemy/__init__.py": ""}),
        make_wheel("flask", "3.0"),
        make_wheel("requests", "2.0"),
        make_wheel("client-of-requests", "1.0", requires=["requests<3"]),
        _packaging(),
    ]
    for name, body in packages:
        (wheels / name).write_bytes(body)
    image = folder / "image"
    subprocess.run(
        [UV, "venv", "--offline", "--no-config", "--python", sys.executable, image], check=True, capture_output=True
    )
    python = image / "bin" / "python"
    install = ["--no-index", "--no-deps", "--python", python, *wheels.iterdir()]
    subprocess.run([UV, "pip", "install", "--no-config", *install], check=True, capture_output=True)
    return image / "bin"


def _packaging():
    """Return the one real package an image needs, as it is installed here."""
    installed = importlib.metadata.distribution("packaging")
    files = {
        str(file): file.read_text() for file in installed.files if file.suffix == ".py" and file.parts[0] == "packaging"
    }
    return make_wheel("packaging", installed.version, files=files)
