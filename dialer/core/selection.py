"""Which leads next, and which agent gets the customer. Pure orderings; the SQL store states the same order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from dialer.core.agent import Agent
from dialer.core.ids import CampaignId, LeadId
from dialer.core.pacing import covered
from dialer.core.recycle import LeadState

CLAIMABLE = (LeadState.NEW, LeadState.ATTEMPTED)


@dataclass(frozen=True)
class LeadView:
    """A lead as selection sees it."""

    id: LeadId
    campaign_id: CampaignId
    state: LeadState
    next_at: datetime


def due_leads(leads: Iterable[LeadView], campaign_id: CampaignId, now: datetime, limit: int) -> list[LeadId]:
    """Due leads of the campaign: longest due first, then by id."""
    due = [
        lead for lead in leads if lead.campaign_id == campaign_id and lead.state in CLAIMABLE and lead.next_at <= now
    ]
    due.sort(key=lambda lead: (lead.next_at, lead.id))
    return [lead.id for lead in due[:limit]]


def agent_for(campaign_id: CampaignId, agents: Iterable[Agent], others: Collection[CampaignId]) -> Agent | None:
    """The available agent of the campaign who has been ready longest; ties by session id.

    `others` are the campaigns of the other customers in the air: one whom only this agent could take is not left
    without him while another agent can take this customer.
    """
    works = {agent.session_id: agent.campaign_ids for agent in agents if agent.is_available()}
    mine = sorted(
        (agent for agent in agents if agent.session_id in works and campaign_id in agent.campaign_ids),
        key=lambda agent: (agent.since(), agent.session_id),
    )
    if len(mine) < 2 or all(other == campaign_id for other in others):
        return mine[0] if mine else None

    def left(agent: Agent) -> int:
        return covered({key: value for key, value in works.items() if key != agent.session_id}, others)

    return max(mine, key=left)  # the first of the best: the longest idle among them
