"""The two state tables: complete, and a pair outside them changes nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import agent as agents
from dialer.core import attempt as attempts
from dialer.core.agent import AgentSignal, AgentState
from dialer.core.attempt import AttemptSignal, AttemptState, Mode, end_of, is_abandoned
from dialer.core.errors import IllegalSignal
from tests.unit.core.build import NOW, later, make_agent, make_attempt


@pytest.mark.parametrize(("state", "signal"), list(product(AttemptState, AttemptSignal)))
def test_an_attempt_follows_its_table_or_refuses(state: AttemptState, signal: AttemptSignal) -> None:
    attempt = make_attempt(state=state, state_at=NOW)
    expected = attempts.TRANSITIONS[state].get(signal)
    if expected is None:
        with pytest.raises(IllegalSignal):
            attempts.step(attempt, signal, later(5))
        return
    after = attempts.step(attempt, signal, later(5))
    assert after.state is expected
    assert after.since() == (NOW if expected is state else later(5))


def test_the_only_thing_that_cannot_happen_to_an_attempt_is_a_join_during_the_message() -> None:
    missing = [(s, e) for s, e in product(AttemptState, AttemptSignal) if e not in attempts.TRANSITIONS[s]]
    assert missing == [(AttemptState.ANNOUNCING, AttemptSignal.JOINED)]


def test_a_closed_attempt_stays_closed() -> None:
    closed = make_attempt(state=AttemptState.CLOSED)
    assert all(attempts.step(closed, signal, later(1)) is closed for signal in AttemptSignal)


def test_the_moments_of_a_call_are_kept() -> None:
    ringing = attempts.step(make_attempt(), AttemptSignal.RANG, later(1))
    assert ringing.answered_at is None
    waiting = attempts.step(ringing, AttemptSignal.ANSWERED, later(2))
    connected = attempts.step(waiting, AttemptSignal.JOINED, later(3))
    assert (connected.answered_at, connected.connected_at) == (later(2), later(3))
    closed = attempts.step(connected, AttemptSignal.ENDED, later(9))
    assert (closed.answered_at, closed.connected_at, closed.since()) == (later(2), later(3), later(9))


def test_a_new_attempt_is_as_old_as_its_opening() -> None:
    assert make_attempt().since() == NOW


@pytest.mark.parametrize(
    ("mode", "answered", "connected", "abandoned"),
    [
        (Mode.PROGRESSIVE, True, False, True),
        (Mode.PROGRESSIVE, True, True, False),
        (Mode.PROGRESSIVE, False, False, False),
        (Mode.MANUAL, True, False, False),
    ],
)
def test_abandoned_is_automatic_answered_and_never_connected(
    mode: Mode, answered: bool, connected: bool, abandoned: bool
) -> None:
    attempt = make_attempt(mode=mode, answered_at=NOW if answered else None, connected_at=NOW if connected else None)
    assert is_abandoned(attempt, later(3), timedelta(seconds=2)) is abandoned


@pytest.mark.parametrize(
    ("state", "seconds", "cancelled", "abandoned"),
    [
        (AttemptState.WAITING, 1, False, False),  # he hung up before the window was over
        (AttemptState.WAITING, 3, False, True),  # nobody came, and nobody told him
        (AttemptState.WAITING, 1, True, True),  # we hung up on him
        (AttemptState.ANNOUNCING, 1, False, True),  # he was told at once
    ],
)
def test_who_hangs_up_by_himself_within_the_window_is_not_abandoned(
    state: AttemptState, seconds: int, cancelled: bool, abandoned: bool
) -> None:
    attempt = make_attempt(state=state, answered_at=NOW, hangup_at=NOW if cancelled else None)
    assert is_abandoned(attempt, later(seconds), timedelta(seconds=2)) is abandoned


MOMENTS = st.floats(-10, 100).map(later)


@given(told=st.none() | MOMENTS, answered=st.none() | MOMENTS, connected=st.none() | MOMENTS, now=MOMENTS)
def test_a_late_found_end_is_the_records_within_what_is_known(
    told: datetime | None, answered: datetime | None, connected: datetime | None, now: datetime
) -> None:
    attempt = make_attempt(answered_at=answered, connected_at=connected)
    known = connected or answered or NOW
    end = end_of(attempt, told, now)
    if told is None:
        assert end == now
    elif known <= told <= now:
        assert end == told
    else:
        assert end in (known, now)
    assert told is None or end >= known


@pytest.mark.parametrize(("state", "signal"), list(product(AgentState, AgentSignal)))
def test_an_agent_follows_the_table_or_refuses(state: AgentState, signal: AgentSignal) -> None:
    agent = make_agent(state=state, state_at=NOW)
    expected = agents.TRANSITIONS[state].get(signal)
    assert agents.allows(agent, signal) is (expected is not None)
    if expected is None:
        with pytest.raises(IllegalSignal):
            agents.step(agent, signal, later(5))
        return
    after = agents.step(agent, signal, later(5), "lunch")
    assert after.state is expected
    assert after.since() == (NOW if expected is state else later(5))
    assert after.reason == ("lunch" if expected is AgentState.PAUSED else None)


def test_nothing_happens_to_somebody_who_logged_out() -> None:
    assert agents.TRANSITIONS[AgentState.LOGGED_OUT] == {}


def test_a_pause_wished_during_a_call_begins_after_the_wrap_up() -> None:
    agent = make_agent(state=AgentState.WRAP_UP, attempt_id=make_attempt().id, pause_next="lunch")
    after = agents.step(agent, AgentSignal.DISPOSE, NOW)
    assert (after.state, after.reason, after.attempt_id, after.pause_next) == (AgentState.PAUSED, "lunch", None, None)


def test_asking_for_calls_again_withdraws_a_pause() -> None:
    after = agents.step(make_agent(state=AgentState.PAUSED, pause_next="lunch"), AgentSignal.READY, NOW)
    assert (after.state, after.pause_next) == (AgentState.READY, None)


def test_only_a_ready_agent_with_a_phone_is_available() -> None:
    agent = make_agent()
    assert agent.is_available()
    assert not replace(agent, phone_up=False).is_available()
    assert not any(replace(agent, state=s).is_available() for s in AgentState if s is not AgentState.READY)


def test_who_dials_by_hand_while_paused_is_paused_again_afterwards() -> None:
    agent = make_agent(state=AgentState.PAUSED, reason="lunch")
    for signal in (AgentSignal.RESERVE, AgentSignal.JOIN, AgentSignal.CALL_ENDED, AgentSignal.DISPOSE):
        agent = agents.step(agent, signal, NOW)
    assert (agent.state, agent.reason) == (AgentState.PAUSED, "lunch")
