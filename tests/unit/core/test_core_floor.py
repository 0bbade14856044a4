"""The floor, told one story at a time: what goes out, what is remembered, who is free afterwards."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import pytest

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Attempt, AttemptState, DialResult, EndReason, Mode
from dialer.core.callbacks import Promise
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.disposition import Disposition, Meaning, Retry
from dialer.core.floor import Floor
from dialer.core.ids import CampaignId
from dialer.core.manners import Manners
from dialer.core.records import AttemptAnswered, AttemptClosed, AttemptDisposed, SessionChanged
from dialer.core.recycle import LeadState
from tests.unit.core.build import (
    CAMPAIGN,
    NOW,
    attempt_id,
    available,
    later,
    make_agent,
    make_attempt,
    make_floor,
    session_id,
)

A, B = attempt_id(1), attempt_id(2)
ONE, TWO = session_id(1), session_id(2)
OTHER = CampaignId("other")
R = TypeVar("R")


def written(commands: list[do.Command] | Refusal, kind: type[R]) -> list[R]:
    assert not isinstance(commands, Refusal), commands
    records = [command.record for command in commands if isinstance(command, do.Write)]
    return [record for record in records if isinstance(record, kind)]


def orders(commands: list[do.Command] | Refusal) -> list[do.Command]:
    assert not isinstance(commands, Refusal), commands
    return [command for command in commands if not isinstance(command, do.Write)]


def reason(outcome: list[do.Command] | Refusal) -> RefusalReason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


def waiting(floor: Floor, attempt: Attempt, at: datetime = NOW) -> None:
    floor.receive(ev.Opened(attempt), at)
    floor.receive(ev.Answered(attempt.id), at)


def connected(floor: Floor, attempt: Attempt | None = None) -> None:
    """The attempt is with the agent who was idle longest."""
    attempt = attempt or make_attempt()
    waiting(floor, attempt)
    session = floor.attempts[attempt.id].session_id
    assert session is not None
    floor.receive(ev.Joined(attempt.id, session), NOW)


def manual(n: int = 1, **changes: object) -> Attempt:
    return make_attempt(n, mode=Mode.MANUAL, session_id=ONE, agent_id=make_agent(1).agent_id, **changes)


# -- automatic calls ---------------------------------------------------------------------------------------------


def test_a_call_from_the_dial_to_the_disposition() -> None:
    floor, attempt = make_floor(make_agent()), make_attempt()
    assert floor.receive(ev.Opened(attempt), NOW) == [do.Originate(attempt)]
    assert (floor.lines()[CAMPAIGN], floor.on_trunk("practice"), available(floor, CAMPAIGN)) == (1, 1, 1)
    assert floor.receive(ev.Rang(A), later(1)) == []
    answered = floor.receive(ev.Answered(A), later(2))
    assert orders(answered) == [do.Join(A, ONE)]
    assert written(answered, AttemptAnswered) == [AttemptAnswered(A, later(2))]
    assert (floor.lines()[CAMPAIGN], available(floor, CAMPAIGN)) == (0, 0)
    floor.receive(ev.Joined(A, ONE), later(3))
    assert floor.agents[ONE].state is AgentState.ON_CALL
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER, 16), later(60)), AttemptClosed)
    assert (closed.result, closed.reason) == (DialResult.ANSWERED, EndReason.CUSTOMER_HUNG_UP)
    assert (closed.answered_at, closed.connected_at, closed.abandoned) == (later(2), later(3), False)
    agent = floor.agents[ONE]
    assert agent.state is AgentState.WRAP_UP
    [said] = written(floor.dispose(agent, A, "dnc", later(70)), AttemptDisposed)
    assert (said.disposition, said.on_dnc) == ("dnc", True)
    assert available(floor, CAMPAIGN) == 1


def test_messages_about_calls_that_we_do_not_have_change_nothing() -> None:
    floor = make_floor(make_agent())
    told: list[ev.Event] = [
        ev.Rang(A),
        ev.Answered(A),
        ev.Joined(A, ONE),
        ev.JoinFailed(A, ONE),
        ev.NotPlaced(A),
        ev.Ended(A, DialResult.BUSY),
        ev.PhoneUp(TWO, 1),
        ev.PhoneLost(TWO, 1),
        ev.FoundBridged(A, ONE),
        ev.FoundWaiting(A),
        ev.FoundAnnouncing(A),
    ]
    assert [floor.receive(event, NOW) for event in told] == [[]] * len(told)
    assert floor == make_floor(make_agent())


def test_an_opening_told_twice_dials_once() -> None:
    floor = make_floor()
    assert floor.receive(ev.Opened(make_attempt()), NOW) != []
    assert floor.receive(ev.Opened(make_attempt()), NOW) == []


def test_an_answer_told_twice_is_one_answer() -> None:
    floor = make_floor()
    waiting(floor, make_attempt())
    assert floor.receive(ev.Answered(A), later(1)) == []


def test_a_call_that_asterisk_refused_was_not_placed() -> None:
    floor = make_floor()
    floor.receive(ev.Opened(make_attempt()), NOW)
    [closed] = written(floor.receive(ev.NotPlaced(A), NOW), AttemptClosed)
    assert (closed.result, closed.reason, closed.abandoned) == (DialResult.FAILED, EndReason.NOT_PLACED, False)


def test_an_answer_without_a_recorder_is_told_and_never_joined() -> None:
    floor = make_floor(make_agent())
    floor.receive(ev.Opened(make_attempt()), NOW)
    assert orders(floor.receive(ev.Answered(A, recorder_ok=False), NOW)) == [do.Announce(A)]
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW), AttemptClosed)
    assert (closed.reason, closed.abandoned) == (EndReason.RECORDER_FAILED, True)


def test_nobody_within_the_window_means_the_message_and_an_abandoned_call() -> None:
    floor = make_floor()
    waiting(floor, make_attempt())
    assert floor.tick(later(2)) == []
    assert floor.tick(later(2.2)) == [do.Announce(A)]
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(9)), AttemptClosed)
    assert (closed.reason, closed.abandoned) == (EndReason.NO_AGENT, True)


@pytest.mark.parametrize(("stayed_s", "abandoned"), [(1.0, False), (2.5, True)])
def test_an_end_found_late_is_judged_by_when_it_was(stayed_s: float, abandoned: bool) -> None:
    floor = make_floor()
    waiting(floor, make_attempt())
    ended = ev.Ended(A, DialResult.ANSWERED, answered_at=NOW, ended_at=later(stayed_s))
    [closed] = written(floor.receive(ended, later(600)), AttemptClosed)
    assert (closed.at, closed.abandoned) == (later(stayed_s), abandoned)


def test_the_longest_waiting_customer_gets_the_next_agent() -> None:
    floor = make_floor(make_agent(state=AgentState.PAUSED))
    waiting(floor, make_attempt(2), later(0.5))
    waiting(floor, make_attempt(1), NOW)
    assert orders(floor.set_ready(floor.agents[ONE], later(1))) == [do.Join(A, ONE)]


def test_a_failed_join_is_tried_with_another_agent_at_the_next_tick() -> None:
    floor = make_floor(make_agent(1, state_at=later(-9)), make_agent(2))
    waiting(floor, make_attempt())
    assert orders(floor.receive(ev.JoinFailed(A, ONE), later(1))) == []
    assert floor.agents[ONE].state is AgentState.READY
    assert orders(floor.tick(later(1.2))) == [do.Join(A, TWO)]


def test_a_join_that_fails_again_and_again_ends_with_the_message() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    seconds, sent = 0.0, 0
    while floor.attempts[A].state is AttemptState.WAITING:
        sent += floor.attempts[A].joining
        floor.receive(ev.JoinFailed(A, ONE), later(seconds))
        seconds += 0.2
        floor.tick(later(seconds))
    assert seconds < 2.6 and sent <= 12
    assert floor.attempts[A].state is AttemptState.ANNOUNCING
    assert available(floor, CAMPAIGN) == 1


def test_a_join_without_an_answer_is_given_up_in_time() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    assert orders(floor.tick(later(3))) == []
    assert orders(floor.tick(later(3.2))) == [do.Announce(A)]
    assert available(floor, CAMPAIGN) == 1


def test_one_tick_never_gives_a_customer_to_an_agent_and_to_the_message() -> None:
    """The first one's join is given up, and the second one, past the window too, is told, not joined as well."""
    floor = make_floor(make_agent())
    waiting(floor, make_attempt(1))
    waiting(floor, make_attempt(2), later(1))
    done = orders(floor.tick(later(3.2)))
    assert done == [do.Announce(A), do.Announce(B)]
    assert floor.agents[ONE].state is AgentState.READY


