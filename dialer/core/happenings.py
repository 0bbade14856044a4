"""What happens: events of Asterisk, of the store, of a comparison with Asterisk, and what follows from each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialer.core import agent as agents
from dialer.core import attempt as attempts
from dialer.core import events as ev
from dialer.core import recorder, writing
from dialer.core.agent import Agent, AgentSignal
from dialer.core.attempt import Attempt, AttemptSignal, AttemptState, DialResult, EndReason, Mode
from dialer.core.commands import Announce, Command, DialManual, Originate, Write
from dialer.core.ids import AttemptId
from dialer.core.joint import JointRules
from dialer.core.records import AttemptAnswered, IncidentFound, RecordingFacts

PHONE_RETRY = timedelta(seconds=2)
ORDERED = frozenset(
    {EndReason.AGENT_HUNG_UP, EndReason.OPERATOR, EndReason.CAMPAIGN_STOPPED, EndReason.EMERGENCY_STOP}
)


class Happenings(JointRules):
    """Every event may come twice, late, or about what we do not have: then it changes nothing."""

    def receive(self, event: ev.Event, now: datetime) -> list[Command]:
        """Applies one event. Events about what we do not have, or had, change nothing."""
        return HANDLERS[type(event)](self, event, now)

    def _opened(self, event: ev.Opened, now: datetime) -> list[Command]:
        attempt = event.attempt
        if attempt.id in self.attempts:
            return []
        self.attempts[attempt.id] = attempt
        if attempt.session_id is None:
            return [Originate(attempt)]
        agent = self.agents.get(attempt.session_id)
        done = self._redialed(agent, attempt, now) if agent else []
        agent = self.agents.get(attempt.session_id)
        if agent is None or not _may_dial(agent):  # taken or gone during the commit
            return done + self._not_placed(ev.NotPlaced(attempt.id), now)
        reserved = replace(self._agent_step(attempt.session_id, AgentSignal.RESERVE, now), attempt_id=attempt.id)
        self.agents[attempt.session_id] = reserved
        return [*done, writing.session(reserved), DialManual(attempt, attempt.session_id)]

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
            done.append(Write(IncidentFound(recorder.not_started(attempt.id, now))))
            return done + self._tell(attempt.id, EndReason.RECORDER_FAILED, now)
        return done + self._match(now)

    def _manual_answered(self, attempt: Attempt, recorder_ok: bool, now: datetime) -> list[Command]:
        done: list[Command] = [Write(AttemptAnswered(attempt.id, now))]
        agent = self.agents.get(attempt.session_id) if attempt.session_id else None
        has_agent = agent is not None and agent.attempt_id == attempt.id and agents.allows(agent, AgentSignal.JOIN)
        if agent is not None and has_agent and recorder_ok:
            return done + self._connect(attempt.id, agent.session_id, now)
        if not recorder_ok:
            done.append(Write(IncidentFound(recorder.not_started(attempt.id, now))))
        self._step(attempt.id, AttemptSignal.ANSWERED, now)
        reason = EndReason.AGENT_LOST if recorder_ok else EndReason.RECORDER_FAILED
        return done + self._hang_up(attempt.id, reason, now)

    def _joined(self, event: ev.Joined, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or not attempt.joining or attempt.session_id != event.session_id:
            return []
        return self._connect(attempt.id, event.session_id, now)

    def _join_failed(self, event: ev.JoinFailed, now: datetime) -> list[Command]:
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or not attempt.joining or attempt.session_id != event.session_id:
            return []
        return self._give_up_join(attempt, now)

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
        at = attempts.end_of(self.attempts[attempt.id], event.ended_at, now)
        abandoned = attempts.is_abandoned(self.attempts[attempt.id], at, self.window_of(attempt.campaign_id))
        closed = self._step(attempt.id, AttemptSignal.ENDED, now)
        del self.attempts[attempt.id]
        dispositions = self.manners_of(closed.campaign_id).dispositions
        done.append(writing.closed(closed, event, abandoned, at, dispositions))
        if closed.session_id is not None and not was_joining:
            done += self._after_call(closed.session_id, closed, now)
        return done

    def _learn(self, end: ev.Ended) -> None:
        attempt = self.attempts[end.attempt_id]
        answered_at = attempt.answered_at or end.answered_at
        reason = attempt.end_reason or end.reason
        if end.reason is EndReason.NODE_LOST and attempt.end_reason in ORDERED:
            reason = EndReason.NODE_LOST  # the order was never carried out: Asterisk died first, and no record tells
        self.attempts[attempt.id] = replace(attempt, answered_at=answered_at, end_reason=reason)

    def _phone_up(self, event: ev.PhoneUp, now: datetime) -> list[Command]:
        agent = self.agents.get(event.session_id)
        if agent is None or agent.leg not in (0, event.leg):  # 0: taken over after a restart
            return []
        self.agents[agent.session_id] = replace(agent, phone_up=True, leg=event.leg, call_at=None)
        return self._match(now)

    def _phone_lost(self, event: ev.PhoneLost, now: datetime) -> list[Command]:
        agent = self.agents.get(event.session_id)
        if agent is None or agent.leg != event.leg:
            return []
        self.agents[agent.session_id] = replace(agent, phone_up=False, call_at=now + PHONE_RETRY)
        attempt = self.attempts.get(agent.attempt_id) if agent.attempt_id else None
        if attempt is None:
            return []
        if attempt.joining:
            return self._give_up_join(attempt, now)
        done = self._after_call(agent.session_id, attempt, now)
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
        if agent.attempt_id != attempt_id and (agent.attempt_id in self.attempts or agent.owes_disposition()):
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

    def _recorder_stopped(self, event: ev.RecorderStopped, now: datetime) -> list[Command]:
        """The call goes on; what of it is missing is told to a person, and nothing new is dialed."""
        if event.attempt_id not in self.attempts:
            return []
        return [Write(IncidentFound(recorder.stopped(event.attempt_id, event.how, now)))]

    def _recording_closed(self, event: ev.RecordingClosed, now: datetime) -> list[Command]:
        """Of a call by hand it comes after the end: so it is kept whatever is here."""
        return [Write(RecordingFacts(event.attempt_id, now, event.rx_packets, event.tx_packets))]


def _may_dial(agent: Agent) -> bool:
    return agents.allows(agent, AgentSignal.RESERVE) and not agent.owes_disposition()


HANDLERS: dict[type, Callable[[Happenings, Any, datetime], list[Command]]] = {
    ev.Opened: Happenings._opened,
    ev.Rang: Happenings._rang,
    ev.Answered: Happenings._answered,
    ev.Joined: Happenings._joined,
    ev.JoinFailed: Happenings._join_failed,
    ev.NotPlaced: Happenings._not_placed,
    ev.Ended: Happenings._ended,
    ev.PhoneUp: Happenings._phone_up,
    ev.PhoneLost: Happenings._phone_lost,
    ev.FoundBridged: Happenings._found_bridged,
    ev.FoundWaiting: Happenings._found_waiting,
    ev.FoundAnnouncing: Happenings._found_announcing,
    ev.RecorderStopped: Happenings._recorder_stopped,
    ev.RecordingClosed: Happenings._recording_closed,
}
