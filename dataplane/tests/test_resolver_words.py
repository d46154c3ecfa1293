"""What uv says becomes a sentence for the person who wrote the file; nothing secret is in it."""

import pytest

from hangar_agent.layer_failure import Mask
from hangar_agent.resolver_words import explain

PINNED = {"celery": "5.6.3", "apache-airflow": "3.3.1"}
CONSTRAINED = {"pandas": "3.0.5"}
UNSOLVED = "error: No solution found when resolving dependencies\n  cause: "


def told(output, text=""):
    return explain(output, airflow_version="3.3.1", pinned=PINNED, constrained=CONSTRAINED, text=text)


@pytest.mark.parametrize("order", ["celery==5.3 and celery==5.6.3", "celery==5.6.3 and celery==5.3"])
def test_moving_a_core_package_is_refused_with_what_was_asked_and_what_stays(order):
    failed = told(f"{UNSOLVED}Because you require {order}, we can conclude that your requirements are unsatisfiable.\n")
    assert str(failed).startswith("requirements.txt asks for celery==5.3, but Airflow 3.3.1 runs on celery==5.6.3")
    assert not failed.transient


def test_a_constraint_is_named_as_what_it_is():
    said = str(told(f"{UNSOLVED}Because you require pandas<2 and pandas==3.0.5, we can conclude that x.\n"))
    assert "asks for pandas<2" in said
    assert "constraints of Airflow 3.3.1 allow only pandas==3.0.5" in said


def test_a_package_that_does_not_exist_is_said_so():
    output = (
        f"{UNSOLVED}Because nosuch was not found in the package registry and you require nosuch, we can conclude x.\n"
    )
    assert "There is no package nosuch" in str(told(output))


def test_any_other_conflict_keeps_the_resolvers_own_first_words_and_names_the_core_package():
    output = (
        f"{UNSOLVED}Because foo==1.0 depends on celery<5 and celery==5.6.3, we can conclude foo==1.0 cannot be used.\n"
        "         And because you require foo==1.0, we can conclude that your requirements are unsatisfiable.\n\n"
        "hint: something else\n"
    )
    said = str(told(output))
    assert "Because foo==1.0 depends on celery<5" in said
    assert "And because you require foo==1.0" in said
    assert "celery is one of the packages Airflow 3.3.1 runs on" in said
    assert "hint" not in said


def test_the_drawn_form_of_other_releases_of_uv_is_read_too():
    cross, arrow = "\u00d7", "\u2570\u2500\u25b6"
    output = (
        f"  {cross} No solution found when resolving dependencies:\n"
        f"  {arrow} Because foo was not found in the package registry and you require\n      foo, we can conclude x.\n"
    )
    assert "There is no package foo" in str(told(output))


@pytest.mark.parametrize(
    ("output", "said", "transient"),
    [
        (
            "error: Failed to fetch: x\n  cause: dns error: failed to lookup address",
            "No package index could be reached",
            True,
        ),
        ("error: Failed to download x\n  cause: tcp connect error", "No package index could be reached", True),
        ("error: failed to write\n  cause: No space left on device (os error 28)", "disk of the builder is full", True),
        ("error: Failed to fetch\n  cause: HTTP status client error (401 Unauthorized)", "refused access", True),
        ("error: Failed to fetch\n  cause: invalid peer certificate: UnknownIssuer", "not trusted", True),
        (
            "error: Failed to build `nvd3==1.0`\n  cause: Build backend failed",
            "nvd3==1.0 comes as source code only",
            False,
        ),
    ],
)
def test_other_trouble_is_told_apart_from_a_faulty_file(output, said, transient):
    failed = told(output)
    assert said in str(failed)
    assert failed.transient is transient


def test_a_position_in_the_file_is_told_as_the_line():
    text = "fine==1\nfoo==\n"
    said = f"Couldn't parse requirement in `/x/requirements.in` at position {text.index('foo')}"
    output = f"error: {said}\n  cause: Unexpected end\n"
    assert "in the line 'foo=='" in str(told(output, text))


@pytest.mark.parametrize(
    "text",
    [
        "https://user:pass word@host/simple",
        "https://user:sw0rdfish@host/simple",
        "git+https://sw0rdfish@host/x.git",
        "https://user:p@sw0rdfish@host/simple",
        "https://host/x.whl?X-Amz-Signature=sw0rdfish&a=1",
        "--find-links 'https://host/?token=sw0rdfish'",
        "my value is sw0rdfish!",
    ],
)
def test_logins_and_known_secrets_never_leave(text):
    assert "sw0rdfish" not in Mask({"sw0rdfish", "x"})(text)


def test_text_without_secrets_stays_as_it_is():
    text = "Because foo==1 depends on a@b and https://host/a?b=c"
    assert Mask({"x", ""})(text) == text