def test_a_late_join_with_an_agent_tried_before_does_not_count_for_the_next() -> None:
    floor = make_floor(make_agent(1, state_at=later(-9)), make_agent(2))
    waiting(floor, make_attempt())
    floor.receive(ev.PhoneLost(ONE, 1), later(0.5))
    floor.tick(later(0.6))
    assert floor.attempts[A].session_id == TWO
    assert floor.receive(ev.Joined(A, ONE), later(0.7)) == []
    assert floor.receive(ev.JoinFailed(A, ONE), later(0.7)) == []
    assert floor.agents[TWO].state is AgentState.RESERVED


def test_a_customer_who_goes_while_being_joined_leaves_the_agent_ready_for_the_next() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt(1))
    waiting(floor, make_attempt(2))
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(0.1))
    assert orders(floor.tick(later(0.2))) == [do.Join(B, ONE)]


def test_a_customer_whose_agents_phone_is_lost_hears_the_message_once() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    assert orders(floor.receive(ev.PhoneLost(ONE, 1), later(9))) == [do.Announce(A)]
    assert floor.agents[ONE].state is AgentState.WRAP_UP
    assert do.CallPhone(ONE, "1001", 2) in floor.tick(later(11))
    floor.receive(ev.PhoneUp(ONE, 2), later(12))
    assert orders(floor.receive(ev.PhoneLost(ONE, 2), later(13))) == []
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(20)), AttemptClosed)
    assert (closed.reason, closed.abandoned) == (EndReason.AGENT_LOST, False)


