"""A requirements.txt written for MWAA means here what it means there."""

import pytest

from hangar_agent.layer_failure import LayerFailed
from hangar_agent.requirements_file import read_requirements
from hangar_agent.requirements_pins import constraints_for

OWN = "# https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt\ncelery==5.6.3\nPandas==3.0.5\n"
INSTALLED = {"apache-airflow": "3.3.1", "Celery": "5.6.3", "requests": "2.34.2"}
OFFICIAL = "https://raw.githubusercontent.com/apache/airflow/constraints-{}/constraints-{}.txt"


def read(tmp_path, body, plugins=None, **variables):
    folder = tmp_path / "layer" / "plugins"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (plugins or {}).items():
        (folder / name).write_text(text)
    file = tmp_path / "requirements.txt"
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    return read_requirements(file, folder, variables)


def held(requirements, python="3.11"):
    return constraints_for(requirements, OWN, INSTALLED, "3.3.1", python)


def refused(tmp_path, body, **more):
    with pytest.raises(LayerFailed) as caught:
        read(tmp_path, body, **more)
    assert caught.value.part == "requirements"
    return str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "foo==1\nbar\n",
        "\ufefffoo==1\r\nbar\r\n",
        "foo==1\r\nbar # why\n\n#baz",
        "foo\\\n==1\nbar",
        "foo==1\nbar".encode("utf-16"),
    ],
)
def test_line_ends_marks_comments_and_continued_lines_do_not_matter(tmp_path, body):
    assert [line.replace(" ", "") for line in read(tmp_path, body).lines] == ["foo==1", "bar"]


def test_what_is_not_text_is_refused_with_the_line(tmp_path):
    assert "line 2" in refused(tmp_path, b"foo\nb\xff\n")
    assert "NUL" in refused(tmp_path, b"foo\0\n")
    assert "1 MB" in refused(tmp_path, b"#" * (1 << 20) + b"\n")


def test_mwaas_folders_mean_the_unpacked_plugins(tmp_path):
    text = (
        "--no-index\n--find-links /usr/local/airflow/plugins\n/usr/local/airflow/plugins/foo-1-py3-none-any.whl\n"
        "./plugins/bar-1-py3-none-any.whl\n-f file:///usr/local/airflow/plugins/wheels\n"
    )
    requirements = read(tmp_path, text)
    plugins = tmp_path / "layer" / "plugins"
    assert requirements.index_lines == [
        "--no-index",
        f"--find-links file://{plugins}",
        f"--find-links file://{plugins}/wheels",
    ]
    assert requirements.lines == [
        f"{plugins}/foo-1-py3-none-any.whl",
        f"{plugins.parent}/plugins/bar-1-py3-none-any.whl",
    ]


def test_files_within_the_file_are_read_from_the_plugins(tmp_path):
    plugins = {"more.txt": "foo\n-c own.txt\n", "own.txt": "pandas==2.0\ncelery==5.0\n"}
    requirements = read(
        tmp_path, "-r /usr/local/airflow/dags/more.txt\n--constraint '/usr/local/airflow/plugins/own.txt'", plugins
    )
    assert requirements.lines == ["foo"]
    constraints = held(requirements)
    assert "pandas==2.0" in constraints.lines
    assert not any("celery==5.0" in line for line in constraints.lines)
    assert any("celery stays at 5.6.3" in warning for warning in constraints.warnings)


def test_a_file_that_is_not_among_the_plugins_is_named_with_what_to_do(tmp_path):
    said = refused(tmp_path, "# x\n--constraint /usr/local/airflow/dags/own.txt\n")
    assert "requirements.txt line 2" in said
    assert "plugins.zip" in said


def test_a_file_that_names_itself_ends_in_words(tmp_path):
    assert "file within a file" in refused(tmp_path, "-r plugins/a.txt", plugins={"a.txt": "-r a.txt\n"})


def test_an_editable_install_is_refused(tmp_path):
    assert "-e" in refused(tmp_path, "-e ./plugins/thing\n")


def test_what_pip_reads_from_the_file_and_uv_from_its_command_line_goes_there(tmp_path):
    requirements = read(tmp_path, "--pre\n--trusted-host example.com\n--prefer-binary\n--use-feature=x\nfoo\n")
    assert requirements.options == ["--prerelease=allow", "--allow-insecure-host=example.com"]
    assert any("--use-feature" in warning for warning in requirements.warnings)


def test_hashes_of_the_file_are_kept_for_the_installation(tmp_path):
    requirements = read(tmp_path, "Foo.Bar==1 --hash=sha256:aa \\\n  --hash=sha256:bb\n")
    assert requirements.hashes == {"foo-bar": ["--hash=sha256:aa", "--hash=sha256:bb"]}


@pytest.mark.parametrize("text", ["foo\n", "foo-c\n", "# about constraints\nfoo\n"])
def test_without_a_constraint_of_its_own_the_versions_are_forced_on_a_file(tmp_path, text):
    constraints = held(read(tmp_path, text))
    assert {"pandas==3.0.5", "celery==5.6.3", "apache-airflow==3.3.1"} <= set(constraints.lines)


@pytest.mark.parametrize("text", ["#--constraint none\nfoo\n", "# -c x\nfoo\n"])
def test_a_constraint_in_a_comment_lifts_the_versions_and_never_the_essential_ones(tmp_path, text):
    constraints = held(read(tmp_path, text))
    assert sorted(constraints.lines) == ["apache-airflow==3.3.1", "celery==5.6.3"]
    assert constraints.warnings


@pytest.mark.parametrize(("minor", "python"), [("3.12", "3.11"), ("3.11", "3.11"), ("3.12", "3.12")])
def test_airflows_own_constraints_for_this_version_come_from_the_image(tmp_path, minor, python):
    constraints = held(read(tmp_path, f'--constraint "{OFFICIAL.format("3.3.1", minor)}"\nfoo\n'), python)
    assert constraints.addresses == []
    assert "pandas==3.0.5" in constraints.lines


def test_constraints_of_another_airflow_are_fetched_and_warned_about(tmp_path):
    address = OFFICIAL.format("2.9.0", "3.11")
    constraints = held(read(tmp_path, f"-c {address}\nfoo\n"))
    assert constraints.addresses == [address]
    assert any("2.9.0" in warning for warning in constraints.warnings)
    assert "celery==5.6.3" in constraints.lines
