"""An agent's last call once more: what is said of the one in hand, and who may ask for it when."""

import pytest

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, DialResult, Mode
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.floor import Floor
from dialer.core.records import AttemptDisposed
from tests.unit.core.build import NOW, later, make_agent, make_attempt, make_floor
from tests.unit.core.test_core_floor import ONE, TWO, A, B, connected, orders, reason, waiting, written


def redialed(floor: Floor, state: AgentState = AgentState.WRAP_UP) -> Attempt:
    """The redial of a call that is over, its row committed."""
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    if state is AgentState.PAUSED:
        floor.tick(later(61))
    assert floor.agents[ONE].state is state
    assert floor.begin_redial(floor.agents[ONE], A) is None
    return make_attempt(2, mode=Mode.MANUAL, session_id=ONE, redials=A)


@pytest.mark.parametrize("state", [AgentState.WRAP_UP, AgentState.PAUSED])
def test_a_redial_says_of_the_call_in_hand_that_it_is_dialed_again_and_leaves_its_number_to_the_new_call(
    state: AgentState,
) -> None:
    floor = make_floor(make_agent())
    again = redialed(floor, state)
    done = floor.receive(ev.Opened(again), later(62))
    [said] = written(done, AttemptDisposed)
    assert (said.attempt_id, said.disposition, said.lead_next) == (A, "redialed", None)
    assert orders(done) == [do.DialManual(again, ONE)]
    assert floor.end_redial(ONE, later(62)) == []
    assert (floor.agents[ONE].state, floor.agents[ONE].attempt_id) == (AgentState.RESERVED, B)


def test_after_its_disposition_a_call_is_dialed_again_without_another_word() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    floor.dispose(floor.agents[ONE], A, "sale", NOW)
    assert floor.begin_redial(floor.agents[ONE], A) is None
    assert not floor.agents[ONE].is_available()
    done = floor.receive(ev.Opened(make_attempt(2, mode=Mode.MANUAL, session_id=ONE, redials=A)), NOW)
    assert written(done, AttemptDisposed) == []
    assert [type(order) for order in orders(done)] == [do.DialManual]


def test_while_a_redial_is_decided_nothing_is_said_of_the_call_and_the_shift_goes_on() -> None:
    floor = make_floor(make_agent())
    redialed(floor)
    agent = floor.agents[ONE]
    assert floor.tick(later(90)) == []
    assert reason(floor.dispose(agent, A, "sale", later(90))) is RefusalReason.NOT_READY
    assert reason(floor.end_session(agent, later(90))) is RefusalReason.STATE_FORBIDDEN
    refused = floor.begin_redial(agent, A)
    assert refused is not None and refused.reason is RefusalReason.NOT_READY
    floor.end_redial(ONE, later(90))
    assert not isinstance(floor.dispose(floor.agents[ONE], A, "sale", later(91)), Refusal)


def test_only_the_last_call_is_dialed_again_and_not_while_it_goes_on() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    refusals = [floor.begin_redial(floor.agents[ONE], call) for call in (A, B)]
    assert [each.reason for each in refusals if each] == [RefusalReason.NOT_IN_WRAP_UP, RefusalReason.NOT_LAST_CALL]


def test_who_gets_the_waiting_customer_when_his_redial_was_refused_or_is_gone() -> None:
    floor = make_floor(make_agent())
    assert floor.begin_redial(floor.agents[ONE], A) is None
    waiting(floor, make_attempt(2))
    assert floor.agents[ONE].state is AgentState.READY
    assert orders(floor.end_redial(ONE, NOW)) == [do.Join(B, ONE)]
    assert floor.end_redial(TWO, NOW) == []
