"""A layer is built whole or refused with the file at fault; built with the real uv, offline, on an image in small."""

import hashlib
import json
import os
import subprocess
import sys
import time

import pytest
from layer_files import KEY, PREFIX, Builder, make_wheel, make_zip
from small_image import make_image

pytestmark = pytest.mark.process
OFFLINE = "--no-index\n--find-links /usr/local/airflow/plugins\n"
PLUGIN = """from airflow.plugins_manager import AirflowPlugin
from hooks.my_hook import HOOK
class My(AirflowPlugin):
    name = 'my'
"""
SAMPLE = {
    "__init__.py": "",
    "my_airflow_plugin.py": PLUGIN,
    "hooks/__init__.py": "",
    "hooks/my_hook.py": "HOOK = 1\n",
    "operators/__init__.py": "",
    "sensors/__init__.py": "",
}


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    return make_image(tmp_path_factory.mktemp("image"))


@pytest.fixture
def builder(small_s3, tmp_path, image):
    constraints = image.parent.parent / "constraints.txt"
    return Builder(
        small_s3,
        tmp_path,
        image,
        HANGAR_IMAGE_CONSTRAINTS=str(constraints),
        UV_CACHE_DIR=str(tmp_path / "cache"),
    )


def wheels(*made):
    return make_zip(dict(made))


def refused(builder, part, **files):
    result = builder.build(**files)
    assert (result["state"], result["error"]["part"], result["archive"]) == ("failed", part, None)
    assert not any(key.endswith("layer.tar") for key in builder.s3.objects)
    assert not (builder.folder / "task" / "layer-build").exists()
    return result["error"]["message"]


