"""What is on the floor: all live attempts and agents of a node, what pacing asks of them, single steps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.core import agent as agents
from dialer.core import attempt as attempts
from dialer.core.agent import Agent, AgentSignal
from dialer.core.attempt import Attempt, AttemptSignal, Mode
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.manners import Manners


@dataclass
class FloorState:
    """`window` is how long an answered customer may wait for an agent; `manners` are those of known campaigns."""

    window: timedelta = timedelta(seconds=2)
    attempts: dict[AttemptId, Attempt] = field(default_factory=dict)
    agents: dict[SessionId, Agent] = field(default_factory=dict)
    manners: dict[CampaignId, Manners] = field(default_factory=dict)

    # -- what pacing asks -------------------------------------------------------------------------------------

    def works(self) -> dict[SessionId, tuple[CampaignId, ...]]:
        """The agents who could take a customer now, with their campaigns."""
        return {a.session_id: a.campaign_ids for a in self.agents.values() if a.is_available()}

    def lines(self) -> Mapping[CampaignId, int]:
        """By campaign, automatic calls dialing, ringing or waiting without an agent of their own; 0 without any."""
        return Counter(a.campaign_id for a in self.attempts.values() if _is_in_flight(a))

    def on_trunk(self, trunk: str) -> int:
        """Channels our attempts use on the trunk."""
        return sum(a.trunk == trunk for a in self.attempts.values())

    def session_of(self, agent_id: str) -> Agent | None:
        """The agent's live session."""
        return next((a for a in self.agents.values() if a.agent_id == agent_id), None)

    def manners_of(self, campaign_id: CampaignId) -> Manners:
        """The campaign's manners; the usual ones when it is not known here, stopped before a restart."""
        return self.manners.get(campaign_id, Manners())

    def window_of(self, campaign_id: CampaignId) -> timedelta:
        """How long its answered customers wait for an agent."""
        window_s = self.manners_of(campaign_id).window_s
        return self.window if window_s is None else timedelta(seconds=window_s)

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


def _is_in_flight(attempt: Attempt) -> bool:
    return attempt.mode is not Mode.MANUAL and attempt.state in attempts.IN_FLIGHT and not attempt.joining