def test_a_call_being_hung_up_gets_no_message_when_the_phone_goes_too() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    assert orders(floor.hang_up(A, floor.agents[ONE], later(1))) == [do.HangUp(A)]
    assert orders(floor.receive(ev.PhoneLost(ONE, 1), later(1.1))) == []


def test_an_agent_whose_call_is_gone_without_a_word_is_set_free() -> None:
    for state, after in ((AgentState.RESERVED, AgentState.READY), (AgentState.ON_CALL, AgentState.WRAP_UP)):
        floor = make_floor(make_agent(state=state, attempt_id=A))
        floor.tick(NOW)
        assert floor.agents[ONE].state is after


# -- time ----------------------------------------------------------------------------------------------------------


def test_a_call_that_rings_too_long_is_hung_up_and_again_until_it_is_gone() -> None:
    floor = make_floor()
    floor.receive(ev.Opened(make_attempt()), NOW)
    assert floor.tick(later(40)) == []
    assert floor.tick(later(41)) == [do.HangUp(A)]
    assert floor.tick(later(46)) == []
    assert floor.tick(later(47)) == [do.HangUp(A)]
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(48)), AttemptClosed)
    assert closed.reason is EndReason.RING_TIMEOUT


def test_a_message_that_does_not_end_is_ended() -> None:
    floor = make_floor()
    waiting(floor, make_attempt())
    floor.tick(later(3))
    assert floor.tick(later(60)) == []
    assert floor.tick(later(64)) == [do.HangUp(A)]


def test_a_wrap_up_that_lasts_too_long_ends_with_a_pause_and_disposition_other() -> None:
    floor = make_floor(make_agent())
    floor.manners[CAMPAIGN] = Manners(disposition_required=False)
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    assert floor.tick(later(60)) == []
    [said] = written(floor.tick(later(61)), AttemptDisposed)
    assert said.disposition == "other"
    assert (floor.agents[ONE].state, floor.agents[ONE].reason) == (AgentState.PAUSED, "wrap_up_overrun")


def overdue(floor: Floor) -> Agent:
    """The one agent after a call whose wrap-up ran out without a word."""
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    done = floor.tick(later(61))
    assert written(done, AttemptDisposed) == []
    assert [(record.state, record.attempt_id) for record in written(done, SessionChanged)] == [(AgentState.PAUSED, A)]
    return floor.agents[ONE]


