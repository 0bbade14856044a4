"""What persons ask of the floor; each request may be refused with a reason, and then nothing is changed."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from dialer.core import agent as agents
from dialer.core import writing
from dialer.core.agent import Agent, AgentSignal
from dialer.core.attempt import UNANSWERED, Attempt, AttemptState, EndReason
from dialer.core.callbacks import Promise
from dialer.core.commands import Command, DropPhone
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.disposition import OTHER, PROMISING, find
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.joint import JointRules


class Requests(JointRules):
    """Agents' shifts, calls ended by hand, and the stops."""

    def start_session(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """Begins a shift: the phone is called at the next tick. One session an agent, one an extension."""
        for other in self.agents.values():
            if agent.agent_id == other.agent_id or agent.extension == other.extension:
                return Refusal(RefusalReason.SESSION_EXISTS, "There is a session already: end it first")
        self.agents[agent.session_id] = agent
        return [writing.session(agent)]

    def set_ready(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """The agent takes calls from now on; not before the disposition that is missing."""
        if agent.owes_disposition():
            return Refusal(RefusalReason.DISPOSITION_MISSING, "Say first what came of your last call")
        if not agents.allows(agent, AgentSignal.READY):
            return Refusal(RefusalReason.STATE_FORBIDDEN, f"Not while {agent.state.value}")
        record = writing.session(self._agent_step(agent.session_id, AgentSignal.READY, now))
        return [record, *self._match(now)]

    def pause(self, agent: Agent, reason: str, now: datetime) -> Refusal | list[Command]:
        """The agent takes no calls; during a call, from the end of its wrap-up on."""
        if agents.allows(agent, AgentSignal.PAUSE) and not agent.owes_disposition():
            return [writing.session(self._agent_step(agent.session_id, AgentSignal.PAUSE, now, reason))]
        self.agents[agent.session_id] = replace(agent, pause_next=reason)
        return []

    def end_session(self, agent: Agent, now: datetime) -> Refusal | list[Command]:
        """Ends a shift; not in the middle of a call. A call not yet disposed of gets `other`."""
        if not agents.allows(agent, AgentSignal.LOG_OUT) or agent.redialing:
            return Refusal(RefusalReason.STATE_FORBIDDEN, f"Not while {agent.state.value}: end the call first")
        done = self._said_by_system(agent, OTHER, now)
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
        self, agent: Agent, attempt_id: AttemptId, code: str, now: datetime, promise: Promise | None = None
    ) -> Refusal | list[Command]:
        """Ends the wrap-up of the agent's own call by a code of its campaign; given late, the agent stays paused."""
        if agent.attempt_id != attempt_id:
            return Refusal(RefusalReason.NOT_YOUR_CALL, "This is not the call you have in hand")
        if agent.redialing:
            return Refusal(RefusalReason.NOT_READY, "This call is being dialed again")
        if not agents.allows(agent, AgentSignal.DISPOSE):
            return Refusal(RefusalReason.NOT_IN_WRAP_UP, "The call is still going on: hang up first")
        said = find(self._dispositions(agent), code)
        if said is None:
            return Refusal(RefusalReason.UNKNOWN_DISPOSITION, "The campaign has no such disposition")
        if promise is not None and said.meaning not in PROMISING:
            return Refusal(RefusalReason.BAD_CALLBACK_TIME, "No callback goes with this disposition")
        freed = self._disposed(agent, now)
        return [writing.disposed(attempt_id, said, agent.tried, now, promise), freed, *self._match(now)]

    def begin_redial(self, agent: Agent, attempt_id: AttemptId) -> Refusal | None:
        """Keeps the agent for the redial of his last call, in wrap-up or after it; None = done."""
        if agent.redialing:
            return Refusal(RefusalReason.NOT_READY, "This call is being dialed again already")
        if agent.attempt_id not in (None, attempt_id):
            return Refusal(RefusalReason.NOT_LAST_CALL, "You have another call in hand")
        if agent.attempt_id is not None and not agents.allows(agent, AgentSignal.DISPOSE):
            return Refusal(RefusalReason.NOT_IN_WRAP_UP, "The call is still going on: hang up first")
        self.agents[agent.session_id] = replace(agent, redialing=True)
        return None

    def end_redial(self, session_id: SessionId, now: datetime) -> list[Command]:
        """The redial is in the air, or was refused: the agent is as others again."""
        agent = self.agents.get(session_id)
        if agent is None:
            return []
        self.agents[session_id] = replace(agent, redialing=False)
        return self._match(now)

    # -- stops ------------------------------------------------------------------------------------------------

    def give_up(self, attempt_id: AttemptId, now: datetime) -> list[Command]:
        """Ends a call that only rings: nobody would be there for it."""
        return self._end(lambda each: each.id == attempt_id and each.state in UNANSWERED, EndReason.AGENTS_GONE, now)

    def stop_unanswered(self, now: datetime) -> list[Command]:
        """Ends what only rings yet: the first stage of a shutdown."""
        return self._end(lambda attempt: attempt.state in UNANSWERED, EndReason.OPERATOR, now)

    def stop_all(self, now: datetime, reason: EndReason = EndReason.OPERATOR) -> list[Command]:
        """Ends every call, the message too."""
        return self._end(lambda _: True, reason, now)

    def cut(self, going_on: Collection[CampaignId], now: datetime) -> list[Command]:
        """Ends the calls of every campaign but those going on; a customer who waits gets the message."""
        done: list[Command] = []
        for attempt in list(self.attempts.values()):
            if attempt.campaign_id not in going_on and attempt.hangup_at is None:
                done += self._cut(attempt, now)
        return done

    def _cut(self, attempt: Attempt, now: datetime) -> list[Command]:
        if attempt.state is AttemptState.ANNOUNCING:
            return []
        if attempt.state is AttemptState.WAITING:
            return self._part(attempt, now) + self._tell(attempt.id, EndReason.CAMPAIGN_STOPPED, now)
        return self._hang_up(attempt.id, EndReason.CAMPAIGN_STOPPED, now)

    def _end(self, which: Callable[[Attempt], bool], reason: EndReason, now: datetime) -> list[Command]:
        live = [attempt.id for attempt in self.attempts.values() if attempt.hangup_at is None and which(attempt)]
        return [command for attempt_id in live for command in self._hang_up(attempt_id, reason, now)]
