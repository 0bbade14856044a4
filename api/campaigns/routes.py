"""Campaigns: list, make, change, start, pause, stop."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.campaigns import service
from api.campaigns.rules import Action, How
from api.campaigns.schemas import Campaign, ChangeCampaign, NewCampaign, StopCampaign
from api.context import Connection, Here
from api.documentation import answers
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1/campaigns", tags=["campaigns"], route_class=GuardedRoute)

Reader = Annotated[
    Person,
    may(
        *(Role.MANAGER, Role.SUPERVISOR, Role.BUSINESS_SUPERVISOR),
        *(Role.TEAM_LEADER, Role.AGENT, Role.DATA_ENTRY_CLERK),
    ),
]
Maker = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.BUSINESS_SUPERVISOR)]
Starter = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]


@router.get("")
async def list_campaigns(
    _who: Reader, connection: Connection, cursor: Cursor = None, limit: Limit = 50
) -> Page[Campaign]:
    """All campaigns, newest first."""
    items, following = await service.list_campaigns(connection, cursor, limit)
    return Page(items=items, next=following)


@router.post("", status_code=201, responses=answers("name_taken"))
async def create_campaign(_who: Maker, connection: Connection, here: Here, new: NewCampaign) -> Campaign:
    """Makes a draft; 409 `name_taken`."""
    return await service.create_campaign(connection, new, here.zone.key)


@router.get("/{campaign_id}", responses=answers("unknown_campaign"))
async def get_campaign(_who: Reader, connection: Connection, campaign_id: Id) -> Campaign:
    """One campaign."""
    return await service.get_campaign(connection, str(campaign_id))


@router.patch("/{campaign_id}", responses=answers("unknown_campaign", "campaign_stopped", "name_taken", "bad_hours"))
async def change_campaign(_who: Starter, connection: Connection, campaign_id: Id, change: ChangeCampaign) -> Campaign:
    """Changes what is sent, within a second and while it runs; a stopped campaign stays as it is."""
    return await service.change_campaign(connection, str(campaign_id), change)


@router.post("/{campaign_id}/start", responses=answers("unknown_campaign", "wrong_transition"))
async def start_campaign(_who: Starter, connection: Connection, campaign_id: Id) -> Campaign:
    """From draft or paused to running; 409 `wrong_transition`."""
    return await service.order(connection, str(campaign_id), Action.START)


@router.post("/{campaign_id}/pause", responses=answers("unknown_campaign", "wrong_transition"))
async def pause_campaign(_who: Starter, connection: Connection, campaign_id: Id) -> Campaign:
    """From running to paused: running calls go on, nothing new is dialed."""
    return await service.order(connection, str(campaign_id), Action.PAUSE)


@router.post("/{campaign_id}/stop", responses=answers("unknown_campaign", "wrong_transition"))
async def stop_campaign(
    _who: Starter, connection: Connection, campaign_id: Id, stop: StopCampaign | None = None
) -> Campaign:
    """For good. `drain`: nothing new is dialed, and when the last call has ended it is stopped. `cut`: every call of
    it ends within a second; a customer who waits for an agent hears the message.
    """
    how = stop.how if stop is not None else How.DRAIN
    return await service.order(connection, str(campaign_id), Action(how.value))
