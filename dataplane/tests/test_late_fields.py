"""Fields built late: the API server's routes are the same to the letter, and cost less to make."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
from small_airflow import PYTHONS, SOURCE

from hangar_airflow.late_fields import LateAdapter, remembered

ROUTES = Path(__file__).with_name("routes_of_airflow.py")
THREE = [python for python in PYTHONS if "airflow-3." in str(python)]


class Adapter:
    core_schema = "the schema"


class Field:
    """As FastAPI's, as far as its adapter goes."""

    def __init__(self):
        self.built = 0
        self._type_adapter = LateAdapter(self, Field.build)

    def build(self):
        self.built += 1
        self._type_adapter = Adapter()


def test_an_adapter_is_made_at_its_first_use_and_once():
    field = Field()
    late = field._type_adapter
    assert field.built == 0
    assert (late.core_schema, late.core_schema, field._type_adapter.core_schema) == ("the schema",) * 3
    assert field.built == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_field_copied_before_its_first_use_works_as_the_original_does(copied):
    field = Field()
    other = copied(field)
    assert other._type_adapter.core_schema == "the schema"
    assert field._type_adapter.core_schema == "the schema"


def test_an_attribute_that_an_adapter_lacks_is_missed_as_ever():
    with pytest.raises(AttributeError, match="nothing"):
        Field()._type_adapter.nothing  # noqa: B018


def test_signatures_are_read_once_each_and_those_of_callables_that_are_no_keys_each_time():
    class NoKey:
        __hash__ = None

    read = []
    answer = remembered(lambda call: read.append(call) or len(read))
    assert [answer(len), answer(len), answer(max)] == [1, 1, 2]
    odd = NoKey()
    assert [answer(odd), answer(odd)] == [3, 4]


@pytest.mark.process
@pytest.mark.real
@pytest.mark.parametrize("python", THREE or [None], ids=str)
def test_the_routes_of_a_real_api_server_are_the_same_to_the_letter(python, tmp_path):
    if python is None:
        pytest.skip("HANGAR_TEST_AIRFLOW names no Python with Airflow 3")
    late, plain = (routes(python, way, tmp_path / way) for way in ("late", "plain"))
    assert len(plain["api"]["paths"]) > 50
    assert all(version["paths"] for version in plain["execution"].values())
    assert late["api"] == plain["api"]
    assert late["execution"] == plain["execution"]
    assert late["adapters"] < plain["adapters"] / 2


def routes(python, way, folder):
    folder.mkdir()
    ended = subprocess.run(
        [python, ROUTES, way, folder],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])