def test_a_disposition_that_is_missing_keeps_the_agent_from_the_next_call_until_it_is_given() -> None:
    floor = make_floor(make_agent())
    agent = overdue(floor)
    assert (agent.reason, agent.owes_disposition()) == ("disposition_missing", True)
    assert reason(floor.set_ready(agent, later(62))) is RefusalReason.DISPOSITION_MISSING
    waiting(floor, make_attempt(2), later(62))
    assert floor.attempts[B].joining is False
    [said] = written(floor.dispose(agent, A, "sale", later(63)), AttemptDisposed)
    assert said.disposition == "sale"
    agent = floor.agents[ONE]
    assert (agent.state, agent.reason, agent.owes_disposition()) == (AgentState.PAUSED, "wrap_up_overrun", False)
    assert orders(floor.set_ready(agent, later(63))) == [do.Join(B, ONE)]


def test_a_pause_wished_while_a_disposition_is_missing_begins_when_it_is_given() -> None:
    floor = make_floor(make_agent())
    assert floor.pause(overdue(floor), "lunch", later(62)) == []
    assert floor.agents[ONE].reason == "disposition_missing"
    floor.dispose(floor.agents[ONE], A, "sale", later(63))
    assert (floor.agents[ONE].state, floor.agents[ONE].reason) == (AgentState.PAUSED, "lunch")


def test_who_owes_a_disposition_has_no_other_call() -> None:
    floor = make_floor(make_agent())
    overdue(floor)
    done = floor.receive(ev.Opened(manual(2)), later(62))
    assert [record.reason for record in written(done, AttemptClosed)] == [EndReason.NOT_PLACED]
    floor.receive(ev.Opened(make_attempt(3)), later(62))
    assert orders(floor.receive(ev.FoundBridged(attempt_id(3), ONE), later(63))) == [do.HangUp(attempt_id(3))]
    assert floor.agents[ONE].attempt_id == A


def test_who_ends_the_shift_without_the_missing_disposition_leaves_other() -> None:
    floor = make_floor(make_agent())
    done = floor.end_session(overdue(floor), later(62))
    assert [record.disposition for record in written(done, AttemptDisposed)] == ["other"]


def test_the_wrap_up_is_that_of_the_campaign_of_the_call() -> None:
    floor = make_floor(make_agent(campaign_ids=(OTHER, CAMPAIGN)))
    floor.manners = {CAMPAIGN: Manners(wrap_up_s=5), OTHER: Manners(wrap_up_s=500)}
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    floor.tick(later(6))
    assert floor.agents[ONE].owes_disposition()


def test_a_wrap_up_after_nothing_needs_no_disposition() -> None:
    floor = make_floor(make_agent(state=AgentState.WRAP_UP))
    assert written(floor.tick(later(61)), AttemptDisposed) == []


def test_a_phone_is_called_at_once_and_again_until_it_is_there() -> None:
    floor = make_floor(make_agent(phone_up=False, leg=0))
    assert floor.tick(NOW) == [do.CallPhone(ONE, "1001", 1)]
    assert floor.tick(later(14)) == []
    assert floor.tick(later(15)) == [do.CallPhone(ONE, "1001", 2)]
    assert floor.receive(ev.PhoneUp(ONE, 1), later(16)) == [] and not floor.agents[ONE].phone_up
    floor.receive(ev.PhoneLost(ONE, 2), later(17))
    assert floor.tick(later(18)) == []
    assert floor.tick(later(19)) == [do.CallPhone(ONE, "1001", 3)]
    floor.receive(ev.PhoneUp(ONE, 3), later(20))
    assert floor.tick(later(40)) == [] and available(floor, CAMPAIGN) == 1


def test_a_customer_is_not_given_to_an_agent_whose_phone_went_while_joining() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    floor.receive(ev.PhoneLost(ONE, 1), later(1))
    assert available(floor, CAMPAIGN) == 0
    assert do.Announce(A) in floor.tick(later(2.2))


# -- manual calls --------------------------------------------------------------------------------------------------


