"""What pacing learns from the floor's own records, whom a campaign counts on, and lines by ratio or ahead."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Attempt, AttemptState, DialResult, EndReason, Mode
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.pacing import PacingReason, PacingSettings
from dialer.core.predictive.facts import Facts, Happened, Happening
from dialer.core.predictive.observing import Observed, Today, facts_of, team_of
from dialer.core.predictive.pacing import PredictivePacing
from dialer.core.predictive.plan import core_settings, given_up, plan
from dialer.core.records import AttemptAnswered, AttemptClosed, OptedOut, SessionChanged
from dialer.core.recycle import LeadNext, LeadState
from tests.unit.core.build import NOW

ONE, TWO = CampaignId("one"), CampaignId("two")
CALL, SESSION = AttemptId("call"), SessionId("session")
R = PacingReason


def after(seconds: float) -> "timedelta":
    return timedelta(seconds=seconds)


def attempt(state: AttemptState = AttemptState.DIALING, mode: Mode = Mode.PREDICTIVE, ago: float = 0) -> Attempt:
    return Attempt(
        id=CALL,
        campaign_id=ONE,
        lead_id=LeadId("lead"),
        number="+8613800138000",
        mode=mode,
        trunk="practice",
        caller_id="10010",
        ring_s=30,
        opened_at=NOW - after(ago),
        state=state,
        state_at=NOW - after(ago),
    )


def closed(
    at: float,
    answered: float | None = None,
    connected: float | None = None,
    result: DialResult = DialResult.ANSWERED,
    abandoned: bool = False,
) -> AttemptClosed:
    return AttemptClosed(
        attempt_id=CALL,
        lead_id=None,
        at=NOW + after(at),
        result=result,
        reason=EndReason.CUSTOMER_HUNG_UP,
        cause=16,
        tech_cause=None,
        abandoned=abandoned,
        answered_at=None if answered is None else NOW + after(answered),
        connected_at=None if connected is None else NOW + after(connected),
        session_id=None,
        agent_id=None,
        lead_next=LeadNext(LeadState.DONE, NOW, "x"),
    )


def shift(state: AgentState, at: float, ended: bool = False) -> SessionChanged:
    moment = NOW + after(at)
    end = moment if ended else None
    return SessionChanged(SESSION, AgentId("ann"), "node", "1001", ONE, state, None, None, moment, NOW, end)


def learned(*records: AttemptAnswered | AttemptClosed | SessionChanged | OptedOut) -> list[Happened]:
    observed = Observed()
    observed.open([attempt()])
    for record in records:
        observed.note(record)
    return observed.take(ONE)


def test_an_answer_teaches_the_ringing_and_the_end_the_talk() -> None:
    records = AttemptAnswered(CALL, NOW + after(8)), closed(100, answered=8, connected=9)
    assert learned(*records) == [(Happening.ANSWERED, 8.0), (Happening.TALK_ENDED, 91.0)]


@pytest.mark.parametrize(
    ("record", "happened"),
    [
        (closed(30, result=DialResult.NO_ANSWER), (Happening.UNANSWERED, 30.0)),
        (closed(2, result=DialResult.BUSY), (Happening.UNANSWERED, 2.0)),
        (closed(1, result=DialResult.CONGESTION), (Happening.FAILED, 1.0)),
        (closed(12, answered=10, abandoned=True), (Happening.ABANDONED, 2.0)),
        (closed(-5, result=DialResult.FAILED), (Happening.FAILED, 0.0)),
    ],
)
def test_each_end_teaches_what_it_was(record: AttemptClosed, happened: Happened) -> None:
    assert learned(record) == [happened]
    assert learned(record, record) == [happened]  # told twice


def test_who_hung_up_in_time_teaches_nothing_more() -> None:
    assert learned(closed(11, answered=10)) == []


def test_calls_by_hand_and_other_records_teach_nothing() -> None:
    observed = Observed()
    observed.open([attempt(mode=Mode.MANUAL)])
    for record in (AttemptAnswered(CALL, NOW), closed(9, answered=1, connected=2), OptedOut(CALL, NOW)):
        observed.note(record)
    assert observed.take(ONE) == []


def test_a_wrap_up_is_learned_and_a_pause_is_seen() -> None:
    shifts = shift(AgentState.READY, 0), shift(AgentState.WRAP_UP, 10), shift(AgentState.PAUSED, 30)
    assert learned(*shifts) == [(Happening.WRAP_ENDED, 20.0), (Happening.PAUSED, 0.0)]
    assert learned(*shifts, shift(AgentState.LOGGED_OUT, 31, ended=True), shift(AgentState.PAUSED, 32)) != []


def test_nothing_grows_without_end() -> None:
    observed = Observed()
    for _ in range(3000):
        observed.open([attempt()])
        observed.note(closed(1, result=DialResult.BUSY))
    assert len(observed.take(ONE)) == 2000 and not observed.opened


# -- who is counted on -----------------------------------------------------------------------------------------


def agent(name: str, campaigns: tuple[CampaignId, ...] = (ONE,), state: AgentState = AgentState.READY) -> Agent:
    began = NOW - after(7)
    return Agent(
        SessionId(name), AgentId(name), "n", "1001", campaigns, NOW, state=state, state_at=began, phone_up=True
    )


def test_an_agent_is_counted_on_by_one_campaign_only() -> None:
    both, second = agent("a", (ONE, TWO)), agent("b", (TWO,))
    assert team_of([both, second], ONE, {ONE, TWO}) == [both]
    assert team_of([both, second], TWO, {ONE, TWO}) == [second]
    assert team_of([both, second], TWO, {TWO}) == [both, second]  # the first has nothing due


def test_the_floor_as_pacing_is_asked() -> None:
    leaving = replace(agent("c", state=AgentState.ON_CALL), pause_next="lunch")
    team = [agent("a"), agent("b", state=AgentState.ON_CALL), leaving, agent("d", state=AgentState.WRAP_UP)]
    joining = replace(attempt(AttemptState.WAITING), joining=True)
    calls = [attempt(ago=3), attempt(AttemptState.WAITING, ago=1), joining]
    facts = facts_of(team, calls, Today(100, 9, 1, 5, 4), 50.0, NOW)
    assert (facts.idle, facts.talking, facts.wrapping) == (1, (7.0,), (7.0,))
    assert (facts.ringing, facts.waiting, facts.in_air()) == ((3.0,), (1.0,), 2)
    assert (facts.answered, facts.abandoned, facts.trunks_free, facts.due) == (9, 1, 5, 4)


# -- lines -----------------------------------------------------------------------------------------------------

IDLE = Facts(1000.0, 20_000, 4, answered=100, trunks_free=50)
TRIPLE = PacingSettings(lines_per_agent=3.0)


def ratio(facts: Facts) -> tuple[int, PacingReason]:
    decision = plan(Mode.RATIO, TRIPLE, PredictivePacing(core_settings(TRIPLE, 30, 2.0, (0, 0))), facts, ())
    return decision.count, decision.reason


@pytest.mark.parametrize(
    ("facts", "count", "reason"),
    [
        (IDLE, 12, R.LINES_PER_AGENT),
        (replace(IDLE, ringing=(1.0,) * 9), 3, R.LINES_PER_AGENT),
        (replace(IDLE, ringing=(1.0,) * 20), 0, R.LINES_PER_AGENT),
        (replace(IDLE, trunks_free=5), 5, R.TRUNK_CHANNELS),
        (replace(IDLE, due=0), 0, R.NOTHING_DUE),
        (replace(IDLE, idle=0), 0, R.NO_AGENT_READY),
        (replace(IDLE, abandoned=4), 4, R.BUDGET_SPENT),
    ],
)
def test_a_ratio_is_kept_until_the_days_abandons_are_spent(facts: Facts, count: int, reason: PacingReason) -> None:
    assert ratio(facts) == (count, reason)


def predictive(facts: Facts, new: tuple[Happened, ...] = ()) -> tuple[int, PacingReason]:
    settings = PacingSettings()
    pacing = PredictivePacing(core_settings(settings, 30, 2.0, (0, 0)))
    decision = plan(Mode.PREDICTIVE, settings, pacing, facts, new)
    return decision.count, decision.reason


HISTORY = ((Happening.ANSWERED, 8.0), (Happening.UNANSWERED, 28.0), (Happening.UNANSWERED, 28.0)) * 20


def test_a_predictive_campaign_says_what_bounds_it() -> None:
    assert predictive(IDLE) == (4, R.LEARNING)
    count, reason = predictive(IDLE, HISTORY)
    assert count > 4 and reason is R.RISK
    assert predictive(replace(IDLE, trunks_free=1)) == (1, R.TRUNK_CHANNELS)
    assert predictive(replace(IDLE, idle=0)) == (0, R.NO_AGENT_READY)
    assert predictive(replace(IDLE, day_left_s=10, abandoned=9), HISTORY) == (4, R.BUDGET_SPENT)


def test_a_month_over_its_limit_halves_the_days() -> None:
    settings = PacingSettings(abandon_limit=0.02, window_s=1.5)
    assert core_settings(settings, 20, 2.0, (1000, 20)).limit == 0.02
    over = core_settings(settings, 20, 2.0, (1000, 21))
    assert (over.limit, over.window_s, over.ring_s) == (0.01, 1.5, 20)


def test_calls_that_rang_fifteen_seconds_are_given_up_when_agents_have_gone() -> None:
    settings = PacingSettings()
    pacing = PredictivePacing(core_settings(settings, 30, 2.0, (0, 0)))
    ringing = replace(IDLE, ringing=(3.0, 14.9, 15.0, 20.0, 28.0))
    gone = replace(ringing, idle=0)
    assert given_up(gone, plan(Mode.PREDICTIVE, settings, pacing, gone, HISTORY)) == 3
    assert given_up(ringing, plan(Mode.PREDICTIVE, settings, pacing, ringing, ())) == 0
    crowded = replace(ringing, at=1001.0, idle=0, talking=(1.0,), ringing=(16.0,) * 30)
    assert given_up(crowded, plan(Mode.PREDICTIVE, settings, pacing, crowded, HISTORY)) == 1
