"""The keys of the keys: the newest wraps, the older ones open, and what cannot be opened says why."""

from pathlib import Path

import pytest

from dialer.machine import Paths, keep_secrets
from recordings.errors import KeyMissingError
from recordings.keys import Keyring, Wrapped, keyring_of

OLD, NEW = "A" * 43, "B" * 42 + "A"


def test_after_a_rotation_the_new_key_wraps_and_the_old_one_opens() -> None:
    kept = {"9": OLD}
    keys = Keyring(lambda: kept)
    before = keys.make()
    own = keys.unwrap(before)
    kept["10"] = NEW
    assert (before.key_id, keys.make().key_id) == ("9", "10")
    assert keys.unwrap(before) == own and len(own) == 32


def test_a_key_added_by_another_process_is_found() -> None:
    kept = {"1": OLD}
    reader = Keyring(lambda: kept)
    reader.make()
    kept["2"] = NEW
    made = Keyring(lambda: kept).make()
    assert made.key_id == "2" and len(reader.unwrap(made)) == 32


@pytest.mark.parametrize(
    ("keys", "why"), [({}, "does not hold the key '1'"), ({"1": NEW}, "another than"), ({"1": "?"}, "32 bytes")]
)
def test_a_missing_or_wrong_key_is_said(keys: dict[str, str], why: str) -> None:
    made = Keyring(lambda: {"1": OLD}).make()
    with pytest.raises(KeyMissingError, match=why):
        Keyring(lambda: keys).unwrap(made)


def test_a_destroyed_key_opens_nothing() -> None:
    with pytest.raises(KeyMissingError, match="destroyed"):
        Keyring(lambda: {"1": OLD}).unwrap(Wrapped("1", None))


def test_the_installations_keys_are_those_of_its_secrets(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    with pytest.raises(KeyMissingError, match="no key for recordings"):
        keyring_of(paths).make()
    keep_secrets(paths)
    made = keyring_of(paths).make()
    assert made.key_id == "1" and len(keyring_of(paths).unwrap(made)) == 32
