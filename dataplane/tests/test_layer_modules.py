"""Python finds in a layer what an installed package would give it: compiled modules, and what `.pth` files say."""

import subprocess

import pytest
from layer_files import KEY, PREFIX, Builder, make_wheel, make_zip
from small_image import make_image

from hangar_agent.archive_packing import unpack

pytestmark = pytest.mark.process
OFFLINE = "--no-index\n--find-links /usr/local/airflow/plugins\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return make_image(tmp_path_factory.mktemp("image"))


@pytest.fixture
def builder(small_s3, tmp_path, image):
    constraints = image.parent.parent / "constraints.txt"
    cache = str(tmp_path / "cache")
    return Builder(small_s3, tmp_path, image, HANGAR_IMAGE_CONSTRAINTS=str(constraints), UV_CACHE_DIR=cache)


def wheels(*made):
    return make_zip(dict(made))


def in_image(builder, image, program, tmp_path):
    """Run a program with the layer that was built, unpacked as a task unpacks it."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    archive = tmp_path / "layer.tar"
    archive.write_bytes(builder.s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"])
    unpack(archive, folder)
    environment = {"PYTHONPATH": f"{folder}/plugins:{folder}/site", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [image / "python", "-v", "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stdout, done.stderr


def test_modules_come_compiled_and_are_taken_as_they_are_by_the_images_python(builder, image, tmp_path):
    files = {"acme_more.py": "WORDS = {'a', 'b', 'c'}\ndef where(w): return w in {'x', 'y', 'z'}\n"}
    made = make_wheel("acme-tools", "1.2", files=files)
    result = builder.build(plugins=wheels(made), requirements=f"{OFFLINE}acme-tools\n")
    assert result["state"] == "ready", result
    compiled = [name for name in builder.archive() if name.endswith(".pyc")]
    assert len([name for name in compiled if "acme_more" in name]) == 1
    assert not any(str(tmp_path).encode() in builder.archive()[name] for name in compiled)
    program = "import acme_more; print(acme_more.where.__code__.co_filename)"
    folder, said, trace = in_image(builder, image, program, tmp_path)
    assert said.strip() == f"{folder}/site/acme_more.py"
    assert "acme_more.cpython" in trace
    assert "# wrote" not in trace


def test_a_module_that_does_not_compile_is_no_reason_to_refuse_a_package(builder):
    made = make_wheel("acme-tools", "1.2", files={"acme_template.py": "def {{ name }}():\n"})
    result = builder.build(plugins=wheels(made), requirements=f"{OFFLINE}acme-tools\n")
    assert result["state"] == "ready", result
    assert "site/acme_template.py" in builder.archive()


def test_path_files_of_packages_are_run_at_every_start_in_their_order(builder, image, tmp_path):
    files = {
        "a_first.pth": "acme_extra\nimport os; os.environ['ORDER'] = 'a'\n",
        "b_second.pth": "import os; os.environ['ORDER'] += 'b'\n",
        "acme_extra/far_module.py": "WHERE = 'far'\n",
    }
    made = make_wheel("acme-tools", "1.2", files=files)
    result = builder.build(plugins=wheels(made), requirements=f"{OFFLINE}acme-tools\n")
    assert (result["state"], result["warnings"]) == ("ready", []), result
    program = "import os, far_module; print(os.environ['ORDER'], far_module.WHERE)"
    assert in_image(builder, image, program, tmp_path)[1].split() == ["ab", "far"]


def test_a_path_file_beside_a_sitecustomize_of_a_package_is_told_as_not_run(builder):
    files = {"a.pth": "import os\n", "sitecustomize.py": "X = 1\n"}
    made = make_wheel("acme-tools", "1.2", files=files)
    result = builder.build(plugins=wheels(made), requirements=f"{OFFLINE}acme-tools\n")
    assert result["state"] == "ready", result
    assert any("a.pth is not run, because a package brings a sitecustomize" in each for each in result["warnings"])
    assert builder.archive()["site/sitecustomize.py"] == b"X = 1\n"
