"""The judgement over a call's recording, for every combination of facts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.attempt import DialResult
from recordings.rules import (
    Absent,
    AbsentReason,
    CallFacts,
    LegFacts,
    PresentReason,
    Seal,
    Wait,
    WaitReason,
    absence_of,
    delays,
    difference_s,
    judge,
    talk_s,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CLOSED = LegFacts(samples=8000, is_closed=True, unchanged_s=0.0)
EMPTY = LegFacts(samples=0, is_closed=True, unchanged_s=0.0)
RESULTS = ["answered", "busy", "no_answer", "congestion", "failed", "invalid", "cancelled", "unknown", None, "new"]

legs = st.none() | st.builds(LegFacts, st.integers(0, 9), st.booleans(), st.floats(0, 20))
seconds_ago = st.none() | st.floats(0, 100)


def ago(seconds: float | None) -> datetime | None:
    return None if seconds is None else NOW - timedelta(seconds=seconds)


def ended(seconds: float = 1.0, answered: bool = True, result: str | None = None) -> CallFacts:
    return CallFacts(ago(seconds + 30) if answered else None, ago(seconds), result)


calls = st.builds(
    lambda answered, over, result: CallFacts(ago(answered), ago(over), result),
    seconds_ago,
    seconds_ago,
    st.sampled_from(RESULTS),
)


@given(calls, legs, legs)
def test_sound_is_never_declared_absent(call: CallFacts, customer: LegFacts | None, agent: LegFacts | None) -> None:
    if isinstance(judge(call, customer, agent, NOW), Absent):
        assert not any(leg.samples for leg in (customer, agent) if leg)


@given(calls, legs, legs)
def test_nothing_is_decided_early(call: CallFacts, customer: LegFacts | None, agent: LegFacts | None) -> None:
    growing = any(not leg.is_closed and leg.unchanged_s < 5 for leg in (customer, agent) if leg)
    if call.ended_at is None or growing:
        assert isinstance(judge(call, customer, agent, NOW), Wait)


@given(calls, legs, legs)
def test_an_answered_call_is_absent_only_when_both_files_stay_away(
    call: CallFacts, customer: LegFacts | None, agent: LegFacts | None
) -> None:
    verdict = judge(call, customer, agent, NOW)
    if isinstance(verdict, Absent) and call.is_answered:
        assert verdict.reason is AbsentReason.RECORDER_FAILED
        assert customer is None and agent is None
        assert call.ended_at is not None and (NOW - call.ended_at).total_seconds() >= 10


@given(calls, legs, legs)
def test_every_ended_call_is_decided_in_the_end(
    call: CallFacts, customer: LegFacts | None, agent: LegFacts | None
) -> None:
    if call.ended_at is not None:
        still = [leg and LegFacts(leg.samples, leg.is_closed, 5.0) for leg in (customer, agent)]
        later = NOW + timedelta(seconds=10)
        assert not isinstance(judge(call, still[0], still[1], later), Wait)


@given(calls, legs, legs)
def test_repaired_says_that_a_header_was_unclosed(
    call: CallFacts, customer: LegFacts | None, agent: LegFacts | None
) -> None:
    verdict = judge(call, customer, agent, NOW)
    if isinstance(verdict, Seal):
        assert verdict.repaired is any(not leg.is_closed for leg in (customer, agent) if leg)


def test_an_open_call_waits() -> None:
    assert judge(CallFacts(NOW, None), CLOSED, CLOSED, NOW) == Wait(WaitReason.NOT_ENDED)


def test_both_files_closed_are_sealed() -> None:
    assert judge(ended(), CLOSED, CLOSED, NOW) == Seal(repaired=False)


@pytest.mark.parametrize(("unchanged_s", "verdict"), [(4.9, Wait(WaitReason.STILL_OPEN)), (5.0, Seal(repaired=True))])
def test_an_unclosed_file_is_sealed_after_five_quiet_seconds(unchanged_s: float, verdict: object) -> None:
    assert judge(ended(), CLOSED, LegFacts(8000, False, unchanged_s), NOW) == verdict


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(9.9, Wait(WaitReason.FILES_MISSING)), (10.0, Absent(AbsentReason.RECORDER_FAILED))]
)
def test_an_answered_call_waits_ten_seconds_for_its_files(seconds: float, verdict: object) -> None:
    assert judge(ended(seconds), None, None, NOW) == verdict


@pytest.mark.parametrize(
    ("customer", "agent", "reason"),
    [
        (EMPTY, EMPTY, PresentReason.NO_MEDIA),
        (EMPTY, None, PresentReason.NO_MEDIA),
        (None, CLOSED, PresentReason.CUSTOMER_LEG_MISSING),
        (CLOSED, None, PresentReason.AGENT_LEG_MISSING),
        (CLOSED, EMPTY, None),
    ],
)
def test_what_is_odd_is_noted(
    customer: LegFacts | None, agent: LegFacts | None, reason: PresentReason | None
) -> None:
    assert judge(ended(10), customer, agent, NOW) == Seal(False, reason)


def test_early_media_of_an_unanswered_call_is_kept() -> None:
    assert judge(ended(answered=False, result="no_answer"), CLOSED, CLOSED, NOW) == Seal(repaired=False)


@pytest.mark.parametrize("files", [None, EMPTY])
def test_an_unanswered_call_without_sound_is_absent_at_once(files: LegFacts | None) -> None:
    call = ended(0, answered=False, result="busy")
    assert judge(call, files, files, NOW) == Absent(AbsentReason.BUSY)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("no_answer", "no_answer"),
        ("busy", "busy"),
        ("rejected", "rejected"),
        ("invalid", "invalid"),
        ("congestion", "trunk_failed"),
        ("failed", "trunk_failed"),
        ("cancelled", "cancelled"),
        (None, "not_dialed"),
        ("unknown", "unknown"),
        ("something new", "unknown"),
    ],
)
def test_the_reason_comes_from_the_dial_result(result: str | None, reason: str) -> None:
    assert absence_of(CallFacts(None, NOW, result)) == reason


@pytest.mark.parametrize(("cause", "tech_cause"), [(21, None), (None, 603)])
def test_a_refusal_is_told_from_a_failure(cause: int | None, tech_cause: int | None) -> None:
    assert absence_of(CallFacts(None, NOW, "failed", cause, tech_cause)) is AbsentReason.REJECTED


def test_a_call_that_was_never_placed_was_not_dialed() -> None:
    assert absence_of(CallFacts(None, NOW, "failed", end_reason="not_placed")) is AbsentReason.NOT_DIALED


@pytest.mark.parametrize("result", sorted(set(DialResult) - {DialResult.ANSWERED, DialResult.UNKNOWN}))
def test_every_dial_result_of_the_engine_has_its_reason(result: DialResult) -> None:
    assert absence_of(CallFacts(None, NOW, result.value)) is not AbsentReason.UNKNOWN


def test_length_against_talk_time() -> None:
    call = CallFacts(NOW, NOW + timedelta(seconds=12.3456))
    assert talk_s(call) == Decimal("12.346")
    assert talk_s(CallFacts(None, NOW)) == 0
    assert difference_s(8000 * 12, 8000, talk_s(call)) == Decimal("-0.346")


def test_delays_double_up_to_five_seconds_without_end() -> None:
    assert list(islice(delays(), 8)) == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
