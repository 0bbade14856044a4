"""The calling window: midnight, the last minutes, and clocks that jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.calendar import CENTRE, CLOSED, Calendar, Hours, in_force, intersection
from dialer.core.compliance import RefusalReason, hours_gate, ring_by, window_gate
from dialer.core.presets import CN, UK, US, Preset, preset_of
from tests.unit.core.build import NOW, make_facts, make_rules

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
clocks = st.times().map(lambda moment: moment.replace(microsecond=0))
moments = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def window_of(zone: str, opens: time, closes: time) -> Hours:
    return Hours((zone,), (Calendar(((opens, closes),)),))


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, fold=fold, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc,arg-type]


def verdict(zone: str, opens: time, closes: time, margin_s: int, now: datetime) -> RefusalReason | None:
    free = Preset("free", (zone,), Calendar(), None)
    rules = make_rules(zone=zone, opens_at=opens, closes_at=closes, closing_margin_s=margin_s, preset=free)
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
    assert window_of(SHANGHAI, *open_all_day).next_opening(before) == after


def test_a_window_that_never_opens_says_no_time() -> None:
    assert window_of(SHANGHAI, time(9), time(9)).next_opening(NOW) is None


def test_when_the_clock_springs_forward_nobody_is_called_past_the_closing() -> None:
    """On 2026-03-29 the clock in Berlin goes from 02:00 to 03:00: 02:30 never comes."""
    night = window_of(BERLIN, time(0), time(2, 30))
    transition = datetime(2026, 3, 29, 1, tzinfo=UTC)
    closing = night.closing(transition - timedelta(minutes=31))
    assert closing is not None and closing <= transition
    assert not night.is_open(transition)
    late = window_of(BERLIN, time(2, 30), time(12))
    assert late.next_opening(transition - timedelta(hours=1)) == local(BERLIN, 2026, 3, 29, 3, 30)


def test_when_the_clock_falls_back_the_first_closing_counts() -> None:
    """On 2026-10-25 02:30 comes twice in Berlin, an hour apart."""
    first, second = (local(BERLIN, 2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    early = (time(1), time(2, 30))
    assert verdict(BERLIN, *early, 300, first - timedelta(minutes=6)) is None
    assert verdict(BERLIN, *early, 300, first - timedelta(minutes=4)) is RefusalReason.CLOSING_SOON
    assert verdict(BERLIN, *early, 0, second - timedelta(minutes=10)) is RefusalReason.CLOSING_SOON
    assert window_of(BERLIN, time(2, 30), time(12)).next_opening(first - timedelta(hours=1)) == first


@given(moments, clocks, clocks, st.integers(0, 3600), st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]))
def test_a_call_that_may_be_made_rings_before_the_closing(
    now: datetime, opens: time, closes: time, margin_s: int, zone: str
) -> None:
    window = window_of(zone, opens, closes)
    if verdict(zone, opens, closes, margin_s, now) is None:
        for seconds in (0, margin_s // 2, margin_s):
            then = now + timedelta(seconds=seconds)
            closing = window.closing(now)
            assert closing is not None and then < closing
            assert then.astimezone(ZoneInfo(zone)).time() < closes


@given(moments, clocks, clocks, st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]))
def test_the_next_opening_is_later_and_open_and_within_two_days(
    now: datetime, opens: time, closes: time, zone: str
) -> None:
    window = window_of(zone, opens, closes)
    opening = window.next_opening(now)
    if opening is None:  # a short window may fall into the hour that the clock leaves out, but not every day
        assert opens >= closes
    else:
        assert now < opening <= now + timedelta(days=2, hours=1) and window.is_open(opening)


# -- the preset, holidays, weekends, places that are not known -----------------------------------------------------


def at_noon(day: int, hour: int, minute: int = 0) -> datetime:
    return local(SHANGHAI, 2026, 11, day, hour, minute)


@pytest.mark.parametrize(
    ("hour", "minute", "reason", "again"),
    [
        (11, 59, None, None),
        (12, 0, RefusalReason.OUTSIDE_HOURS, 14),
        (13, 59, RefusalReason.OUTSIDE_HOURS, 14),
        (14, 0, None, None),
    ],
)
def test_nobody_in_china_is_called_at_rest_however_wide_the_campaign(
    hour: int, minute: int, reason: RefusalReason | None, again: int | None
) -> None:
    refusal = window_gate(make_rules(opens_at=time.min, closes_at=time.max), at_noon(24, hour, minute))
    assert (refusal and refusal.reason) is reason
    assert (refusal and refusal.again_at) == (again and at_noon(24, again))


def test_holidays_are_closed_and_a_working_weekend_is_open() -> None:
    hours = ((time(9), time(18)),)
    holiday, working = date(2026, 11, 24), date(2026, 11, 28)
    calendar = Calendar(hours, weekend=CLOSED, days={holiday: CLOSED, working: hours})
    open_days = [day for day in range(23, 31) if Hours((SHANGHAI,), (calendar,)).is_open(at_noon(day, 10))]
    assert open_days == [23, 25, 26, 27, 28, 30]
    assert Hours((SHANGHAI,), (calendar,)).next_opening(at_noon(23, 18)) == at_noon(25, 9)


def test_where_the_place_is_not_known_it_must_be_open_at_every_possible_one() -> None:
    rules = make_rules(zone="America/New_York", opens_at=time(8), closes_at=time(21), preset=US)
    facts = make_facts(number="+12025550123")
    everywhere, evening = datetime(2026, 11, 24, 18, tzinfo=UTC), datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    refusal = hours_gate(facts, rules, evening)
    assert hours_gate(facts, rules, everywhere) is None
    assert refusal is not None and refusal.again_at == everywhere.replace(day=25)
    assert hours_gate(make_facts(zone="Pacific/Honolulu"), rules, evening) is None
    assert hours_gate(make_facts(zone="Mars/Olympus"), rules, evening) is not None


def test_without_any_place_nobody_is_called() -> None:
    assert not Hours((), (Calendar(),)).is_open(NOW) and intersection((), None) == ()


def test_ringing_ends_with_the_window_at_the_called_place() -> None:
    assert ring_by(make_facts(), make_rules(), at_noon(24, 10)) == at_noon(24, 12)
    assert ring_by(make_facts(), make_rules(), at_noon(24, 13)) == at_noon(24, 13)


def test_a_preset_that_is_not_known_or_not_for_this_trunk_is_the_strictest() -> None:
    assert preset_of("practice", "carrier") is CN and preset_of("XX", "practice") is CN and preset_of("UK", "x") is UK
    assert preset_of("practice", "practice").name == preset_of("practice", "practice-2").name == "practice"
    assert preset_of("practice", "practice2") is CN


@pytest.mark.parametrize(
    ("preset", "number", "may"),
    [
        (CN, "+8613800138000", True),
        (CN, "+12025550123", False),
        (CN, "+86110", False),
        (US, "+12025550123", True),
        (US, "+19005550123", False),
        (US, "+12029765555", False),
        (US, "+18005550123", False),
        (US, "+16715550123", False),
        (US, "+8613800138000", False),
        (US, "911", False),
        (UK, "+442079460000", True),
        (UK, "+447400123456", True),
        (UK, "+447012345678", False),
        (UK, "+449098790000", False),
        (UK, "999", False),
    ],
)
def test_only_numbers_of_the_country_that_cost_nobody_anything(preset: Preset, number: str, may: bool) -> None:
    assert preset.may_reach(number) is may


# -- the centre's own calendars, by region -------------------------------------------------------------------------

REST = Calendar(((time(10), time(13)), (time(15), time(19))))
HOLIDAY = Calendar(days={date(2026, 11, 24): CLOSED})
REGIONS = {CENTRE: HOLIDAY, "新疆": REST}


@pytest.mark.parametrize(
    ("region", "day", "hour", "is_open"),
    [
        ("新疆", 25, 9, False),  # its own rest hours
        ("新疆", 25, 10, True),
        ("新疆", 25, 12, False),  # the country's
        ("新疆", 24, 10, False),  # the centre's holiday
        ("广东", 25, 9, True),
        ("广东", 24, 10, False),
        ("", 25, 9, False),  # of a number whose region is not known every calendar holds
        ("", 25, 10, True),
    ],
)
def test_a_number_is_called_at_the_hours_of_its_region_and_of_the_centre(
    region: str, day: int, hour: int, is_open: bool
) -> None:
    lead, rules = make_facts(region=region), make_rules(regions=REGIONS)
    assert (hours_gate(lead, rules, at_noon(day, hour)) is None) is is_open
    assert (ring_by(lead, rules, at_noon(day, hour)) > at_noon(day, hour)) is is_open


def test_a_campaign_rests_with_the_centre_and_not_with_one_region() -> None:
    rules = make_rules(regions=REGIONS)
    assert window_gate(rules, at_noon(25, 9)) is None
    closed = window_gate(rules, at_noon(24, 9))
    assert closed is not None and closed.again_at == at_noon(25, 9)


def test_whose_calendars_hold() -> None:
    assert in_force(REGIONS, "新疆") == (CENTRE, "新疆") and in_force(REGIONS, "广东") == (CENTRE,)
    assert in_force(REGIONS, "") == (CENTRE, "新疆") and in_force(REGIONS, None) == (CENTRE,)
    assert in_force({}, "") == in_force({}, "新疆") == in_force({}, None) == ()
