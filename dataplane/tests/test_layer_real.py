"""Layers on a real image: Airflow itself imports what was built. Needs one that is built (see find_image)."""

import io
import json
import os
import subprocess
import tarfile
import zipfile

import pytest
from layer_files import KEY, PREFIX, Builder, find_image, make_wheel, make_zip

pytestmark = [pytest.mark.process, pytest.mark.real]
SAMPLE = {
    "__init__.py": "",
    "my_airflow_plugin.py": """
from airflow.plugins_manager import AirflowPlugin
from hooks.my_airflow_hook import MyHook
from operators.my_airflow_operator import MyOperator
from sensors.my_airflow_sensor import MySensor
class PluginName(AirflowPlugin):
    name = "my_airflow_plugin"
    hooks = [MyHook]
    operators = [MyOperator]
    sensors = [MySensor]
""",
    "hooks/__init__.py": "",
    "hooks/my_airflow_hook.py": "from airflow.hooks.base import BaseHook\nclass MyHook(BaseHook):\n    pass\n",
    "operators/__init__.py": "",
    "operators/my_airflow_operator.py": (
        "from airflow.models import BaseOperator\nclass MyOperator(BaseOperator):\n    pass\n"
    ),
    "sensors/__init__.py": "",
    "sensors/my_airflow_sensor.py": (
        "from airflow.sensors.base import BaseSensorOperator\nclass MySensor(BaseSensorOperator):\n    pass\n"
    ),
}
INDEX = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_CERT"))}


@pytest.fixture(params=["3.3.1", "2.11.2"])
def builder(request, small_s3, tmp_path):
    image = find_image(request.param)
    if image is None:
        pytest.skip(
            f"no image of Airflow {request.param}: start a region and set HANGAR_TEST_IMAGES to its images folder"
        )
    pip = {"SSL_CERT_FILE": INDEX["PIP_CERT"]} if "PIP_CERT" in INDEX and "SSL_CERT_FILE" not in INDEX else {}
    return Builder(small_s3, tmp_path, image, request.param, **INDEX, **pip)


def in_airflow(builder, program, tmp_path):
    """Run a program in the image's Python as a component would on the layer that was built."""
    layer = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(builder.s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"])) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Pythons before 3.11.4 have none
        tar.extractall(layer)  # noqa: S202 - our own archive
    (tmp_path / "airflow-home").mkdir()
    environment = {
        "PATH": builder.environment["PATH"],
        "PYTHONPATH": f"{builder.environment['HANGAR_DATAPLANE']}:{layer}/plugins:{layer}/site",
        "AIRFLOW_HOME": str(tmp_path / "airflow-home"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": f"{layer}/plugins",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    command = [builder.environment["HANGAR_IMAGE_PYTHON"], *program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sample_plugin_is_seen_by_airflow_plugins(builder, tmp_path):
    result = builder.build(plugins=make_zip(SAMPLE))
    assert (result["state"], result["plugins"]) == ("ready", ["my_airflow_plugin"]), result
    listed = in_airflow(builder, ["-m", "airflow", "plugins", "-o", "json"], tmp_path)
    found = json.loads(listed[listed.index("[") :] if not listed.startswith("[") else listed)
    assert "my_airflow_plugin" in [plugin["name"] for plugin in found]


def test_a_wheel_in_plugins_zip_is_imported_beside_airflow(builder, tmp_path):
    text = "--no-index\n--find-links /usr/local/airflow/plugins\nacme-tools\n"
    result = builder.build(plugins=make_zip(dict([make_wheel("acme-tools", "1.2")])), requirements=text)
    assert result["packages"] == ["acme-tools==1.2"], result
    said = in_airflow(
        builder, ["-c", "import airflow, acme_tools; print(airflow.__version__, acme_tools.VERSION)"], tmp_path
    )
    assert said.split()[-2:] == [builder.version, "1.2"]


def test_moving_a_core_package_is_refused(builder):
    result = builder.build(requirements="celery==5.3.0\n")
    assert result["state"] == "failed"
    assert f"Airflow {builder.version} runs on celery==" in result["error"]["message"]


def test_a_provider_that_is_not_in_the_image_comes_from_the_index_under_the_constraints(builder, tmp_path):
    result = builder.build(requirements="apache-airflow-providers-slack\n")
    if result["error"] and result["error"]["transient"]:
        pytest.skip(f"needs the network: {result['error']['message']}")
    assert result["state"] == "ready", result
    constraints = (builder.environment["HANGAR_DATAPLANE"] + "/../images/constraints/airflow-{}.txt").format(
        builder.version
    )
    with open(constraints, encoding="utf-8") as file:  # noqa: PTH123
        pinned = {line.strip().lower().replace("_", "-") for line in file}
    assert {package.lower().replace("_", "-") for package in result["packages"]} <= pinned
    program = "from airflow.providers.slack.hooks.slack import SlackHook; import airflow; print(airflow.__version__)"
    assert in_airflow(builder, ["-c", program], tmp_path).split()[-1] == builder.version


def test_a_zip_as_other_tools_make_it_works(builder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        opened.mkdir("hooks")
        for name, text in SAMPLE.items():
            opened.writestr(name, text)
    assert builder.build(plugins=buffer.getvalue())["plugins"] == ["my_airflow_plugin"]
