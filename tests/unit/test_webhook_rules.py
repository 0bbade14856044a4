"""Where an alarm may be sent, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from recordings.webhook_rules import BadTarget, State, Target, body_of, choose, next_try, signature_of, target_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/x",
        "http://a.example/x",
        "http://10.0.0.1/",
        "https://",
        "https://user:pw@a.example/",
        "https://a.example:99999/",
        "https://[::1",
        "https://a.example/\r\nX: y",
    ],
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    bad = target_of(url)
    assert isinstance(bad, BadTarget) and bad.why.endswith("TIANZHOU_ALARM_WEBHOOK.")


def resolved(url: str, *addresses: str, private: bool = False) -> str | BadTarget:
    target = target_of(url)
    assert isinstance(target, Target)
    return choose(target, addresses, private)


def test_what_a_name_resolves_to_decides_all_of_it() -> None:
    https = "https://alarm.example/hook"
    assert resolved(https, "93.184.216.34") == "93.184.216.34"
    for address in (
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
    ):
        for private in (False, True):
            assert isinstance(resolved(https, "93.184.216.34", address, private=private), BadTarget), address
    for address in ("10.0.0.7", "192.168.1.9", "172.16.0.1", "fd00::1", "100.64.0.1"):
        assert isinstance(resolved(https, address), BadTarget), address
        assert resolved(https, address, private=True) == address
    assert resolved("http://127.0.0.1:9/x", "127.0.0.1") == "127.0.0.1"
    assert isinstance(resolved(https), BadTarget)


def test_ports_are_what_the_scheme_says() -> None:
    found = [target_of(url) for url in ("https://a.b/", "http://localhost/", "https://a.b:8443/")]
    assert [target.port for target in found if isinstance(target, Target)] == [443, 80, 8443]


def test_the_signature_covers_the_time_and_the_body() -> None:
    body = body_of("d", State.OPENED, {"kind": "silent", "detail": "录音"}, {"people": []})
    made = signature_of("secret", 1, body)
    assert (
        len({made, signature_of("secret", 2, body), signature_of("other", 1, body), signature_of("secret", 1, b"")})
        == 4
    )
    assert "录音".encode() in body and b'"event":"incident.opened"' in body


def test_a_receiver_that_is_away_is_asked_ever_more_slowly() -> None:
    waits = [(next_try(tries, NOW) - NOW) for tries in (1, 2, 3, 9, 1000)]
    assert waits == [timedelta(seconds=s) for s in (2, 4, 8, 300, 300)]
