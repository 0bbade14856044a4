"""Attempts, agents and facts with everything in order; a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Attempt, Mode
from dialer.core.calendar import Places
from dialer.core.compliance import LeadFacts, MachineFacts, Rules
from dialer.core.floor import Floor
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.selection import Choice

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # 10:00 in Shanghai
CAMPAIGN = CampaignId("campaign")
ANYWHERE = Places({}, datetime.max.replace(tzinfo=UTC))
ANY = Choice(1, ANYWHERE)  # a turn at which fresh leads come first


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def attempt_id(n: int) -> AttemptId:
    return AttemptId(f"00000000-0000-7000-8000-{n:012x}")


def session_id(n: int) -> SessionId:
    return SessionId(f"00000000-0000-7000-9000-{n:012x}")


def make_attempt(n: int = 1, **changes: Any) -> Attempt:
    """An automatic attempt, just opened."""
    made = Attempt(
        id=attempt_id(n),
        campaign_id=CAMPAIGN,
        lead_id=LeadId(f"lead-{n}"),
        number="+8613800138000",
        mode=Mode.PROGRESSIVE,
        trunk="practice",
        caller_id="10010",
        ring_s=30,
        opened_at=NOW,
        max_attempts=3,
    )
    return replace(made, **changes)


def make_agent(n: int = 1, **changes: Any) -> Agent:
    """An agent who is ready, the phone in its bridge on its first leg."""
    made = Agent(
        session_id=session_id(n),
        agent_id=AgentId(f"agent-{n}"),
        node="node-1",
        extension=str(1000 + n),
        campaign_ids=(CAMPAIGN,),
        wrap_up_s=60,
        started_at=NOW,
        state=AgentState.READY,
        reason=None,
        phone_up=True,
        leg=1,
    )
    return replace(made, **changes)


def make_floor(*agents: Agent) -> Floor:
    return Floor(agents={agent.session_id: agent for agent in agents})


def available(floor: Floor, campaign_id: CampaignId) -> int:
    """The campaign's agents who could take a customer now."""
    return sum(campaign_id in campaigns for campaigns in floor.works().values())


_FACTS = LeadFacts("+8613800138000", False, "web", "online form", "file 7", 0, 0, 0, 0)


def make_facts(**changes: Any) -> LeadFacts:
    """A number that may be called."""
    return replace(_FACTS, **changes)


def make_rules(**changes: Any) -> Rules:
    made = Rules(
        zone="Asia/Shanghai",
        opens_at=time(9),
        closes_at=time(21),
        max_attempts=3,
        caller_id="10010",
        allowed_caller_ids=frozenset({"10010"}),
        per_day=1,
        per_30_days=3,
        per_life=10,
    )
    return replace(made, **changes)


def make_machine(**changes: Any) -> MachineFacts:
    return replace(MachineFacts(True, True, True, "", 5000, 1024), **changes)