def test_a_manual_call_has_its_agent_from_the_dial_on() -> None:
    floor = make_floor(make_agent(state=AgentState.PAUSED))
    assert orders(floor.receive(ev.Opened(manual()), NOW)) == [do.DialManual(manual(), ONE)]
    assert floor.agents[ONE].state is AgentState.RESERVED and floor.lines()[CAMPAIGN] == 0
    floor.receive(ev.Answered(A), later(5))
    assert floor.agents[ONE].state is AgentState.ON_CALL
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(9)), AttemptClosed)
    assert (closed.abandoned, closed.connected_at) == (False, later(5))


def test_a_manual_call_for_an_agent_who_got_another_meanwhile_is_not_dialed() -> None:
    for floor in (make_floor(make_agent(state=AgentState.RESERVED, attempt_id=B)), make_floor()):
        done = floor.receive(ev.Opened(manual()), NOW)
        assert orders(done) == []
        assert [record.reason for record in written(done, AttemptClosed)] == [EndReason.NOT_PLACED]


def test_a_manual_call_without_a_recorder_is_hung_up() -> None:
    floor = make_floor(make_agent())
    floor.receive(ev.Opened(manual()), NOW)
    assert orders(floor.receive(ev.Answered(A, recorder_ok=False), NOW)) == [do.HangUp(A)]
    assert floor.attempts[A].end_reason is EndReason.RECORDER_FAILED


def test_a_manual_call_answered_after_its_agent_was_lost_is_hung_up() -> None:
    floor = make_floor(make_agent())
    floor.receive(ev.Opened(manual()), NOW)
    assert orders(floor.receive(ev.PhoneLost(ONE, 1), later(3))) == [do.HangUp(A)]
    assert orders(floor.receive(ev.Answered(A), later(3.1))) == [do.HangUp(A)]
    assert floor.attempts[A].end_reason is EndReason.AGENT_LOST


# -- what is found -------------------------------------------------------------------------------------------------


def test_a_call_found_talking_is_taken_up_with_its_agent() -> None:
    floor = make_floor(make_agent())
    floor.receive(ev.Opened(make_attempt()), NOW)
    done = floor.receive(ev.FoundBridged(A, ONE), later(5))
    assert [record.at for record in written(done, AttemptAnswered)] == [later(5)]
    assert (floor.agents[ONE].state, floor.agents[ONE].attempt_id) == (AgentState.ON_CALL, A)
    assert floor.receive(ev.FoundBridged(A, ONE), later(6)) == []


def test_a_call_found_talking_to_the_agent_it_goes_to_is_connected() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    floor.receive(ev.FoundBridged(A, ONE), later(1))
    assert floor.attempts[A].state is AttemptState.CONNECTED


def test_a_late_join_with_another_agent_is_left_to_the_order_on_its_way() -> None:
    floor = make_floor(make_agent(1), make_agent(2))
    waiting(floor, make_attempt())
    assert floor.receive(ev.FoundBridged(A, TWO), later(1)) == []


@pytest.mark.parametrize(
    "agent",
    [None, make_agent(state=AgentState.WRAP_UP, attempt_id=B), make_agent(state=AgentState.ON_CALL, attempt_id=B)],
)
def test_a_call_found_with_nobody_who_could_have_it_is_ended(agent: Agent | None) -> None:
    floor = make_floor(*[agent] if agent else [])
    floor.attempts[B] = make_attempt(2, state=AttemptState.CONNECTED, session_id=ONE)
    floor.receive(ev.Opened(make_attempt()), NOW)
    assert orders(floor.receive(ev.FoundBridged(A, ONE), NOW)) == [do.HangUp(A)]
    assert [kept.attempt_id for kept in floor.agents.values()] == ([B] if agent else [])


def test_a_wrap_up_in_hand_is_not_lost_to_a_call_found() -> None:
    floor = make_floor(make_agent(state=AgentState.WRAP_UP, attempt_id=B))
    floor.receive(ev.Opened(make_attempt()), NOW)
    floor.receive(ev.FoundBridged(A, ONE), NOW)
    assert not isinstance(floor.dispose(floor.agents[ONE], B, "sale", NOW), Refusal)


