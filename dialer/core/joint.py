"""The rules that join the two machines: who gets whom, who is parted, who is told, who is hung up."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from dialer.core import agent as agents
from dialer.core import writing
from dialer.core.agent import WRAP_UP_OVERRUN, Agent, AgentSignal
from dialer.core.attempt import Attempt, AttemptSignal, AttemptState, EndReason, Mode
from dialer.core.commands import Announce, Command, HangUp, Join, Write
from dialer.core.disposition import REDIALED, Dispositions, of_system
from dialer.core.floor_state import FloorState
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.records import AttemptConnected
from dialer.core.selection import agent_for


class JointRules(FloorState):
    """Each changes both sides of a call in one go, so that no agent has two calls and no call two agents."""

    def _match(self, now: datetime) -> list[Command]:
        """Gives agents to the waiting customers: those of the highest priority first, then who waits longest."""
        done: list[Command] = []
        waiting = [attempt for attempt in self.attempts.values() if _waits(attempt)]
        for attempt in sorted(waiting, key=self._rank):
            agent = agent_for(attempt.campaign_id, self.agents.values(), self._others(attempt))
            if agent is not None:
                done += self._pair(attempt, agent, now)
        return done

    def _rank(self, attempt: Attempt) -> tuple[int, datetime, AttemptId]:
        return -self.manners_of(attempt.campaign_id).priority, attempt.since(), attempt.id

    def _others(self, attempt: Attempt) -> list[CampaignId]:
        """The campaigns of the other customers in the air who will want an agent."""
        lines = Counter(self.lines())
        lines[attempt.campaign_id] -= 1
        return list(lines.elements())

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

    def _give_up_join(self, attempt: Attempt, now: datetime) -> list[Command]:
        """Sets the agent free; past the window the customer is told."""
        done = self._unpair(attempt, now)
        if now - attempt.since() > self.window_of(attempt.campaign_id):
            return done + self._tell(attempt.id, EndReason.JOIN_FAILED, now)
        return done  # the next tick looks for an agent again: no loop of orders as fast as they fail

    def _part(self, attempt: Attempt, now: datetime) -> list[Command]:
        """Sets the agent free of a call that goes on without one."""
        if attempt.joining:
            return self._unpair(attempt, now)
        return self._after_call(attempt.session_id, attempt, now) if attempt.session_id else []

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

    def _connect(self, attempt_id: AttemptId, session_id: SessionId, now: datetime) -> list[Command]:
        agent = self._agent_step(session_id, AgentSignal.JOIN, now)
        attempt = self._step(attempt_id, AttemptSignal.JOINED, now)
        self.attempts[attempt_id] = replace(attempt, joining=False, agent_id=agent.agent_id)
        return [Write(AttemptConnected(attempt_id, session_id, agent.agent_id, now)), writing.session(agent)]

    def _said_by_system(self, agent: Agent, code: str, now: datetime) -> list[Command]:
        """What the system says of the call in hand, when there is one."""
        said = of_system(self._dispositions(agent), code)
        if agent.attempt_id is None or said is None:
            return []
        return [writing.disposed(agent.attempt_id, said, agent.tried, now)]

    def _disposed(self, agent: Agent, now: datetime) -> Write:
        """The agent is free of the call in hand, something having been said of it."""
        reason = agent.pause_next or WRAP_UP_OVERRUN
        return writing.session(self._agent_step(agent.session_id, AgentSignal.DISPOSE, now, reason))

    def _redialed(self, agent: Agent, attempt: Attempt, now: datetime) -> list[Command]:
        """Frees the agent of the call that this one dials again, when he still has it in hand."""
        said = of_system(self._dispositions(agent), REDIALED)
        if attempt.redials is None or agent.attempt_id != attempt.redials or said is None:
            return []
        return [writing.redialed(attempt.redials, said, now), self._disposed(agent, now)]

    def _dispositions(self, agent: Agent) -> Dispositions:
        return self.manners_of(agent.call_campaign_id or agent.campaign_id).dispositions

    def _after_call(self, session_id: SessionId, call: Attempt, now: datetime) -> list[Command]:
        """The wrap-up begins, by the manners of the call's campaign."""
        agent = self.agents.get(session_id)
        if agent is None or agent.attempt_id != call.id or not agents.allows(agent, AgentSignal.CALL_ENDED):
            return []
        manners = self.manners_of(call.campaign_id)
        self.agents[session_id] = replace(
            agent,
            wrap_up_s=manners.wrap_up_s,
            disposition_required=manners.disposition_required,
            call_campaign_id=call.campaign_id,
            tried=writing.tried(call),
        )
        return [writing.session(self._agent_step(session_id, AgentSignal.CALL_ENDED, now))]


def _waits(attempt: Attempt) -> bool:
    return attempt.state is AttemptState.WAITING and not attempt.joining and attempt.hangup_at is None
