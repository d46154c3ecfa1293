"""Package indexes that only pip was told of are used."""

from hangar_agent.resolver_index import index_variables


def asked(tmp_path, exports=None, machine=None, pip_conf=None):
    if pip_conf:
        (tmp_path / ".config/pip").mkdir(parents=True)
        (tmp_path / ".config/pip/pip.conf").write_text(pip_conf)
    return index_variables(machine or {}, exports or {}, tmp_path, tmp_path / "plugins")


def test_the_machines_own_settings_apply_unless_the_script_says_another(tmp_path):
    machine = {"UV_DEFAULT_INDEX": "https://mirror.example/simple", "UV_CACHE_DIR": "/cache"}
    assert asked(tmp_path, machine=machine) == machine
    assert asked(tmp_path, machine={"PIP_INDEX_URL": "https://m", "PIP_NO_INPUT": "1"}) == {
        "UV_DEFAULT_INDEX": "https://m"
    }
    told = asked(tmp_path, {"PIP_INDEX_URL": "https://own.example/simple"}, machine)
    assert told == {"UV_DEFAULT_INDEX": "https://own.example/simple", "UV_CACHE_DIR": "/cache"}


def test_pips_variables_and_files_reach_uv(tmp_path):
    told = asked(
        tmp_path,
        {"PIP_FIND_LINKS": "/usr/local/airflow/plugins/wheels", "PIP_NO_INDEX": "0", "UV_HTTP_TIMEOUT": "5"},
        pip_conf="[global]\nindex-url = https://a.example/simple\n[install]\nextra-index-url =\n  https://b\n  https://c\n",
    )
    assert told == {
        "UV_FIND_LINKS": f"{tmp_path}/plugins/wheels",
        "UV_HTTP_TIMEOUT": "5",
        "UV_DEFAULT_INDEX": "https://a.example/simple",
        "UV_INDEX": "https://b https://c",
    }


def test_what_uv_itself_was_told_goes_before_what_pip_was(tmp_path):
    told = asked(tmp_path, {"UV_INDEX_URL": "https://uv", "PIP_INDEX_URL": "https://pip"})
    assert told == {"UV_INDEX_URL": "https://uv"}


def test_a_machine_without_settings_and_a_broken_file_are_no_trouble(tmp_path):
    assert asked(tmp_path) == {}
    assert asked(tmp_path, pip_conf="[global\nbroken") == {}