def test_a_call_being_told_and_found_in_a_bridge_is_sent_to_the_message_again() -> None:
    floor = make_floor(make_agent(phone_up=False))
    waiting(floor, make_attempt())
    floor.tick(later(3))
    assert floor.receive(ev.FoundBridged(A, ONE), later(6)) == [do.Announce(A)]
    assert floor.receive(ev.FoundWaiting(A), later(6)) == [do.Announce(A)]
    assert floor.receive(ev.FoundAnnouncing(A), later(6)) == []


def test_a_call_found_alone_is_told_at_once() -> None:
    floor = make_floor(make_agent())
    floor.receive(ev.Opened(make_attempt()), NOW)
    done = floor.receive(ev.FoundWaiting(A), later(5))
    assert orders(done) == [do.Announce(A)] and len(written(done, AttemptAnswered)) == 1
    assert floor.attempts[A].end_reason is EndReason.DIALER_RESTARTED


def test_a_connected_call_found_alone_is_told_and_its_agent_free() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    assert orders(floor.receive(ev.FoundWaiting(A), later(5))) == [do.Announce(A)]
    assert floor.agents[ONE].state is AgentState.WRAP_UP


def test_a_call_being_joined_or_hung_up_is_not_disturbed_by_being_found() -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    assert floor.receive(ev.FoundWaiting(A), NOW) == []
    floor.hang_up(A, None, NOW)
    assert floor.receive(ev.FoundBridged(A, ONE), NOW) == []


@pytest.mark.parametrize("is_joined", [True, False])
def test_a_call_that_the_dialplan_took_to_the_message_sets_its_agent_free(is_joined: bool) -> None:
    floor = make_floor(make_agent())
    waiting(floor, make_attempt())
    if is_joined:
        floor.receive(ev.Joined(A, ONE), NOW)
    assert orders(floor.receive(ev.FoundAnnouncing(A), later(5))) == []
    assert floor.agents[ONE].state is (AgentState.WRAP_UP if is_joined else AgentState.READY)
    assert floor.receive(ev.Joined(A, ONE), later(6)) == []


def test_a_call_found_in_the_message_was_answered() -> None:
    floor = make_floor()
    floor.receive(ev.Opened(make_attempt()), NOW)
    assert len(written(floor.receive(ev.FoundAnnouncing(A), later(5)), AttemptAnswered)) == 1


def test_a_call_read_from_asterisks_record_keeps_its_answer() -> None:
    floor = make_floor()
    floor.receive(ev.Opened(make_attempt()), NOW)
    end = ev.Ended(A, DialResult.ANSWERED, answered_at=later(4), reason=EndReason.NODE_LOST)
    [closed] = written(floor.receive(end, later(9)), AttemptClosed)
    assert (closed.answered_at, closed.reason, closed.abandoned) == (later(4), EndReason.NODE_LOST, True)


# -- wishes of persons ---------------------------------------------------------------------------------------------


def test_one_session_an_agent_and_one_an_extension() -> None:
    floor = make_floor()
    [begun] = written(floor.start_session(make_agent(), NOW), SessionChanged)
    assert begun.ended_at is None
    assert reason(floor.start_session(make_agent(1), NOW)) is RefusalReason.SESSION_EXISTS
    assert reason(floor.start_session(make_agent(2, extension="1001"), NOW)) is RefusalReason.SESSION_EXISTS
    assert not isinstance(floor.start_session(make_agent(2), NOW), Refusal)


def test_a_pause_begins_now_or_after_the_call() -> None:
    floor = make_floor(make_agent(1), make_agent(2, state=AgentState.PAUSED))
    floor.pause(floor.agents[TWO], "lunch", NOW)
    assert floor.agents[TWO].reason == "lunch"
    connected(floor)
    assert floor.pause(floor.agents[ONE], "lunch", NOW) == []
    assert reason(floor.set_ready(floor.agents[ONE], NOW)) is RefusalReason.STATE_FORBIDDEN
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    floor.dispose(floor.agents[ONE], A, "sale", NOW)
    assert (floor.agents[ONE].state, floor.agents[ONE].reason) == (AgentState.PAUSED, "lunch")


def test_a_shift_ends_outside_a_call_and_the_phone_with_it() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    assert reason(floor.end_session(floor.agents[ONE], NOW)) is RefusalReason.STATE_FORBIDDEN
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    done = floor.end_session(floor.agents[ONE], later(5))
    assert orders(done) == [do.DropPhone(ONE, 1)]
    assert [record.disposition for record in written(done, AttemptDisposed)] == ["other"]
    assert [record.ended_at for record in written(done, SessionChanged)] == [later(5)]
    assert floor.session_of("agent-1") is None