def test_wheels_in_plugins_zip_are_installed_without_any_index(builder):
    made = [make_wheel("acme-tools", "1.2", requires=["acme-base"]), make_wheel("acme-base", "0.1")]
    result = builder.build(plugins=wheels(*made), requirements=f"{OFFLINE}acme_tools\nrequests\n")
    assert result["state"] == "ready", result
    assert result["packages"] == ["acme-base==0.1", "acme-tools==1.2"]
    members = builder.archive()
    assert {"site/acme_tools.py", "site/acme_base.py", "requirements.txt", "layer.json"} <= set(members)
    assert json.loads(members["layer.json"])["packages"] == result["packages"]
    body = builder.s3.objects[f"{PREFIX}/{result['archive']['key']}"]
    assert result["archive"] == {
        "key": f"layers/{KEY}/layer.tar",
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_the_same_files_are_the_same_bytes_in_another_folder_at_another_time(builder, small_s3, tmp_path, image):
    entry = "[console_scripts]\nacme = acme_tools:VERSION\n"
    files = {
        "plugins": make_zip({**SAMPLE, **dict([make_wheel("acme-tools", entry_points=entry)])}),
        "requirements": f"{OFFLINE}acme-tools\n",
        "startup": "export A=1\n",
    }
    first = builder.build(**files)["archive"]
    forget(builder)
    other = Builder(small_s3, tmp_path / "elsewhere", image)
    other.environment = {**builder.environment, "HANGAR_TASK_FOLDER": str(tmp_path / "elsewhere" / "task")}
    assert other.build(**files)["archive"] == first
    script = other.archive()["site/bin/acme"]
    assert script.startswith(b"#!/usr/bin/env python3\n")
    assert str(tmp_path).encode() not in b"".join(other.archive().values())


def test_what_the_image_has_is_left_out_and_moved_only_when_asked(builder):
    newer = wheels(make_wheel("requests", "2.5"))
    text = f"{OFFLINE}requests\n"
    assert builder.build(plugins=newer, requirements=text)["packages"] == []
    forget(builder)
    moved = builder.build(plugins=newer, requirements=f"# -c nothing\n{OFFLINE}requests==2.5\n")
    assert moved["packages"] == ["requests==2.5"]


def test_airflow_and_core_packages_are_never_moved(builder):
    plugins = wheels(make_wheel("celery", "5.3"), make_wheel("wants-old-celery", requires=["celery<5.5"]))
    said = refused(builder, "requirements", plugins=plugins, requirements=f"#-c x\n{OFFLINE}celery==5.3\n")
    assert "asks for celery==5.3, but Airflow 3.3.1 runs on celery==5.6.3" in said
    said = refused(builder, "requirements", plugins=plugins, requirements=f"{OFFLINE}wants-old-celery\n")
    assert "celery<5.5" in said
    assert "stays at 5.6.3" in said
    wheel = "/usr/local/airflow/plugins/celery-5.3-py3-none-any.whl"
    said = refused(builder, "requirements", plugins=plugins, requirements=f"#-c x\n{OFFLINE}{wheel}\n")
    assert "celery" in said


def test_the_versions_constraints_hold_and_are_named(builder):
    plugins = wheels(make_wheel("pinned-thing", "1.0"), make_wheel("pinned-thing", "2.0"))
    said = refused(builder, "requirements", plugins=plugins, requirements=f"{OFFLINE}pinned-thing<2\n")
    assert "constraints of Airflow 3.3.1 allow only pinned-thing==2.0" in said
    result = builder.build(plugins=plugins, requirements=f"# --constraint none\n{OFFLINE}pinned-thing<2\n")
    assert result["packages"] == ["pinned-thing==1.0"]


def test_a_package_that_breaks_one_of_the_images_is_refused(builder):
    plugins = wheels(make_wheel("requests", "3.0"))
    said = refused(builder, "requirements", plugins=plugins, requirements=f"#-c x\n{OFFLINE}requests==3.0\n")
    assert "client-of-requests 1.0 of the image needs requests<3, and there would be 3.0" in said


def test_a_package_that_brings_its_own_airflow_is_refused(builder):
    evil = make_wheel("evil", files={"airflow/__init__.py": "__version__ = '1.0'\n"})
    said = refused(builder, "requirements", plugins=wheels(evil), requirements=f"{OFFLINE}evil\n")
    assert "site/airflow/__init__.py" in said


def test_a_plugin_named_like_a_module_of_python_is_refused_with_its_name(builder):
    assert "plugins/email.py" in refused(builder, "plugins", plugins=make_zip({"email.py": "x = 1\n"}))


def test_plugins_are_loaded_by_airflow_and_listed(builder):
    result = builder.build(plugins=make_zip(SAMPLE))
    assert (result["state"], result["plugins"]) == ("ready", ["my"])
    assert {f"plugins/{name}" for name in SAMPLE} <= set(builder.archive())


def test_a_plugin_that_cannot_be_imported_is_refused_with_its_file(builder):
    said = refused(builder, "plugins", plugins=make_zip({**SAMPLE, "other.py": "import no_such_module\n"}))
    assert "other.py: No module named 'no_such_module'" in said


@pytest.mark.parametrize("statement", ["import sys; sys.exit(3)", "import os; os._exit(0)", "raise SystemExit"])
def test_a_plugin_that_ends_python_is_refused(builder, statement):
    assert "could not load the plugins" in refused(builder, "plugins", plugins=make_zip({"bad.py": statement}))


def test_an_unsafe_archive_is_refused_with_the_members_name(builder):
    assert "'../x.py'" in refused(builder, "plugins", plugins=make_zip({"../x.py": ""}))


def test_a_startup_script_runs_first_and_its_exports_reach_the_installer(builder, tmp_path):
    folder = tmp_path / "own-index"
    folder.mkdir()
    name, body = make_wheel("acme-tools")
    (folder / name).write_bytes(body)
    startup = f"export PIP_FIND_LINKS={folder} PIP_NO_INDEX=1 MY_TOKEN=sw0rdfish AIRFLOW__CORE__EXECUTOR=x\n"
    result = builder.build(startup=startup, requirements="acme-tools\n")
    assert result["packages"] == ["acme-tools==1.0"]
    assert result["startupVariables"] == ["MY_TOKEN", "PIP_FIND_LINKS", "PIP_NO_INDEX"]
    assert ["AIRFLOW__CORE__EXECUTOR" in warning for warning in result["warnings"]] == [True]
    assert "sw0rdfish" not in json.dumps(result)
    assert builder.archive()["startup.sh"] == startup.encode()


def test_a_failing_startup_script_is_the_answer_and_its_secrets_are_not(builder):
    startup = "export DB_PASSWORD=sw0rdfish\necho $AWS_SECRET_ACCESS_KEY https://me:sw0rdfish@host\nexit 7\n"
    assert "exit code 7" in refused(builder, "startup", startup=startup)
    text = json.dumps(builder.result()) + builder.log
    assert "https://***@host" in text
    assert "sw0rdfish" not in text
    assert "wJalr" not in text


def test_logins_of_an_index_are_in_no_message(builder):
    startup = "export TOKEN=sw0rdfish UV_HTTP_RETRIES=0\n"
    text = "-i https://user:${TOKEN}@127.0.0.1:9/sw0rdfish/simple\n#-c x\nno-such-thing\n"
    said = refused(builder, "requirements", startup=startup, requirements=text)
    assert "No package index could be reached" in said
    assert builder.result()["error"]["transient"] is True
    assert "sw0rdfish" not in json.dumps(builder.result()) + builder.log


def test_a_finished_layer_is_answered_at_once_and_a_failed_one_tried_again(builder):
    builder.build(startup="export A=1\n")
    before = dict(builder.s3.objects)
    builder.environment["HANGAR_IMAGE_PYTHON"] = "/nowhere"  # would be needed to build anything
    assert builder.run() == 0
    assert builder.s3.objects == before
    del builder.environment["HANGAR_IMAGE_PYTHON"]
    forget(builder)
    assert refused(builder, "startup", startup="exit 1\n")
    builder.offer(startup="export A=2\n")
    assert builder.build(startup="export A=2\n")["state"] == "ready"


def forget(builder):
    for key in [key for key in builder.s3.objects if key.endswith(("result.json", "layer.tar"))]:
        del builder.s3.objects[key]


def test_what_cannot_be_tried_is_no_answer(builder):
    assert builder.run() == 1
    builder.offer(startup="true\n")
    blob = next(key for key in builder.s3.objects if "/blobs/" in key)
    builder.s3.objects[blob] = b"fals\n"
    assert builder.run() == 1
    assert not any(key.endswith("result.json") for key in builder.s3.objects)
    del builder.environment["HANGAR_LAYER_KEY"]
    assert builder.run() == 64


def test_a_builder_killed_in_the_middle_leaves_nothing_running_and_the_next_one_answers(builder):
    marker = builder.folder / "marker"
    builder.offer(startup=f"[ -e {marker} ] && exit 0; echo $$ >{marker}; sleep 600\n")
    (builder.folder / "home").mkdir()
    (builder.folder / "task").mkdir()
    task = subprocess.Popen(
        [sys.executable, "-P", "-m", "hangar_agent", "build-layer"],
        env=builder.environment,
        cwd=builder.folder / "task",
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: marker.exists() and marker.read_text().strip())
    script = int(marker.read_text())
    task.kill()
    task.wait()
    eventually(lambda: not alive(script))
    assert builder.run() == 0
    assert builder.result()["state"] == "ready"


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(check):
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
