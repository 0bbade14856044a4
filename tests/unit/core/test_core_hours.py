"""The calling window: midnight, the last minutes, and clocks that jump."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.compliance import RefusalReason, window_gate
from dialer.core.hours import Window
from tests.unit.core.build import NOW, make_rules

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
clocks = st.times().map(lambda moment: moment.replace(microsecond=0))
moments = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, fold=fold, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc,arg-type]


def verdict(zone: str, opens: time, closes: time, margin_s: int, now: datetime) -> RefusalReason | None:
    rules = make_rules(zone=zone, opens_at=opens, closes_at=closes, closing_margin_s=margin_s)
    refusal = window_gate(rules, now)
    return refusal.reason if refusal else None


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        (time(8, 59, 59), RefusalReason.OUTSIDE_HOURS),
        (time(9), None),
        (time(20, 54, 59), None),
        (time(20, 55), RefusalReason.CLOSING_SOON),
        (time(20, 59, 59), RefusalReason.CLOSING_SOON),
        (time(21), RefusalReason.OUTSIDE_HOURS),
    ],
)
def test_the_last_five_minutes_are_not_for_new_calls(clock: time, reason: RefusalReason | None) -> None:
    now = local(SHANGHAI, 2026, 11, 24, clock.hour, clock.minute, clock.second)
    assert verdict(SHANGHAI, time(9), time(21), 300, now) is reason


def test_what_is_refused_is_looked_at_again_when_the_window_opens() -> None:
    rules = make_rules(closes_at=time(21), closing_margin_s=300)
    for at, opening in ((20, 25), (22, 25), (3, 24)):
        refusal = window_gate(rules, local(SHANGHAI, 2026, 11, 24, at, 57))
        assert refusal is not None and refusal.again_at == local(SHANGHAI, 2026, 11, opening, 9)


def test_a_window_up_to_midnight_closes_before_midnight_and_opens_after_it() -> None:
    open_all_day = (time(0), time(23, 59, 59))
    before, after = local(SHANGHAI, 2026, 11, 24, 23, 57), local(SHANGHAI, 2026, 11, 25, 0)
    assert verdict(SHANGHAI, *open_all_day, 300, before) is RefusalReason.CLOSING_SOON
    assert verdict(SHANGHAI, *open_all_day, 0, before) is None
    assert verdict(SHANGHAI, *open_all_day, 300, after) is None
    assert Window(SHANGHAI, *open_all_day).next_opening(before) == after


def test_a_window_that_never_opens_is_asked_again_tomorrow() -> None:
    assert Window(SHANGHAI, time(9), time(9)).next_opening(NOW) == NOW + timedelta(days=1)


def test_when_the_clock_springs_forward_nobody_is_called_past_the_closing() -> None:
    """On 2026-03-29 the clock in Berlin goes from 02:00 to 03:00: 02:30 never comes."""
    night = Window(BERLIN, time(0), time(2, 30))
    transition = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert night.closing(transition - timedelta(minutes=31)) <= transition
    assert not night.is_open(transition)
    late = Window(BERLIN, time(2, 30), time(12))
    assert late.next_opening(transition - timedelta(hours=1)) == local(BERLIN, 2026, 3, 29, 3, 30)


def test_when_the_clock_falls_back_the_first_closing_counts() -> None:
    """On 2026-10-25 02:30 comes twice in Berlin, an hour apart."""
    first, second = (local(BERLIN, 2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    early = (time(1), time(2, 30))
    assert verdict(BERLIN, *early, 300, first - timedelta(minutes=6)) is None
    assert verdict(BERLIN, *early, 300, first - timedelta(minutes=4)) is RefusalReason.CLOSING_SOON
    assert verdict(BERLIN, *early, 0, second - timedelta(minutes=10)) is RefusalReason.CLOSING_SOON
    assert Window(BERLIN, time(2, 30), time(12)).next_opening(first - timedelta(hours=1)) == first


@given(moments, clocks, clocks, st.integers(0, 3600), st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]))
def test_a_call_that_may_be_made_rings_before_the_closing(
    now: datetime, opens: time, closes: time, margin_s: int, zone: str
) -> None:
    window = Window(zone, opens, closes)
    if verdict(zone, opens, closes, margin_s, now) is None:
        for seconds in (0, margin_s // 2, margin_s):
            then = now + timedelta(seconds=seconds)
            assert then < window.closing(now)
            assert window.local(then).time() < closes


@given(moments, clocks, clocks, st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]))
def test_the_next_opening_is_later_and_open_and_within_two_days(
    now: datetime, opens: time, closes: time, zone: str
) -> None:
    window = Window(zone, opens, closes)
    opening = window.next_opening(now)
    assert now < opening <= now + timedelta(days=2, hours=1)
    assert window.is_open(opening) or opens >= closes or opening == now + timedelta(days=1)
