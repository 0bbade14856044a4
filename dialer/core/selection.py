"""Which leads next, and which agent gets the customer. Pure orderings; the SQL store states the same order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dialer.core.agent import Agent
from dialer.core.ids import CampaignId, LeadId
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


def longest_idle(agents: Iterable[Agent], campaign_id: CampaignId) -> Agent | None:
    """The available agent of the campaign who has been ready longest; ties by session id."""
    free = [agent for agent in agents if agent.campaign_id == campaign_id and agent.is_available()]
    return min(free, key=lambda agent: (agent.since(), agent.session_id), default=None)
