"""A number's leads, and every rule's answer about them and their campaign."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.leads import campaign, service
from api.leads.schemas import CampaignWhy, Lead, LeadWhy
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1", tags=["leads"], route_class=GuardedRoute)

_OVERSEEING = (
    *(Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.DATA_ENTRY_CLERK),
    *(Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.COMPLAINT_HANDLER, Role.AUDITOR),
)
Reader = Annotated[Person, may(*_OVERSEEING, Role.AGENT)]
Finder = Annotated[Person, may(*_OVERSEEING)]
Leader = Annotated[
    Person, may(Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.AUDITOR)
]
Number = Annotated[
    str, Query(max_length=30, examples=["13812341234"], description="the whole number, as one types it")
]


@router.get("/leads", responses=answers("malformed_number"))
async def find_leads(
    who: Finder, connection: Connection, number: Number, cursor: Cursor = None, limit: Limit = 50
) -> Page[Lead]:
    """Every lead with this number, in all campaigns, newest first."""
    items, following = await service.find(connection, who, number, cursor, limit)
    return Page(items=items, next=following)


@router.get("/leads/{lead_id}", responses=answers("unknown_lead"))
async def get_lead(who: Reader, connection: Connection, lead_id: Id) -> Lead:
    """One lead; an agent sees those that he holds or has called."""
    return await service.get(connection, who, str(lead_id))


@router.get("/leads/{lead_id}/why", responses=answers("unknown_lead"))
async def why_lead(who: Reader, here: Here, connection: Connection, lead_id: Id) -> LeadWhy:
    """Every rule's answer about it now, in the order in which they are asked, and when each changes."""
    return await service.why(connection, who, here, str(lead_id))


@router.get("/campaigns/{campaign_id}/why", responses=answers("unknown_campaign"))
async def why_campaign(_who: Leader, here: Here, connection: Connection, campaign_id: Id) -> CampaignWhy:
    """Why it is dialing, or is not: the machine, its window, and how many numbers wait for what."""
    return await campaign.why(connection, here, str(campaign_id))