def test_a_shift_without_a_call_ends_without_a_disposition() -> None:
    floor = make_floor(make_agent())
    assert floor.session_of("agent-1") == make_agent()
    assert written(floor.end_session(make_agent(), NOW), AttemptDisposed) == []


def test_an_agent_hangs_up_the_own_call_only() -> None:
    floor = make_floor(make_agent(1), make_agent(2))
    connected(floor)
    assert reason(floor.hang_up(B, None, NOW)) is RefusalReason.UNKNOWN_CALL
    assert reason(floor.hang_up(A, floor.agents[TWO], NOW)) is RefusalReason.NOT_YOUR_CALL
    assert floor.hang_up(A, floor.agents[ONE], NOW) == [do.HangUp(A)]
    assert floor.attempts[A].end_reason is EndReason.AGENT_HUNG_UP


def test_a_call_is_disposed_of_by_the_dispositions_of_its_campaign() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    later_again = Disposition("later", Meaning.NO_VOICE, "稍后", "Later", Retry(120))
    floor.manners[CAMPAIGN] = Manners(dispositions=(later_again,))
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(60))
    agent = floor.agents[ONE]
    assert reason(floor.dispose(agent, A, "sale", later(61))) is RefusalReason.UNKNOWN_DISPOSITION
    [said] = written(floor.dispose(agent, A, "later", later(61)), AttemptDisposed)
    assert (said.disposition, said.meaning, said.on_dnc) == ("later", Meaning.NO_VOICE, False)
    assert said.lead_next is not None
    assert (said.lead_next.state, said.lead_next.next_at) == (LeadState.ATTEMPTED, later(61 + 120))


def test_a_callback_goes_with_a_disposition_that_promises_one_and_with_no_other() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(60))
    promise = Promise(later(3600), floor.agents[ONE].agent_id, "asks for the tariff")
    assert reason(floor.dispose(floor.agents[ONE], A, "sale", later(61), promise)) is RefusalReason.BAD_CALLBACK_TIME
    [said] = written(floor.dispose(floor.agents[ONE], A, "callback", later(61), promise), AttemptDisposed)
    assert said.promise == promise and said.lead_next is not None
    assert (said.lead_next.state, said.lead_next.next_at) == (LeadState.CALLBACK, later(3600))


def test_only_the_own_call_is_disposed_of_and_only_after_it() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    assert reason(floor.dispose(floor.agents[ONE], B, "sale", NOW)) is RefusalReason.NOT_YOUR_CALL
    assert reason(floor.dispose(floor.agents[ONE], A, "sale", NOW)) is RefusalReason.NOT_IN_WRAP_UP


def test_a_shutdown_hangs_up_every_call_once() -> None:
    floor = make_floor(make_agent())
    connected(floor)
    floor.receive(ev.Opened(make_attempt(2)), NOW)
    floor.hang_up(B, None, NOW)
    assert floor.stop_all(NOW) == [do.HangUp(A)]
    assert floor.attempts[A].end_reason is EndReason.OPERATOR


def test_campaigns_do_not_mix() -> None:
    floor = make_floor(make_agent(campaign_ids=(CampaignId("other"),)))
    waiting(floor, make_attempt())
    assert available(floor, CAMPAIGN) == 0 and available(floor, CampaignId("other")) == 1
    assert floor.attempts[A].joining is False
    assert floor.lines()[CampaignId("other")] == 0 and floor.on_trunk("other") == 0


def test_a_free_agent_gets_the_customer_of_the_highest_priority_then_who_waits_longest() -> None:
    floor = make_floor(make_agent(state=AgentState.PAUSED, campaign_ids=(CAMPAIGN, OTHER)))
    floor.manners = {CAMPAIGN: Manners(priority=10), OTHER: Manners(priority=90)}
    waiting(floor, make_attempt(1), NOW)
    waiting(floor, make_attempt(2, campaign_id=OTHER), later(1))
    waiting(floor, make_attempt(3, campaign_id=OTHER), later(0.5))
    assert orders(floor.set_ready(floor.agents[ONE], later(1))) == [do.Join(attempt_id(3), ONE)]


