"""Whatever happens, in whatever order, twice, late or never: what must hold of the floor holds.

Beside the floor runs a small Asterisk of our own: it carries out orders late, silently or not at all, and its
snapshot is what the floor is compared with.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.ageing import JOIN_LIMIT
from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Attempt, AttemptState, DialResult, EndReason, Mode
from dialer.core.compliance import Refusal
from dialer.core.floor import Floor
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.manners import Manners
from dialer.core.reconcile import ChannelSeen, PhoneSeen, Snapshot, compare
from dialer.core.records import AttemptAnswered, AttemptClosed, AttemptConnected, SessionChanged
from dialer.core.recovery import restore
from tests.unit.core.build import CAMPAIGN, NOW, available, make_agent, make_attempt

WINDOW = timedelta(seconds=2)
BUSY = (AgentState.RESERVED, AgentState.ON_CALL)
SESSIONS, CALLS = 3, 4
OTHER = CampaignId("other")
WORKS = ((CAMPAIGN,), (CAMPAIGN, OTHER), (OTHER, CAMPAIGN), (OTHER,))
MANNERS = {CAMPAIGN: Manners(priority=10), OTHER: Manners(priority=90, disposition_required=False)}
Outcome = st.sampled_from(["done", "done", "done", "silent", "lost", "refused"])
pick = st.integers(0, 1000)


@dataclass
class Asterisk:
    """Channels and phones, as orders and customers make them."""

    channels: dict[AttemptId, ChannelSeen] = field(default_factory=dict)
    phones: dict[SessionId, PhoneSeen] = field(default_factory=dict)

    def carry_out(self, order: do.Command) -> ev.Event | None:
        """Does it, as far as it can be done; the event that the engine makes of the answer."""
        match order:
            case do.Originate(attempt):
                self.channels[attempt.id] = ChannelSeen(attempt.id, up=False)
            case do.DialManual(attempt, session):
                self.channels[attempt.id] = ChannelSeen(attempt.id, up=False, bridge=session)
            case do.Join(attempt_id, session):
                return self._join(attempt_id, session)
            case do.Announce(attempt_id) if attempt_id in self.channels:
                self.channels[attempt_id] = replace(self.channels[attempt_id], announcing=True, bridge=None)
            case do.HangUp(attempt_id):
                return self.end(attempt_id)
            case do.CallPhone(session, _, leg):
                self.phones[session] = PhoneSeen(session, leg, up=False)
            case do.DropPhone(session, leg) if PhoneSeen(session, leg, up=True) in self.phones.values():
                del self.phones[session]
        return None

    def _join(self, attempt_id: AttemptId, session: SessionId) -> ev.Event:
        channel, phone = self.channels.get(attempt_id), self.phones.get(session)
        if channel is None or not channel.up or channel.announcing or phone is None or not phone.up:
            return ev.JoinFailed(attempt_id, session)
        self.channels[attempt_id] = replace(channel, bridge=session)
        return ev.Joined(attempt_id, session)

    def end(self, attempt_id: AttemptId) -> ev.Event | None:
        return ev.Ended(attempt_id, DialResult.NO_ANSWER, 16) if self.channels.pop(attempt_id, None) else None


def refused(order: do.Command) -> ev.Event | None:
    match order:
        case do.Originate(attempt) | do.DialManual(attempt, _):
            return ev.NotPlaced(attempt.id)
        case do.Join(attempt_id, session):
            return ev.JoinFailed(attempt_id, session)
        case do.CallPhone(session, _, leg):
            return ev.PhoneLost(session, leg)
    return None


class FloorMachine(RuleBasedStateMachine):
    """The rules are what persons, customers, Asterisk and time do."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.floor = Floor(window=WINDOW, manners=dict(MANNERS))
        self.asterisk = Asterisk()
        self.orders: list[do.Command] = []
        self.told: list[ev.Event] = []
        self.opened: dict[AttemptId, Attempt] = {}
        self.closed: dict[AttemptId, AttemptClosed] = {}
        self.originated: Counter[AttemptId] = Counter()
        self.sessions: dict[SessionId, SessionChanged] = {}
        self.phones_up: set[SessionId] = set()

    # -- what the engine does ---------------------------------------------------------------------------------------

    def tell(self, event: ev.Event | None) -> None:
        if event is None:
            return
        self.told.append(event)
        self._note_phone(event)
        self.obey(self.floor.receive(event, self.now))

    def _note_phone(self, event: ev.Event) -> None:
        if isinstance(event, ev.PhoneUp | ev.PhoneLost):
            agent = self.floor.agents.get(event.session_id)
            if agent is not None and isinstance(event, ev.PhoneLost) and agent.leg == event.leg:
                self.phones_up.discard(event.session_id)
            if agent is not None and isinstance(event, ev.PhoneUp) and agent.leg in (0, event.leg):
                self.phones_up.add(event.session_id)

    def obey(self, outcome: Refusal | list[do.Command]) -> None:
        for command in [] if isinstance(outcome, Refusal) else outcome:
            if isinstance(command, do.Write):
                self.remember(command)
            else:
                self.orders.append(command)
            if isinstance(command, do.Originate):
                self.originated[command.attempt.id] += 1

    def remember(self, write: do.Write) -> None:
        record = write.record
        if isinstance(record, AttemptClosed):
            assert record.attempt_id not in self.closed, "closed twice"
            self.closed[record.attempt_id] = record
        elif isinstance(record, AttemptAnswered):
            opened = self.opened[record.attempt_id]
            self.opened[opened.id] = replace(opened, answered_at=opened.answered_at or record.at)
        elif isinstance(record, AttemptConnected):
            opened = self.opened[record.attempt_id]
            self.opened[opened.id] = replace(opened, connected_at=record.at, session_id=record.session_id)
        elif isinstance(record, SessionChanged):
            self.sessions[record.session_id] = record

    def open(self, attempt: Attempt) -> None:
        self.opened[attempt.id] = attempt
        self.tell(ev.Opened(attempt))

    # -- rules: persons ---------------------------------------------------------------------------------------------

    @initialize()
    def a_floor_at_work(self) -> None:
        for n in (0, 1):
            self.begin_a_shift()
            self.obey(self.floor.tick(self.now))
            self.carry_out_everything()
            self.phone(n, up=True, heard=True)
            self.wish(n, "ready")

    @precondition(lambda self: len(self.floor.agents) < SESSIONS)
    @rule()
    def begin_a_shift(self) -> None:
        n = len(self.sessions) + 1
        works = WORKS[n % len(WORKS)]
        agent = make_agent(n, state=AgentState.PAUSED, phone_up=False, leg=0, started_at=self.now, campaign_ids=works)
        self.obey(self.floor.start_session(agent, self.now))

    @precondition(lambda self: self.floor.agents)
    @rule(n=pick, wish=st.sampled_from(["ready", "ready", "ready", "pause", "dispose", "hang up", "end"]))
    def wish(self, n: int, wish: str) -> None:
        agent = self.agent(n)
        if wish == "ready":
            self.obey(self.floor.set_ready(agent, self.now))
        elif wish == "pause":
            self.obey(self.floor.pause(agent, "lunch", self.now))
        elif wish == "end":
            self.obey(self.floor.end_session(agent, self.now))
        elif agent.attempt_id and wish == "dispose":
            self.obey(self.floor.dispose(agent, agent.attempt_id, "sale", self.now))
        elif agent.attempt_id:
            self.obey(self.floor.hang_up(agent.attempt_id, agent, self.now))

    @precondition(lambda self: len(self.floor.attempts) < CALLS)
    @rule(answers=st.booleans(), campaign=st.sampled_from([CAMPAIGN, OTHER]))
    def open_an_automatic_call(self, answers: bool, campaign: CampaignId) -> None:
        self.open(make_attempt(len(self.opened), opened_at=self.now, campaign_id=campaign))
        if answers:
            self.carry_out_everything()
            self.customer(-1, "answer", heard=True)

    @precondition(lambda self: self.sessions and len(self.floor.attempts) < CALLS)
    @rule(n=pick)
    def open_a_manual_call(self, n: int) -> None:
        """The agent may have gone, or got a customer, since the wish was looked at."""
        session = list(self.sessions)[-1 - n % min(SESSIONS, len(self.sessions))]
        self.open(make_attempt(len(self.opened), opened_at=self.now, mode=Mode.MANUAL, session_id=session))

    @rule(going_on=st.sampled_from([(CAMPAIGN,), (OTHER,), ()]))
    def campaigns_are_cut(self, going_on: tuple[CampaignId, ...]) -> None:
        self.obey(self.floor.cut(going_on, self.now))
        for attempt in self.floor.attempts.values():
            is_ending = attempt.hangup_at is not None or attempt.state is AttemptState.ANNOUNCING
            assert attempt.campaign_id in going_on or is_ending

    # -- rules: Asterisk and customers -------------------------------------------------------------------------------

    @precondition(lambda self: self.orders)
    @rule(n=st.integers(0, 3), outcome=Outcome)
    def carry_out(self, n: int, outcome: str) -> None:
        order = self.orders.pop(min(n, len(self.orders) - 1))
        if outcome == "refused":
            self.tell(refused(order))
        if outcome in ("done", "silent"):
            event = self.asterisk.carry_out(order)
            self.tell(event if outcome == "done" else None)

    @rule()
    def carry_out_everything(self) -> None:
        while self.orders:
            self.carry_out(0, "done")

    @precondition(lambda self: self.asterisk.channels)
    @rule(
        n=pick,
        what=st.sampled_from(["ring", "answer", "answer", "answer", "no recorder", "end"]),
        heard=st.booleans(),
    )
    def customer(self, n: int, what: str, heard: bool) -> None:
        channel = list(self.asterisk.channels.values())[n % len(self.asterisk.channels)]
        attempt_id = AttemptId(channel.attempt_id)
        event: ev.Event | None = None
        if what == "ring":
            event = ev.Rang(attempt_id)
        elif what == "end":
            event = self.asterisk.end(attempt_id)
        elif not channel.up:
            self.asterisk.channels[attempt_id] = replace(channel, up=True, recorded=what == "answer")
            event = ev.Answered(attempt_id, what == "answer")
        self.tell(event if heard else None)

    @precondition(lambda self: self.asterisk.phones)
    @rule(n=pick, up=st.sampled_from([True, True, True, False]), heard=st.booleans())
    def phone(self, n: int, up: bool, heard: bool) -> None:
        phone = list(self.asterisk.phones.values())[n % len(self.asterisk.phones)]
        if up:
            self.asterisk.phones[phone.session_id] = replace(phone, up=True)
            self.tell(ev.PhoneUp(phone.session_id, phone.leg) if heard else None)
        else:
            del self.asterisk.phones[phone.session_id]
            self._leave_bridge(phone.session_id)
            self.tell(ev.PhoneLost(phone.session_id, phone.leg) if heard else None)

    def _leave_bridge(self, session: SessionId) -> None:
        for attempt_id, channel in self.asterisk.channels.items():
            if channel.bridge == session and channel.up:
                self.asterisk.channels[attempt_id] = replace(channel, bridge=None)

    @precondition(lambda self: self.told)
    @rule(n=pick)
    def tell_again(self, n: int) -> None:
        """A late or doubled message; a phone's and an opening only while they are about what there is now."""
        event = self.told[-1 - n % min(len(self.told), 20)]
        if isinstance(event, ev.Opened) and event.attempt.id not in self.floor.attempts:
            return
        if not isinstance(event, ev.PhoneUp | ev.Joined | ev.FoundBridged | ev.FoundWaiting | ev.FoundAnnouncing):
            self.tell(event)

    # -- rules: time and comparison ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.2, 0.2, 0.2, 1.0, 2.5, 3.5, 5.5, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.obey(self.floor.tick(self.now))
        for attempt in self.floor.attempts.values():
            if attempt.state is AttemptState.WAITING and attempt.hangup_at is None:
                assert self.now - attempt.since() <= (JOIN_LIMIT if attempt.joining else WINDOW), attempt
        for agent in self.floor.agents.values():
            assert agent.state is not AgentState.WRAP_UP or (self.now - agent.since()).total_seconds() <= 60

    @rule(missed=st.booleans())
    def compare_with_asterisk(self, missed: bool) -> None:
        channels, phones = self.asterisk.channels.values(), self.asterisk.phones.values()
        found = compare(self.floor, Snapshot(self.now, tuple(channels), tuple(phones)), missed)
        for attempt_id in found.gone:
            self.tell(ev.Ended(attempt_id, DialResult.UNKNOWN, reason=EndReason.NODE_LOST))
        for event in found.events:
            self.tell(event)
        for phone in found.stray_phones:
            self.orders.append(do.DropPhone(phone.session_id, phone.leg))
        for stray in found.stray_channels:
            assert stray.attempt_id not in self.floor.attempts
            self.orders.append(do.HangUp(AttemptId(stray.attempt_id)))

    @rule()
    def the_dialer_is_killed_and_started(self) -> None:
        """Orders on their way are lost with it; what was written is there."""
        attempts = [attempt for attempt in self.opened.values() if attempt.id not in self.closed]
        agents = [_agent(record) for record in self.sessions.values() if record.ended_at is None]
        self.floor, self.orders, self.phones_up = restore(attempts, agents, WINDOW), [], set()
        self.floor.manners = dict(MANNERS)
        self.compare_with_asterisk(missed=True)

    def agent(self, n: int) -> Agent:
        return list(self.floor.agents.values())[n % len(self.floor.agents)]

    # -- what holds always -------------------------------------------------------------------------------------------

    @invariant()
    def an_agent_has_one_call_and_a_call_one_agent(self) -> None:
        attempts = self.floor.attempts
        busy = [agent for agent in self.floor.agents.values() if agent.state in BUSY]
        held = Counter(agent.attempt_id for agent in busy)
        assert None not in held and all(count == 1 for count in held.values()), busy
        for agent in busy:
            assert agent.attempt_id in attempts, f"busy with nothing: {agent}"
            assert attempts[agent.attempt_id].session_id == agent.session_id, f"busy with another's: {agent}"
        for attempt in attempts.values():
            ending = attempt.hangup_at is not None or attempt.state_at is None  # or restored and not compared yet
            if attempt.joining or (attempt.state is AttemptState.CONNECTED and not ending):
                assert held[attempt.id] == 1, f"nobody has {attempt}"

    @invariant()
    def an_agent_has_calls_of_the_own_campaigns(self) -> None:
        for agent in self.floor.agents.values():
            attempt = self.floor.attempts.get(agent.attempt_id) if agent.attempt_id else None
            if attempt is not None and agent.state is AgentState.RESERVED and attempt.mode is not Mode.MANUAL:
                assert attempt.campaign_id in agent.campaign_ids
            assert agent.state is not AgentState.READY or agent.attempt_id is None

    @invariant()
    def every_call_opened_is_open_or_closed_once(self) -> None:
        assert self.floor.attempts.keys() | self.closed.keys() == self.opened.keys()
        assert not self.floor.attempts.keys() & self.closed.keys()

    @invariant()
    def only_automatic_calls_answered_and_never_connected_are_abandoned(self) -> None:
        for record in self.closed.values():
            automatic = self.opened[record.attempt_id].mode is not Mode.MANUAL
            never = record.answered_at is not None and record.connected_at is None
            assert not record.abandoned or (automatic and never)
            if automatic and never and not record.abandoned:  # he hung up himself before the window was over
                assert record.reason is EndReason.CUSTOMER_HUNG_UP
                assert record.answered_at and record.at - record.answered_at <= self.floor.window
            assert record.connected_at is None or record.answered_at is not None
            assert (record.result is DialResult.ANSWERED) is (record.answered_at is not None)

    @invariant()
    def nobody_is_dialed_twice_by_one_attempt(self) -> None:
        assert all(count == 1 for count in self.originated.values())

    @invariant()
    def a_phone_that_is_down_is_never_available(self) -> None:
        ready = [a.session_id for a in self.floor.agents.values() if a.state is AgentState.READY]
        assert self.floor.works().keys() == self.phones_up.intersection(ready)
        assert available(self.floor, CAMPAIGN) + available(self.floor, OTHER) >= len(self.floor.works())
        assert self.floor.lines()[CAMPAIGN] <= self.floor.on_trunk("practice") == len(self.floor.attempts)

    def teardown(self) -> None:
        """Once all customers are gone, every call is closed and nobody is left busy."""
        self.asterisk.channels.clear()
        self.now += timedelta(seconds=5)
        self.compare_with_asterisk(missed=False)
        assert not self.floor.attempts
        self.an_agent_has_one_call_and_a_call_one_agent()
        self.every_call_opened_is_open_or_closed_once()


def _agent(record: SessionChanged) -> Agent:
    made = make_agent(1, session_id=record.session_id, agent_id=record.agent_id, extension=record.extension)
    return replace(
        made,
        started_at=record.started_at,
        state=record.state,
        state_at=record.state_at,
        reason=record.reason,
        attempt_id=record.attempt_id,
        campaign_ids=record.campaign_ids,
    )


TestFloorMachine = FloorMachine.TestCase
TestFloorMachine.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
