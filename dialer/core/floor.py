"""The floor: all live attempts and agents of a node, and the rules that join the two machines.

Events go in, commands come out, nothing else happens. Requests of persons are methods that may refuse.
Time comes as `now`; what only time changes is in `tick`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from dialer.core import agent as agents
from dialer.core import attempt as attempts
from dialer.core import events as ev
from dialer.core import writing
from dialer.core.agent import Agent, AgentSignal, AgentState
from dialer.core.attempt import Attempt, AttemptSignal, AttemptState, DialResult, EndReason, Mode
from dialer.core.commands import (
    Announce,
    CallPhone,
    Command,
    DialManual,
    DropPhone,
    HangUp,
    Join,
    Originate,
    Write,
)
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.disposition import Disposition
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.records import AttemptAnswered, AttemptConnected
from dialer.core.selection import longest_idle

JOIN_LIMIT = timedelta(seconds=3)
RING_GRACE = timedelta(seconds=10)  # past ring_s, before we stop believing Asterisk's own time-out
ANNOUNCE_LIMIT = timedelta(seconds=60)
HANGUP_LIMIT = timedelta(seconds=5)
PHONE_RETRY = timedelta(seconds=2)
PHONE_LIMIT = timedelta(seconds=15)


@dataclass
class Floor:
    """One node's live state; `window` is how long an answered customer may wait for an agent."""

    window: timedelta = timedelta(seconds=2)
    attempts: dict[AttemptId, Attempt] = field(default_factory=dict)
    agents: dict[SessionId, Agent] = field(default_factory=dict)

    # -- what pacing asks -------------------------------------------------------------------------------------

    def available(self, campaign_id: CampaignId) -> int:
        """Agents of the campaign who could take a customer now."""
        return sum(a.campaign_id == campaign_id and a.is_available() for a in self.agents.values())

    def in_flight(self, campaign_id: CampaignId) -> int:
        """Automatic calls of the campaign dialing, ringing or waiting without an agent of their own yet."""
        return sum(
            a.campaign_id == campaign_id
            and a.mode is not Mode.MANUAL
            and a.state in attempts.IN_FLIGHT
            and not a.joining
            for a in self.attempts.values()
        )

    def on_trunk(self, trunk: str) -> int:
        """Channels our attempts use on the trunk."""
        return sum(a.trunk == trunk for a in self.attempts.values())

    def session_of(self, agent_id: str) -> Agent | None:
        """The agent's live session."""
        return next((a for a in self.agents.values() if a.agent_id == agent_id), None)

    # -- events -----------------------------------------------------------------------------------------------

    def receive(self, event: ev.Event, now: datetime) -> list[Command]:
        """Applies one event. Events about what we do not have, or had, change nothing."""
        handlers: dict[type, Callable[[Any, datetime], list[Command]]] = {
            ev.Opened: self._opened,
            ev.Rang: self._rang,
            ev.Answered: self._answered,
            ev.Joined: self._joined,
            ev.JoinFailed: self._join_failed,
            ev.NotPlaced: self._not_placed,
            ev.Ended: self._ended,
            ev.PhoneUp: self._phone_up,
            ev.PhoneLost: self._phone_lost,
            ev.FoundBridged: self._found_bridged,
            ev.FoundWaiting: self._found_waiting,
            ev.FoundAnnouncing: self._found_announcing,
        }
        return handlers[type(event)](event, now)

    def _opened(self, event: ev.Opened, now: datetime) -> list[Command]:
        attempt = event.attempt
        if attempt.id in self.attempts:
            return []
        self.attempts[attempt.id] = attempt
        if attempt.session_id is None:
            return [Originate(attempt)]
        agent = self.agents.get(attempt.session_id)
        if agent is None or not agents.allows(agent, AgentSignal.RESERVE):  # taken or gone during the commit
            return self._not_placed(ev.NotPlaced(attempt.id), now)
        reserved = replace(self._agent_step(attempt.session_id, AgentSignal.RESERVE, now), attempt_id=attempt.id)
        self.agents[attempt.session_id] = reserved
        return [writing.session(reserved), DialManual(attempt, attempt.session_id)]

    def _rang(self, event: ev.Rang, now: datetime) -> list[Command]:
        if event.attempt_id in self.attempts:
            self._step(event.attempt_id, AttemptSignal.RANG, now)
        return []

    def _answered(self, event: ev.Answered, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or attempt.answered_at is not None:
            return []
        if attempt.mode is Mode.MANUAL:
            return self._manual_answered(attempt, event.recorder_ok, now)
        self._step(attempt.id, AttemptSignal.ANSWERED, now)
        done: list[Command] = [Write(AttemptAnswered(attempt.id, now))]
        if not event.recorder_ok:
            return done + self._tell(attempt.id, EndReason.RECORDER_FAILED, now)
        return done + self._match(attempt.campaign_id, now)

    def _manual_answered(self, attempt: Attempt, recorder_ok: bool, now: datetime) -> list[Command]:
        done: list[Command] = [Write(AttemptAnswered(attempt.id, now))]
        agent = self.agents.get(attempt.session_id) if attempt.session_id else None
        has_agent = agent is not None and agent.attempt_id == attempt.id and agents.allows(agent, AgentSignal.JOIN)
        if agent is not None and has_agent and recorder_ok:
            return done + self._connect(attempt.id, agent.session_id, now)
        self._step(attempt.id, AttemptSignal.ANSWERED, now)
        reason = EndReason.AGENT_LOST if recorder_ok else EndReason.RECORDER_FAILED
        return done + self._hang_up(attempt.id, reason, now)

    def _joined(self, event: ev.Joined, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or not attempt.joining or attempt.session_id != event.session_id:
            return []
        return self._connect(attempt.id, event.session_id, now)

    def _connect(self, attempt_id: AttemptId, session_id: SessionId, now: datetime) -> list[Command]:
        agent = self._agent_step(session_id, AgentSignal.JOIN, now)
        attempt = self._step(attempt_id, AttemptSignal.JOINED, now)
        self.attempts[attempt_id] = replace(attempt, joining=False, agent_id=agent.agent_id)
        return [Write(AttemptConnected(attempt_id, session_id, agent.agent_id, now)), writing.session(agent)]

    def _join_failed(self, event: ev.JoinFailed, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or not attempt.joining or attempt.session_id != event.session_id:
            return []
        done = self._unpair(attempt, now)
        if now - attempt.since() > self.window:
            return done + self._tell(attempt.id, EndReason.JOIN_FAILED, now)
        return done  # the next tick looks for an agent again: no loop of orders as fast as they fail

    def _not_placed(self, event: ev.NotPlaced, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None:
            return []
        self.attempts[attempt.id] = replace(attempt, end_reason=EndReason.NOT_PLACED)
        return self._ended(ev.Ended(event.attempt_id, DialResult.FAILED), now)

    def _ended(self, event: ev.Ended, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None:
            return []
        was_joining = attempt.joining
        done: list[Command] = self._unpair(attempt, now) if was_joining else []
        self._learn(event)
        abandoned = attempts.is_abandoned(self.attempts[attempt.id], now, self.window)
        closed = self._step(attempt.id, AttemptSignal.ENDED, now)
        del self.attempts[attempt.id]
        done.append(writing.closed(closed, event, abandoned, now))
        if closed.session_id is not None and not was_joining:
            done += self._after_call(closed.session_id, attempt.id, now)
        return done

    def _learn(self, end: ev.Ended) -> None:
        attempt = self.attempts[end.attempt_id]
        answered_at = attempt.answered_at or end.answered_at
        self.attempts[attempt.id] = replace(
            attempt, answered_at=answered_at, end_reason=attempt.end_reason or end.reason
        )

    def _after_call(self, session_id: SessionId, attempt_id: AttemptId, now: datetime) -> list[Command]:
        agent = self.agents.get(session_id)
        if agent is None or agent.attempt_id != attempt_id or not agents.allows(agent, AgentSignal.CALL_ENDED):
            return []
        return [writing.session(self._agent_step(session_id, AgentSignal.CALL_ENDED, now))]

    def _phone_up(self, event: ev.PhoneUp, now: datetime) -> list[Command]:
        agent = self.agents.get(event.session_id)
        if agent is None or agent.leg not in (0, event.leg):  # 0: taken over after a restart
            return []
        self.agents[agent.session_id] = replace(agent, phone_up=True, leg=event.leg, call_at=None)
        return self._match(agent.campaign_id, now)

    def _phone_lost(self, event: ev.PhoneLost, now: datetime) -> list[Command]:
        agent = self.agents.get(event.session_id)
        if agent is None or agent.leg != event.leg:
            return []
        self.agents[agent.session_id] = replace(agent, phone_up=False, call_at=now + PHONE_RETRY)
        attempt = self.attempts.get(agent.attempt_id) if agent.attempt_id else None
        if attempt is None:
            return []
        if attempt.joining:
            return self._join_failed(ev.JoinFailed(attempt.id, agent.session_id), now)
        done = self._after_call(agent.session_id, attempt.id, now)
        if attempt.state is AttemptState.ANNOUNCING or attempt.hangup_at is not None:
            return done
        return done + self._tell(attempt.id, EndReason.AGENT_LOST, now)

    def _found_bridged(self, event: ev.FoundBridged, now: datetime) -> list[Command]:
        attempt, agent = self.attempts.get(event.attempt_id), self.agents.get(event.session_id)
        if attempt is None or attempt.state is AttemptState.CONNECTED or attempt.hangup_at is not None:
            return []
        if attempt.state is AttemptState.ANNOUNCING:
            return [Announce(attempt.id)]  # a late join overtook the order
        if attempt.joining and attempt.session_id != event.session_id:
            return []  # a late join with the agent before: the one ordered now moves him on
        done: list[Command] = [] if attempt.answered_at else [Write(AttemptAnswered(attempt.id, now))]
        if agent is None or not self._take_up(agent, attempt.id, now):
            return done + self._hang_up(attempt.id, EndReason.DIALER_RESTARTED, now)
        self.attempts[attempt.id] = replace(attempt, session_id=event.session_id)
        return done + self._connect(attempt.id, event.session_id, now)

    def _take_up(self, agent: Agent, attempt_id: AttemptId, now: datetime) -> bool:
        """Makes the agent the one who has this call, as far as the agent's state allows it."""
        if agent.attempt_id != attempt_id and agent.attempt_id in self.attempts:
            return False
        if agents.allows(agent, AgentSignal.RESERVE):
            agent = self._agent_step(agent.session_id, AgentSignal.RESERVE, now)
        if not agents.allows(agent, AgentSignal.JOIN):
            return False
        self.agents[agent.session_id] = replace(agent, attempt_id=attempt_id)
        return True

    def _found_waiting(self, event: ev.FoundWaiting, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or attempt.joining or attempt.hangup_at is not None:
            return []
        if attempt.state is AttemptState.ANNOUNCING:
            return [Announce(attempt.id)]  # the first order was lost with the link
        done: list[Command] = [] if attempt.answered_at else [Write(AttemptAnswered(attempt.id, now))]
        done += self._part(attempt, now)
        return done + self._tell(attempt.id, EndReason.DIALER_RESTARTED, now)

    def _found_announcing(self, event: ev.FoundAnnouncing, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or attempt.state is AttemptState.ANNOUNCING:
            return []
        done = self._part(attempt, now)
        told = self._step(attempt.id, AttemptSignal.TOLD, now)
        self.attempts[attempt.id] = replace(told, end_reason=told.end_reason or EndReason.DIALER_RESTARTED)
        return done if attempt.answered_at else [*done, Write(AttemptAnswered(attempt.id, now))]

    # -- joint rules ------------------------------------------------------------------------------------------

    def _match(self, campaign_id: CampaignId, now: datetime) -> list[Command]:
        """Gives the longest waiting customers to the longest idle agents."""
        done: list[Command] = []
        waiting = [a for a in self.attempts.values() if a.campaign_id == campaign_id and _waits(a)]
        for attempt in sorted(waiting, key=lambda a: (a.since(), a.id)):
            agent = longest_idle(self.agents.values(), campaign_id)
            if agent is None:
                break
            done += self._pair(attempt, agent, now)
        return done

    def _pair(self, attempt: Attempt, agent: Agent, now: datetime) -> list[Command]:
        reserved = replace(self._agent_step(agent.session_id, AgentSignal.RESERVE, now), attempt_id=attempt.id)
        self.agents[agent.session_id] = reserved
        self.attempts[attempt.id] = replace(attempt, joining=True, session_id=agent.session_id)
        return [writing.session(reserved), Join(attempt.id, agent.session_id)]

    def _unpair(self, attempt: Attempt, now: datetime) -> list[Command]:
        self.attempts[attempt.id] = replace(attempt, joining=False, session_id=None)
        agent = self.agents.get(attempt.session_id) if attempt.session_id else None
        if agent is None or agent.attempt_id != attempt.id:
            return []
        return [writing.session(self._agent_step(agent.session_id, AgentSignal.RELEASE, now))]

    def _part(self, attempt: Attempt, now: datetime) -> list[Command]:
        """Sets the agent free of a call that goes on without one."""
        if attempt.joining:
            return self._unpair(attempt, now)
        return self._after_call(attempt.session_id, attempt.id, now) if attempt.session_id else []

    def _tell(self, attempt_id: AttemptId, reason: EndReason, now: datetime) -> list[Command]:
        if self.attempts[attempt_id].mode is Mode.MANUAL:  # its channel refuses to go back to the dialplan
            return self._hang_up(attempt_id, reason, now)
        told = self._step(attempt_id, AttemptSignal.TOLD, now)
        self.attempts[attempt_id] = replace(told, end_reason=told.end_reason or reason, joining=False)
        return [Announce(attempt_id)]

    def _hang_up(self, attempt_id: AttemptId, reason: EndReason, now: datetime) -> list[Command]:
        attempt = self.attempts[attempt_id]
        self.attempts[attempt_id] = replace(attempt, end_reason=attempt.end_reason or reason, hangup_at=now)
        return [HangUp(attempt_id)]

    # -- time -------------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> list[Command]:
        """What time alone changes: windows, time-outs, phones to call. Every state has its reaper here."""
        done: list[Command] = []
        for attempt_id in list(self.attempts):  # looked up anew: one may change the next
            done += self._age_attempt(self.attempts[attempt_id], now)
        for agent in list(self.agents.values()):
            done += self._age_agent(agent, now)
        return done

    def _age_attempt(self, attempt: Attempt, now: datetime) -> list[Command]:
        age = now - attempt.since()
        if attempt.hangup_at is not None:
            return (
                self._hang_up(attempt.id, EndReason.OPERATOR, now) if now - attempt.hangup_at > HANGUP_LIMIT else []
            )
        if attempt.state is AttemptState.WAITING:
            return self._age_waiting(attempt, age, now)
        if attempt.state in (AttemptState.DIALING, AttemptState.RINGING):
            late = now - attempt.opened_at > timedelta(seconds=attempt.ring_s) + RING_GRACE
            return self._hang_up(attempt.id, EndReason.RING_TIMEOUT, now) if late else []
        if attempt.state is AttemptState.ANNOUNCING and age > ANNOUNCE_LIMIT:
            return self._hang_up(attempt.id, EndReason.NO_AGENT, now)
        return []

    def _age_waiting(self, attempt: Attempt, age: timedelta, now: datetime) -> list[Command]:
        if attempt.joining:
            return self._age_joining(attempt, age, now)
        if age > self.window:
            return self._tell(attempt.id, EndReason.NO_AGENT, now)
        return self._match(attempt.campaign_id, now)

    def _age_joining(self, attempt: Attempt, age: timedelta, now: datetime) -> list[Command]:
        if age <= JOIN_LIMIT or attempt.session_id is None:
            return []
        return self._join_failed(ev.JoinFailed(attempt.id, attempt.session_id), now)

    def _age_agent(self, agent: Agent, now: datetime) -> list[Command]:
        done: list[Command] = self._age_call_in_hand(agent, now)
        if agent.state is AgentState.WRAP_UP and now - agent.since() > timedelta(seconds=agent.wrap_up_s):
            done += self._overrun(agent, now)
        if not agent.phone_up and (agent.call_at is None or agent.call_at <= now):
            current = self.agents[agent.session_id]
            called = replace(current, leg=current.leg + 1, call_at=now + PHONE_LIMIT)
            self.agents[agent.session_id] = called
            done.append(CallPhone(agent.session_id, agent.extension, called.leg))
        return done

    def _age_call_in_hand(self, agent: Agent, now: datetime) -> list[Command]:
        """An agent whose call is gone without a word is set free, whatever was missed."""
        busy = agent.state in (AgentState.RESERVED, AgentState.ON_CALL)
        if not busy or agent.attempt_id in self.attempts:
            return []
        signal = AgentSignal.RELEASE if agent.state is AgentState.RESERVED else AgentSignal.CALL_ENDED
        return [writing.session(self._agent_step(agent.session_id, signal, now))]

    def _overrun(self, agent: Agent, now: datetime) -> list[Command]:
        done: list[Command] = []
        if agent.attempt_id is not None:
            done.append(writing.disposed(agent.attempt_id, Disposition.OTHER, now))
        return [
            *done,
            writing.session(self._agent_step(agent.session_id, AgentSignal.OVERRUN, now, "wrap_up_overrun")),
        ]

    # -- requests of persons ----------------------------------------------------------------------------------

    def start_session(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """Begins a shift: the phone is called at the next tick. One session an agent, one an extension."""
        for other in self.agents.values():
            if agent.agent_id == other.agent_id or agent.extension == other.extension:
                return Refusal(RefusalReason.SESSION_EXISTS, "There is a session already: end it first")
        self.agents[agent.session_id] = agent
        return [writing.session(agent)]

    def set_ready(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """The agent takes calls from now on."""
        if not agents.allows(agent, AgentSignal.READY):
            return Refusal(RefusalReason.STATE_FORBIDDEN, f"Not while {agent.state.value}")
        record = writing.session(self._agent_step(agent.session_id, AgentSignal.READY, now))
        return [record, *self._match(agent.campaign_id, now)]

    def pause(self, agent: Agent, reason: str, now: datetime) -> Refusal | list[Command]:
        """The agent takes no calls; during a call, from the end of its wrap-up on."""
        if agents.allows(agent, AgentSignal.PAUSE):
            return [writing.session(self._agent_step(agent.session_id, AgentSignal.PAUSE, now, reason))]
        self.agents[agent.session_id] = replace(agent, pause_next=reason)
        return []

    def end_session(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """Ends a shift; not in the middle of a call. A call not yet disposed of gets `other`."""
        if not agents.allows(agent, AgentSignal.LOG_OUT):
            return Refusal(RefusalReason.STATE_FORBIDDEN, f"Not while {agent.state.value}: end the call first")
        pending = agent.attempt_id if agent.state is AgentState.WRAP_UP else None
        done: list[Command] = [writing.disposed(pending, Disposition.OTHER, now)] if pending else []
        out = self._agent_step(agent.session_id, AgentSignal.LOG_OUT, now)
        del self.agents[agent.session_id]
        return [*done, writing.session(out, ended_at=now), DropPhone(agent.session_id, agent.leg)]

    def hang_up(self, attempt_id: AttemptId, agent: Agent | None, now: datetime) -> Refusal | list[Command]:
        """Ends a call; an agent (not None) only the own one."""
        attempt = self.attempts.get(attempt_id)
        if attempt is None:
            return Refusal(RefusalReason.UNKNOWN_CALL, "There is no such call now")
        if agent is not None and attempt.session_id != agent.session_id:
            return Refusal(RefusalReason.NOT_YOUR_CALL, "This call belongs to another agent")
        return self._hang_up(attempt_id, EndReason.AGENT_HUNG_UP if agent else EndReason.OPERATOR, now)

    def dispose(
        self, agent: Agent, attempt_id: AttemptId, disposition: Disposition, now: datetime
    ) -> Refusal | list[Command]:
        """Ends the wrap-up of the agent's own call."""
        if agent.attempt_id != attempt_id:
            return Refusal(RefusalReason.NOT_YOUR_CALL, "This is not the call you have in hand")
        if agent.state is not AgentState.WRAP_UP:
            return Refusal(RefusalReason.NOT_IN_WRAP_UP, "The call is still going on: hang up first")
        record = writing.session(self._agent_step(agent.session_id, AgentSignal.DISPOSE, now))
        return [writing.disposed(attempt_id, disposition, now), record, *self._match(agent.campaign_id, now)]

    def stop_all(self, now: datetime) -> list[Command]:
        """Ends every call, for a shutdown of the whole floor."""
        live = [a.id for a in self.attempts.values() if a.hangup_at is None]
        return [command for attempt_id in live for command in self._hang_up(attempt_id, EndReason.OPERATOR, now)]

    # -- steps ------------------------------------------------------------------------------------------------

    def _step(self, attempt_id: AttemptId, signal: AttemptSignal, now: datetime) -> Attempt:
        after = attempts.step(self.attempts[attempt_id], signal, now)
        self.attempts[attempt_id] = after
        return after

    def _agent_step(
        self, session_id: SessionId, signal: AgentSignal, now: datetime, reason: str | None = None
    ) -> Agent:
        after = agents.step(self.agents[session_id], signal, now, reason)
        self.agents[session_id] = after
        return after


def _waits(attempt: Attempt) -> bool:
    return attempt.state is AttemptState.WAITING and not attempt.joining and attempt.hangup_at is None