def test_a_customer_gets_the_agent_longest_idle_of_those_who_work_his_campaign() -> None:
    floor = make_floor(
        make_agent(1, state_at=later(-90), campaign_ids=(OTHER,)),
        make_agent(2, state_at=later(-50), campaign_ids=(OTHER, CAMPAIGN)),
        make_agent(3, state_at=later(-10), campaign_ids=(CAMPAIGN,)),
    )
    assert floor.works()[TWO] == (OTHER, CAMPAIGN)
    waiting(floor, make_attempt())
    assert floor.attempts[A].session_id == TWO


def test_a_call_that_does_not_ring_before_the_window_closes_is_ended() -> None:
    floor = make_floor()
    floor.receive(ev.Opened(make_attempt(1, ring_by=later(5))), NOW)
    floor.receive(ev.Opened(make_attempt(2, ring_by=later(5))), NOW)
    floor.receive(ev.Rang(B), later(4))
    assert floor.tick(later(4.9)) == []
    assert floor.tick(later(5)) == [do.HangUp(A)]
    assert floor.attempts[A].end_reason is EndReason.HOURS_OVER


# -- stops -----------------------------------------------------------------------------------------------------------


def everywhere(floor: Floor) -> None:
    """A call in each place: 1 talks, 2 is on the way to its agent, 3 waits, 4 hears the message, 5 rings."""
    for n in (1, 2, 3):
        waiting(floor, make_attempt(n))
    floor.receive(ev.Joined(A, ONE), NOW)
    floor.receive(ev.Opened(make_attempt(4)), NOW)
    floor.receive(ev.Answered(attempt_id(4), recorder_ok=False), NOW)
    floor.receive(ev.Opened(make_attempt(5)), NOW)


def test_a_cut_ends_the_calls_of_its_campaign_once_and_tells_who_waits() -> None:
    floor = make_floor(make_agent(1), make_agent(2))
    everywhere(floor)
    waiting(floor, make_attempt(6, campaign_id=OTHER))
    told = [do.Announce(B), do.Announce(attempt_id(3))]
    assert sorted(orders(floor.cut({OTHER}, later(1))), key=repr) == [*told, do.HangUp(A), do.HangUp(attempt_id(5))]
    assert floor.agents[TWO].state is AgentState.READY
    assert {floor.attempts[attempt_id(n)].end_reason for n in (1, 2, 3, 5)} == {EndReason.CAMPAIGN_STOPPED}
    assert floor.cut({OTHER}, later(1)) == []
    [closed] = written(floor.receive(ev.Ended(B, DialResult.NO_ANSWER), later(9)), AttemptClosed)
    assert (closed.reason, closed.abandoned) == (EndReason.CAMPAIGN_STOPPED, True)


def test_a_shutdown_begins_with_what_only_rings() -> None:
    floor = make_floor(make_agent(1), make_agent(2))
    everywhere(floor)
    assert floor.stop_unanswered(NOW) == [do.HangUp(attempt_id(5))]


def test_an_emergency_ends_everything_the_message_too() -> None:
    floor = make_floor(make_agent(1), make_agent(2))
    everywhere(floor)
    assert floor.stop_all(NOW, EndReason.EMERGENCY_STOP) == [do.HangUp(attempt_id(n)) for n in (1, 2, 3, 4, 5)]
    [closed] = written(floor.receive(ev.Ended(A, DialResult.NO_ANSWER), later(1)), AttemptClosed)
    assert closed.reason is EndReason.EMERGENCY_STOP


def test_an_end_of_a_call_whose_agent_has_another_leaves_the_agent_alone() -> None:
    floor = make_floor(make_agent(state=AgentState.ON_CALL, attempt_id=B))
    floor.attempts[B] = make_attempt(2, state=AttemptState.CONNECTED, session_id=ONE)
    floor.attempts[A] = replace(make_attempt(1), state=AttemptState.WAITING, session_id=ONE, joining=True)
    floor.receive(ev.Ended(A, DialResult.NO_ANSWER), NOW)
    assert floor.agents[ONE] == make_agent(state=AgentState.ON_CALL, attempt_id=B)
