"""What time alone changes: windows, time-outs, wrap-ups, phones to call. Every state has its reaper here."""

from dataclasses import replace
from datetime import datetime, timedelta

from dialer.core import writing
from dialer.core.agent import DISPOSITION_MISSING, WRAP_UP_OVERRUN, Agent, AgentSignal, AgentState
from dialer.core.attempt import UNANSWERED, Attempt, AttemptState, EndReason
from dialer.core.commands import CallPhone, Command
from dialer.core.disposition import OTHER
from dialer.core.joint import JointRules

JOIN_LIMIT = timedelta(seconds=3)
RING_GRACE = timedelta(seconds=10)  # past ring_s, before we stop believing Asterisk's own time-out
ANNOUNCE_LIMIT = timedelta(seconds=60)
HANGUP_LIMIT = timedelta(seconds=5)
PHONE_LIMIT = timedelta(seconds=15)


class Ageing(JointRules):
    """The floor's clock."""

    def tick(self, now: datetime) -> list[Command]:
        """What time alone changes; whoever still waits then is given to an agent, if there is one."""
        done: list[Command] = []
        for attempt_id in list(self.attempts):  # looked up anew: one may change the next
            done += self._age_attempt(self.attempts[attempt_id], now)
        for agent in list(self.agents.values()):
            done += self._age_agent(agent, now)
        return done + self._match(now)

    def _age_attempt(self, attempt: Attempt, now: datetime) -> list[Command]:
        age = now - attempt.since()
        if attempt.hangup_at is not None:
            overdue = now - attempt.hangup_at > HANGUP_LIMIT
            return self._hang_up(attempt.id, EndReason.OPERATOR, now) if overdue else []
        if attempt.state is AttemptState.WAITING:
            return self._age_waiting(attempt, age, now)
        if attempt.state in UNANSWERED:
            return self._age_unanswered(attempt, now)
        if attempt.state is AttemptState.ANNOUNCING and age > ANNOUNCE_LIMIT:
            return self._hang_up(attempt.id, EndReason.NO_AGENT, now)
        return []

    def _age_unanswered(self, attempt: Attempt, now: datetime) -> list[Command]:
        if attempt.state is AttemptState.DIALING and attempt.ring_by is not None and now >= attempt.ring_by:
            return self._hang_up(attempt.id, EndReason.HOURS_OVER, now)
        late = now - attempt.opened_at > timedelta(seconds=attempt.ring_s) + RING_GRACE
        return self._hang_up(attempt.id, EndReason.RING_TIMEOUT, now) if late else []

    def _age_waiting(self, attempt: Attempt, age: timedelta, now: datetime) -> list[Command]:
        if attempt.joining:
            return self._give_up_join(attempt, now) if age > JOIN_LIMIT else []
        return self._tell(attempt.id, EndReason.NO_AGENT, now) if age > self.window_of(attempt.campaign_id) else []

    def _age_agent(self, agent: Agent, now: datetime) -> list[Command]:
        done: list[Command] = self._age_call_in_hand(agent, now)
        if _is_overdue(agent, now):
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
        """No disposition in time: the agent gives it before the next call, or the system says `other`."""
        if agent.attempt_id is not None and agent.disposition_required:
            step = self._agent_step(agent.session_id, AgentSignal.OVERDUE, now, DISPOSITION_MISSING)
            return [writing.session(step)]
        done = self._said_by_system(agent, OTHER, now)
        step = self._agent_step(agent.session_id, AgentSignal.OVERRUN, now, WRAP_UP_OVERRUN)
        return [*done, writing.session(step)]


def _is_overdue(agent: Agent, now: datetime) -> bool:
    late = now - agent.since() > timedelta(seconds=agent.wrap_up_s)
    return agent.state is AgentState.WRAP_UP and late and not agent.redialing
