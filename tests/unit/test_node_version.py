"""Which Asterisk is good enough."""

import pytest

from ari_bridge.node.version import Version, is_good, parse_version


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", Version(22, 10, 1)),
        ("Asterisk 22.10.1~dfsg+~cs6.16.60671434-1", Version(22, 10, 1)),
        ("Asterisk 23.1", Version(23, 1, 0)),
        ("Asterisk certified/20.7-cert4", Version(20, 7, 0)),
        ("Asterisk 22.11.0-rc1", None),
        ("Asterisk GIT-master-abc", None),
        ("", None),
    ],
)
def test_parse(said: str, version: Version | None) -> None:
    assert parse_version(said) == version


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("22.10.1", True),
        ("22.10.0", False),
        ("22.9.9", False),
        ("20.18.2", False),
        ("22.11.0", True),
        ("23.0.0", True),
    ],
)
def test_only_the_patched_ones_are_good(said: str, good: bool) -> None:
    assert is_good(parse_version(f"Asterisk {said}")) is good


def test_nothing_is_not_good() -> None:
    assert not is_good(None)
