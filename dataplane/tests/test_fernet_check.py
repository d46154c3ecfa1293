"""A key opens what it was stored with, as `cryptography`, which Airflow uses, says itself."""

import pytest
from cryptography.fernet import Fernet, MultiFernet

from hangar_agent.fernet_check import UnusableKey, opens, signing_keys

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def stored(key, text=b"secret"):
    return Fernet(key).encrypt(text).decode()


def test_a_key_opens_what_was_stored_with_it_and_nothing_else():
    assert opens(signing_keys(NEW), stored(NEW))
    assert not opens(signing_keys(NEW), stored(OLD))


def test_of_several_keys_each_opens_its_own_as_in_airflow():
    both = f"{NEW},{OLD}"
    token = MultiFernet([Fernet(NEW), Fernet(OLD)]).encrypt(b"").decode()
    assert opens(signing_keys(both), token)
    assert opens(signing_keys(both), stored(OLD))


def test_what_was_cut_or_altered_does_not_open():
    token = stored(NEW, b"x" * 100)
    other = "A" if token[50] != "A" else "B"
    for broken in (token[:-4], token[:50] + other + token[51:], "", "plain text", "ümlaut", "gAAAAA=="):
        assert not opens(signing_keys(NEW), broken), broken


@pytest.mark.parametrize("key", ["", "short", "not base64 at all!", f"{NEW},", "A" * 44])
def test_what_airflow_could_not_use_is_no_key_and_the_complaint_does_not_repeat_it(key):
    with pytest.raises(UnusableKey) as complaint:
        signing_keys(key)
    assert not key or key not in str(complaint.value)
