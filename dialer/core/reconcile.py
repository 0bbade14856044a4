"""What Asterisk shows against what the floor believes. State is a function of both, never of events alone.

The same rule serves the start after a crash, a reconnect and the look every few seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.core import events as ev
from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, AttemptState, Mode
from dialer.core.floor import Floor
from dialer.core.ids import AttemptId, SessionId, is_attempt_id

SETTLE = timedelta(seconds=3)  # younger than this, a difference is only a message still on its way


@dataclass(frozen=True)
class ChannelSeen:
    """A customer's channel: `up` = answered; `bridge` = the session whose bridge it is in, if any."""

    attempt_id: str
    up: bool
    announcing: bool = False
    bridge: SessionId | None = None
    recorded: bool = True


@dataclass(frozen=True)
class PhoneSeen:
    """An agent's channel, answered or still ringing."""

    session_id: SessionId
    leg: int
    up: bool


@dataclass(frozen=True)
class Snapshot:
    """What Asterisk had at one moment."""

    taken_at: datetime
    channels: tuple[ChannelSeen, ...] = ()
    phones: tuple[PhoneSeen, ...] = ()


@dataclass(frozen=True)
class Differences:
    """`gone`: attempts without a channel (their fate is to be looked up); `strays`: what must be ended."""

    events: list[ev.Event] = field(default_factory=list)
    gone: list[AttemptId] = field(default_factory=list)
    stray_channels: list[ChannelSeen] = field(default_factory=list)
    stray_phones: list[PhoneSeen] = field(default_factory=list)


def compare(floor: Floor, seen: Snapshot, missed_events: bool) -> Differences:
    """Everything in which the snapshot and the floor differ, as events to apply and things to do.

    With `missed_events` (after a start or a reconnect) a customer found up and alone has waited for nobody knows
    how long: he is told at once. Otherwise his answer is merely seen here before its event.
    """
    found = Differences()
    settle = timedelta(0) if missed_events else SETTLE
    channels = {channel.attempt_id: channel for channel in seen.channels}
    for attempt in floor.attempts.values():
        if seen.taken_at - attempt.since() > settle:
            _compare_attempt(attempt, channels.get(attempt.id), found, missed_events)
    for channel in seen.channels:
        if is_attempt_id(channel.attempt_id) and channel.attempt_id not in floor.attempts:
            found.stray_channels.append(channel)
    _compare_phones(floor, seen, found)
    return found


def _compare_attempt(attempt: Attempt, channel: ChannelSeen | None, found: Differences, missed_events: bool) -> None:
    if channel is None:
        found.gone.append(attempt.id)
    elif _agrees(attempt, channel):
        return
    elif channel.announcing:
        found.events.append(ev.FoundAnnouncing(attempt.id))
    elif channel.bridge is not None:
        found.events.append(ev.FoundBridged(attempt.id, channel.bridge))
    elif channel.up and not missed_events and attempt.state in (AttemptState.DIALING, AttemptState.RINGING):
        found.events.append(ev.Answered(attempt.id, channel.recorded))
    elif channel.up and (missed_events or attempt.state is not AttemptState.WAITING):
        found.events.append(ev.FoundWaiting(attempt.id))


def _agrees(attempt: Attempt, channel: ChannelSeen) -> bool:
    if attempt.mode is Mode.MANUAL and not channel.up:
        return True  # it sits in its agent's bridge from the dial on
    if channel.bridge is not None:
        return attempt.state is AttemptState.CONNECTED
    return channel.announcing and attempt.state is AttemptState.ANNOUNCING


def _compare_phones(floor: Floor, seen: Snapshot, found: Differences) -> None:
    by_session: dict[SessionId, PhoneSeen] = {}
    for phone in seen.phones:
        agent = floor.agents.get(phone.session_id)
        if agent is None or agent.leg not in (0, phone.leg):
            found.stray_phones.append(phone)
        else:
            by_session[phone.session_id] = phone
    found.events.extend(_phone_events(floor.agents.values(), by_session, seen.taken_at))


def _phone_events(agents: Iterable[Agent], seen: dict[SessionId, PhoneSeen], at: datetime) -> list[ev.Event]:
    done: list[ev.Event] = []
    for agent in agents:
        phone = seen.get(agent.session_id)
        if phone is None and agent.phone_up:
            done.append(ev.PhoneLost(agent.session_id, agent.leg))
        if phone is not None and phone.up and not agent.phone_up:
            done.append(ev.PhoneUp(agent.session_id, phone.leg))
    return done
