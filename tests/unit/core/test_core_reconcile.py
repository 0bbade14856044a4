"""What Asterisk shows against what the floor believes, and the floor that the database remembers."""

from datetime import timedelta

import pytest

from dialer.core import events as ev
from dialer.core.agent import AgentState
from dialer.core.attempt import AttemptState, Mode
from dialer.core.floor import Floor
from dialer.core.reconcile import ChannelSeen, Differences, PhoneSeen, Snapshot, compare
from dialer.core.recovery import restore
from tests.unit.core.build import NOW, attempt_id, later, make_agent, make_attempt, make_floor, session_id

A, ONE = attempt_id(1), session_id(1)
WINDOW = timedelta(seconds=2)
UP = ChannelSeen(A, up=True)


def look(floor: Floor, *seen: ChannelSeen | PhoneSeen, missed: bool = False, at_s: float = 10) -> Differences:
    channels = tuple(item for item in seen if isinstance(item, ChannelSeen))
    phones = tuple(item for item in seen if isinstance(item, PhoneSeen))
    return compare(floor, Snapshot(later(at_s), channels, phones), missed)


def floor_with(state: AttemptState, **changes: object) -> Floor:
    return Floor(attempts={A: make_attempt(1, state=state, state_at=NOW, **changes)})


NOTHING = Differences()
BRIDGED = ChannelSeen(A, up=True, bridge=ONE)
ANNOUNCING = ChannelSeen(A, up=True, announcing=True)
RINGING = ChannelSeen(A, up=False)
S = AttemptState


@pytest.mark.parametrize(
    ("state", "seen", "missed", "event"),
    [
        (S.DIALING, RINGING, True, None),
        (S.WAITING, RINGING, True, None),
        (S.CONNECTED, BRIDGED, True, None),
        (S.ANNOUNCING, ANNOUNCING, True, None),
        (S.RINGING, ANNOUNCING, False, ev.FoundAnnouncing(A)),
        (S.CONNECTED, ANNOUNCING, False, ev.FoundAnnouncing(A)),
        (S.RINGING, BRIDGED, False, ev.FoundBridged(A, ONE)),
        (S.ANNOUNCING, BRIDGED, False, ev.FoundBridged(A, ONE)),
        (S.DIALING, UP, False, ev.Answered(A, True)),
        (S.RINGING, ChannelSeen(A, up=True, recorded=False), False, ev.Answered(A, False)),
        (S.DIALING, UP, True, ev.FoundWaiting(A)),
        (S.WAITING, UP, True, ev.FoundWaiting(A)),
        (S.WAITING, UP, False, None),
        (S.CONNECTED, UP, False, ev.FoundWaiting(A)),
        (S.ANNOUNCING, UP, False, ev.FoundWaiting(A)),
    ],
)
def test_each_difference_becomes_what_was_missed(
    state: AttemptState, seen: ChannelSeen, missed: bool, event: ev.Event | None
) -> None:
    assert look(floor_with(state), seen, missed=missed) == Differences(events=[event] if event else [])


def test_a_manual_call_sits_in_its_agents_bridge_before_the_answer() -> None:
    floor = floor_with(S.DIALING, mode=Mode.MANUAL)
    assert look(floor, ChannelSeen(A, up=False, bridge=ONE)) == NOTHING
    assert look(floor, BRIDGED).events == [ev.FoundBridged(A, ONE)]


def test_an_attempt_without_a_channel_is_gone() -> None:
    assert look(floor_with(S.CONNECTED)).gone == [A]


@pytest.mark.parametrize("seen", [[], [UP], [BRIDGED]])
def test_what_changed_a_moment_ago_is_left_to_its_message(seen: list[ChannelSeen]) -> None:
    assert look(floor_with(S.RINGING), *seen, at_s=3) == NOTHING


def test_after_missed_messages_nothing_is_left_to_them() -> None:
    assert look(floor_with(S.RINGING), UP, missed=True, at_s=3).events == [ev.FoundWaiting(A)]
    assert look(floor_with(S.RINGING), UP, missed=True, at_s=0) == NOTHING


def test_a_channel_of_ours_that_we_have_closed_is_a_stray_and_others_are_none_of_our_business() -> None:
    assert look(Floor(), UP, ChannelSeen("1764000000.1", up=True)).stray_channels == [UP]


def test_phones_come_and_go() -> None:
    floor = make_floor(make_agent(1), make_agent(2, phone_up=False), make_agent(3, phone_up=False))
    seen = [PhoneSeen(session_id(2), 1, up=True), PhoneSeen(session_id(3), 1, up=False)]
    assert look(floor, *seen).events == [ev.PhoneLost(ONE, 1), ev.PhoneUp(session_id(2), 1)]


def test_a_phone_that_is_where_it_should_be_is_no_difference() -> None:
    assert look(make_floor(make_agent(1)), PhoneSeen(ONE, 1, up=True)) == NOTHING


def test_a_leg_of_nobody_or_an_old_one_is_a_stray() -> None:
    old, nobodys = PhoneSeen(ONE, 1, up=True), PhoneSeen(session_id(9), 1, up=True)
    floor = make_floor(make_agent(1, leg=2, phone_up=False))
    assert look(floor, old, nobodys).stray_phones == [old, nobodys]


def test_after_a_restart_any_leg_of_the_agent_is_taken_over() -> None:
    floor = restore([], [make_agent(1, leg=7)], WINDOW)
    assert not floor.agents[ONE].is_available()
    [up] = look(floor, PhoneSeen(ONE, 3, up=True)).events
    floor.receive(up, later(10))
    assert floor.agents[ONE].leg == 3 and floor.agents[ONE].is_available()


@pytest.mark.parametrize(
    ("answered", "connected", "state"),
    [(False, False, S.DIALING), (True, False, S.WAITING), (True, True, S.CONNECTED)],
)
def test_an_attempt_is_restored_as_far_as_it_was_known(answered: bool, connected: bool, state: AttemptState) -> None:
    kept = make_attempt(answered_at=NOW if answered else None, connected_at=NOW if connected else None)
    floor = restore([kept], [], WINDOW)
    assert floor.attempts[A].state is state and floor.window == WINDOW


def test_a_customer_on_the_way_to_an_agent_is_given_to_nobody_else_after_a_restart() -> None:
    agents = [make_agent(1, state=AgentState.RESERVED, attempt_id=A), make_agent(2)]
    floor = restore([make_attempt(answered_at=NOW)], agents, WINDOW)
    floor.receive(ev.PhoneUp(session_id(2), 1), NOW)
    assert (floor.attempts[A].joining, floor.attempts[A].session_id) == (True, ONE)
    floor.receive(ev.FoundBridged(A, ONE), NOW)
    assert floor.agents[ONE].state is AgentState.ON_CALL


def test_an_agent_in_wrap_up_is_restored_with_the_call_to_dispose_of() -> None:
    floor = restore([], [make_agent(1, state=AgentState.WRAP_UP, attempt_id=A)], WINDOW)
    assert floor.agents[ONE].attempt_id == A


def test_a_restored_call_by_hand_never_makes_its_lead_the_dialers_again() -> None:
    made = make_attempt(1, mode=Mode.MANUAL, max_attempts=3)
    assert restore([made], [], timedelta(seconds=2)).attempts[made.id].max_attempts == 0
