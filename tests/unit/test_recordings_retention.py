"""How long a recording stays: holds beat retention, retention beats erasure, the law beats all of us."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.retention_rules import KEPT_DAYS, Facts, Rules, Scope, Stay, decide, kept_days, shortest_days
from recordings.rules import AbsentReason

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RULES: Rules = {(Scope.CAMPAIGN, "c"): 100, (Scope.REGION, "北京"): 200, (Scope.EVERYTHING, ""): 400}
ERASED, RETENTION = AbsentReason.ERASED, AbsentReason.RETENTION


def recording(days: float, held: bool = False, ordered: bool = False) -> Facts:
    return Facts(NOW - timedelta(days=days), "c", "北京", held, ordered)


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        (recording(5000, held=True, ordered=True), Stay.HELD),
        (recording(29.9, ordered=True), Stay.LAW),
        (recording(30, ordered=True), ERASED),
        (recording(99.9), Stay.KEPT),
        (recording(100), RETENTION),
    ],
)
def test_what_beats_what(facts: Facts, decision: AbsentReason | Stay) -> None:
    assert decide(facts, RULES, 30, NOW) is decision


def test_the_narrowest_rule_counts_and_the_law_binds_it() -> None:
    assert kept_days(RULES, "c", "北京", 30) == 100
    assert kept_days(RULES, "d", "北京", 30) == 200
    assert kept_days(RULES, "d", None, 30) == 400
    assert kept_days({}, "d", "上海", 30) == KEPT_DAYS
    assert kept_days(RULES, "c", "北京", 365) == 365


@given(st.floats(0, 9000), st.integers(0, 4000), st.booleans(), st.booleans())
def test_nothing_goes_before_its_time(days: float, least: int, held: bool, ordered: bool) -> None:
    decision = decide(recording(days, held, ordered), RULES, least, NOW)
    if isinstance(decision, AbsentReason):
        assert not held and days >= least
        assert ordered or days >= shortest_days(RULES, least)
