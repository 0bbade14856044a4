"""Predictive pacing: exact chances, estimators that follow the day, a budget that is kept, reasons."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.predictive.answers import Answers
from dialer.core.predictive.budget import Calibration, Spending
from dialer.core.predictive.durations import Durations, Prior
from dialer.core.predictive.facts import Bound, Decision, Doubt, Facts, Happened, Happening, Settings
from dialer.core.predictive.lookahead import Prospect, losses
from dialer.core.predictive.outlook import look
from dialer.core.predictive.pacing import MOST_AT_ONCE, PredictivePacing

H = Happening
chances = st.floats(0, 1)
ages = st.lists(st.floats(0, 400), max_size=12).map(tuple)


# -- one more call ---------------------------------------------------------------------------------------------


def counted(idle: int, free: Sequence[float], answered: Sequence[float]) -> float:
    """P(idle + free agents - answers <= 0), by going through everything that may happen."""
    total = 0.0
    for outcome in itertools.product((0, 1), repeat=len(free) + len(answered)):
        chance = 1.0
        for happens, each in zip(outcome, [*free, *answered], strict=True):
            chance *= each if happens else 1 - each
        if idle + sum(outcome[: len(free)]) - sum(outcome[len(free) :]) <= 0:
            total += chance
    return total


@given(st.integers(-2, 4), st.lists(chances, max_size=5), st.lists(chances, max_size=4), chances)
def test_the_chance_to_lose_a_call_is_exact(idle: int, free: list[float], answered: list[float], mine: float) -> None:
    prospect = Prospect(
        idle,
        np.array(free).reshape(-1, 1),
        np.array(answered).reshape(-1, 1),
        np.array([mine]),
        np.array([1.0]),
    )
    found = losses(prospect, 3)
    assert found[0] == pytest.approx(counted(idle, free, answered), abs=1e-9)
    assert found[2] == pytest.approx(counted(idle, free, [*answered, mine, mine]), abs=1e-9)


def test_a_great_floor_costs_no_exactness() -> None:
    chance = np.random.default_rng(1)
    free, answered = chance.random((300, 1)) / 4, chance.random((280, 1)) / 4
    law = np.array([1.0])
    for each in free[:, 0]:
        law = np.convolve(law, [1 - each, each])
    for each in answered[:, 0]:
        law = np.convolve(law, [each, 1 - each])
    exact = law[: 281 - 2].sum()  # 2 idle: value v stands at v + 280 - 2
    assert losses(Prospect(2, free, answered, np.array([0.1]), law[:1] * 0 + 1), 1)[0] == pytest.approx(
        exact, abs=1e-6
    )


# -- what is learned -------------------------------------------------------------------------------------------


def test_a_law_is_believed_at_first_and_learned_by_and_by() -> None:
    known = Durations(Prior(90, 1.0))
    assert known.law().mean_s() == pytest.approx(90, rel=0.15)
    chance = np.random.default_rng(3)
    for each in chance.exponential(40, 600):
        known.ended(float(each))
    law = known.law()
    assert law.mean_s() == pytest.approx(40, rel=0.15)
    assert law.left(np.array([40.0]))[0] == pytest.approx(np.exp(-1), abs=0.06)


def test_talks_that_go_on_lengthen_the_law_before_they_end() -> None:
    known = Durations(Prior(90, 1.0))
    assert known.law([300.0] * 20).mean_s() > 1.5 * known.law().mean_s()


@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.lists(st.floats(0, 1e5), max_size=5))
def test_no_duration_breaks_the_law(ended: list[float], still: list[float]) -> None:
    known = Durations(Prior(20, 0.8))
    for each in ended:
        known.ended(each)
    left = known.law(still).left(np.array([0.0, 1.0, 10.0, 100.0, 5000.0]))
    assert left[0] == 1 and np.all(np.diff(left) <= 0) and np.all(left >= 0)


def fates(chance: np.random.Generator, rate: float, calls: int, known: Answers) -> None:
    for _ in range(calls):
        known.follow(1.0, np.zeros(0), *((1, 0) if chance.random() < rate else (0, 1)))


def test_the_answer_rate_follows_a_sudden_change() -> None:
    known, chance = Answers(), np.random.default_rng(5)
    fates(chance, 0.15, 400, known)
    assert known.rate() == pytest.approx(0.15, rel=0.35)
    fates(chance, 0.5, 60, known)
    assert known.rate() == pytest.approx(0.5, rel=0.35)


def test_calls_that_ring_long_speak_before_they_end() -> None:
    silent, unknown = Answers(), Answers()
    silent.follow(1.0, np.full(20, 0.9), 0, 0)
    unknown.follow(1.0, np.zeros(20), 0, 0)
    assert silent.rate() < 0.7 * unknown.rate()


def test_a_rate_that_is_known_is_one_and_in_doubt_an_answer_speaks_for_high_ones() -> None:
    known, doubted, chance = Answers(), Answers(), np.random.default_rng(5)
    for each in (known, doubted):
        fates(chance, 0.7, 300, each)
    [(whole, rate)] = known.if_answered()
    assert whole == 1 and rate == pytest.approx(known.rate(), rel=0.02)
    doubted.follow(10.0, np.full(14, 0.7), 0, 0)  # calls that most others would have answered by now
    shares, rates = zip(*doubted.if_answered(), strict=True)
    assert sum(shares) == pytest.approx(1) and list(rates) == sorted(rates)
    assert np.dot(shares, rates) > doubted.rate() and rates[-1] > 0.6 > doubted.rate()


def test_a_silence_by_chance_is_no_reason_for_a_flood() -> None:
    """Day 34 of the storm: it fell on a rate of 0.1 where 0.7 held, and 17 of 34 calls in the air were lost."""
    pacing, at = PredictivePacing(Settings()), 0.0
    for at in range(1, 200):
        answer = [(H.ANSWERED, 9.0)] if at % 10 < 7 else [(H.UNANSWERED, 28.0)]
        pacing.decide(replace(BUSY, at=float(at), answered=100 + at), answer)
    silent = replace(BUSY, at=at + 1.0, idle=6, answered=300, ringing=(12.0,) * 9)
    assert 0 < pacing.decide(silent).lines <= 10  # 28 where the mean of both beliefs is believed


def test_an_agent_deep_in_a_wrap_up_is_likelier_free_than_one_who_begins_to_talk() -> None:
    talk, wrap, ring = (Durations(Prior(mean, 0.8)).law() for mean in (120.0, 20.0, 9.0))
    outlook = look(talk, wrap, ring, 30, 2)
    rows = outlook.free((1.0, 200.0), (15.0,))
    assert rows.shape == (3, 8) and np.all((rows >= 0) & (rows <= 1)) and np.all(np.diff(rows, axis=1) >= 0)
    assert rows[2].mean() > rows[1].mean() > rows[0].mean()
    assert np.all(np.diff(outlook.shares((0.0, 5.0, 29.0, 99.0))) >= 0)


# -- the budget ------------------------------------------------------------------------------------------------


def test_what_is_left_is_spent_evenly_and_an_overdrawn_budget_is_nothing() -> None:
    fresh = Spending(0.03, 0, 0, 1000, 1000).allowed()
    assert 0.027 < fresh < 0.03
    assert Spending(0.03, 500, 5, 500, 500).allowed() > fresh > Spending(0.03, 500, 17, 500, 500).allowed() > 0
    assert Spending(0.03, 500, 30, 400, 400).allowed() == 0
    assert Spending(0.03, 500, 0, 0, 0).allowed() == 0
    assert Spending(0.03, 5000, 0, 10, 10).allowed() == 0.06
    assert Spending(0.03, 500, 17, 500, 60).allowed() == 0  # who has spent too much mends it within the hour


def test_the_price_falls_when_more_is_lost_than_was_asked_for() -> None:
    careful = careless = None
    for lost_every in (100, 20):
        kept = Calibration()
        for nth in range(600):
            kept.answered(0.03)
            if nth % lost_every == 0:
                kept.abandoned()
        careful, careless = (kept.price(0.03), careful) if careful is not None else (kept.price(0.03), None)
    assert careless is not None and careful is not None and careless > 2 * careful
    assert Calibration(1e-9, 1.0).price(0.5) <= 0.6


# -- what is decided -------------------------------------------------------------------------------------------

HISTORY: tuple[Happened, ...] = (
    *[(H.ANSWERED, 8.0), (H.UNANSWERED, 28.0), (H.UNANSWERED, 27.0), (H.FAILED, 2.0)] * 30,
    *[(H.TALK_ENDED, 60.0), (H.TALK_ENDED, 180.0), (H.WRAP_ENDED, 20.0), (H.WRAP_ENDED, 15.0)] * 15,
    *[(H.PAUSED, 0.0), (H.ABANDONED, 2.0)],
)
BUSY = Facts(
    1000.0,
    20_000,
    2,
    talking=(5.0, 30.0, 70.0, 100.0, 150.0, 300.0),
    wrapping=(3.0, 18.0),
    answered=100,
    abandoned=1,
)


def taught(limits: Settings | None = None) -> PredictivePacing:
    """Pacing that has seen a busy quarter of an hour."""
    pacing = PredictivePacing(limits or Settings())
    pacing.decide(replace(BUSY, at=0.0), HISTORY)
    return pacing


def decided(facts: Facts, limits: Settings | None = None) -> Decision:
    return taught(limits).decide(facts)


def test_it_dials_ahead_of_the_agents_who_will_be_free() -> None:
    decision = decided(BUSY)
    assert decision.lines > BUSY.idle and decision.doubt is None and decision.bound is Bound.RISK
    assert decision.loss > decision.price > 0 and 0.1 < decision.rate < 0.4


def test_no_line_without_an_agent() -> None:
    nobody = replace(BUSY, idle=0, talking=(), wrapping=())
    assert (decided(nobody).lines, decided(nobody).bound) == (0, Bound.NOBODY)


@pytest.mark.parametrize(
    ("changes", "bound", "lines"),
    [
        ({"trunks_free": 1}, Bound.TRUNK_CHANNELS, 1),
        ({"cps_room": 2}, Bound.CALLS_PER_SECOND, 2),
        ({"due": 0}, Bound.NOTHING_DUE, 0),
        ({"trunks_free": -3}, Bound.TRUNK_CHANNELS, 0),
        ({"idle": 500}, Bound.CALLS_PER_SECOND, MOST_AT_ONCE),
    ],
)
def test_each_limit_bounds_the_lines_and_says_so(changes: dict[str, int], bound: Bound, lines: int) -> None:
    decision = decided(replace(BUSY, **changes))  # type: ignore[arg-type]
    assert (decision.lines, decision.bound) == (lines, bound)


@pytest.mark.parametrize(
    ("facts", "happened", "doubt"),
    [
        (replace(BUSY, abandoned=5, day_left_s=100.0), (), Doubt.BUDGET_SPENT),
        (replace(BUSY, abandoned=101), (), Doubt.FACTS_DISAGREE),
        (replace(BUSY, abandoned=-1), (), Doubt.FACTS_DISAGREE),
        (replace(BUSY, at=-5.0), (), Doubt.FACTS_DISAGREE),
        (BUSY, [(H.FAILED, 1.0)] * 20, Doubt.CARRIER_FAILING),
    ],
)
def test_in_doubt_it_is_progressive(facts: Facts, happened: Sequence[Happened], doubt: Doubt) -> None:
    pacing = taught()
    decision = pacing.decide(facts, happened)
    assert (decision.doubt, decision.lines, decision.bound) == (doubt, BUSY.idle, Bound.ONE_PER_AGENT)
    in_air = replace(facts, ringing=(3.0,), waiting=(1.0,))
    assert taught().decide(in_air, happened).lines == 0


def test_a_new_day_is_progressive_until_calls_have_ended() -> None:
    assert PredictivePacing(Settings()).decide(BUSY).doubt is Doubt.LEARNING


def test_a_carrier_that_fails_says_nothing_of_people() -> None:
    pacing = taught()
    before = pacing.decide(replace(BUSY, at=1.0)).rate
    for second in range(2, 200):
        pacing.decide(replace(BUSY, at=float(second)), [(H.FAILED, 1.0)])
    after = pacing.decide(replace(BUSY, at=200.0), [(H.UNANSWERED, 28.0)] * 2 + [(H.ANSWERED, 8.0)] * 6)
    assert after.doubt is None and after.rate > 0.6 * before


def test_people_taken_for_machines_are_paid_from_the_budget() -> None:
    assert decided(BUSY, Settings(false_machines=0.02)).allowed < 0.5 * decided(BUSY).allowed
    assert decided(BUSY, Settings(false_machines=0.04)).doubt is Doubt.BUDGET_SPENT


def test_with_machine_detection_a_pick_up_is_not_yet_a_person() -> None:
    pacing = PredictivePacing(Settings(detects_machines=True))
    picked = [(H.PICKED_UP, 8.0)] * 60 + [(H.ANSWERED, 8.0)] * 15 + [(H.MACHINE, 3.0)] * 45
    pacing.decide(replace(BUSY, at=0.0), [*picked, *[(H.UNANSWERED, 28.0)] * 60])
    decision = pacing.decide(replace(BUSY, screening=(0.5, 1.0)))
    assert 0.05 < decision.rate < 0.25
    assert pacing.decide(replace(BUSY, screening=(0.5,) * 12)).lines < decision.lines


facts_of_a_floor = st.builds(
    Facts,
    at=st.just(1000.0),
    day_left_s=st.floats(0, 30_000),
    idle=st.integers(0, 8),
    talking=ages,
    wrapping=ages,
    ringing=ages,
    waiting=st.lists(st.floats(0, 2), max_size=3).map(tuple),
    answered=st.integers(0, 400),
    abandoned=st.integers(0, 12),
    trunks_free=st.integers(-2, 40),
    cps_room=st.integers(0, 9),
    due=st.integers(0, 40),
)


@cache
def free_decision(facts: Facts) -> Decision:
    return decided(facts)


@settings(max_examples=60, deadline=None)
@given(facts_of_a_floor)
def test_never_more_than_the_limits_and_never_without_agents(facts: Facts) -> None:
    decision = free_decision(facts)
    assert 0 <= decision.lines <= max(0, min(facts.trunks_free, facts.cps_room, facts.due))
    if not facts.idle and not facts.talking and not facts.wrapping:
        assert decision.lines == 0
    assert decided(facts) == decision  # the same history, the same decision


@settings(max_examples=60, deadline=None)
@given(facts_of_a_floor, st.integers(1, 20))
def test_an_agent_more_never_lowers_and_an_abandon_more_never_raises_the_lines(facts: Facts, more: int) -> None:
    decision = free_decision(facts)
    assert free_decision(replace(facts, idle=facts.idle + 1)).lines >= decision.lines
    assert free_decision(replace(facts, abandoned=facts.abandoned + more)).lines <= decision.lines
