"""How a campaign is paced: looked at, tuned with a reason, tried beforehand."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.pacing import service, what_if
from api.pacing.schemas import ChangePacing, Moments, Pacing, Stats, WhatIf, WhatIfAnswer
from api.schemas import Id

router = APIRouter(prefix="/api/v1/campaigns", tags=["pacing"], route_class=GuardedRoute)

_WATCHING = (Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.AUDITOR)
Watcher = Annotated[Person, may(*_WATCHING, Role.STATISTICIAN)]
Operator = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]
Minutes = Annotated[int, Query(ge=1, le=1440, description="how far back")]


@router.get("/{campaign_id}/pacing", responses=answers("unknown_campaign"))
async def get_pacing(_who: Watcher, connection: Connection, campaign_id: Id) -> Pacing:
    """How it is paced, and who changed that last."""
    return await service.get(connection, str(campaign_id))


@router.patch("/{campaign_id}/pacing", responses=answers("unknown_campaign", "campaign_stopped"))
async def change_pacing(who: Operator, connection: Connection, campaign_id: Id, change: ChangePacing) -> Pacing:
    """Changes what is sent, in force within a second; kept with who and why."""
    return await service.change(connection, who, str(campaign_id), change)


@router.get("/{campaign_id}/stats", responses=answers("unknown_campaign"))
async def get_stats(_who: Watcher, here: Here, connection: Connection, campaign_id: Id) -> Stats:
    """Live: lines, agents, what pacing stands on, and abandon rates of the day, 24 hours and 30 days."""
    return await service.stats(connection, here, str(campaign_id))


@router.get("/{campaign_id}/pacing/moments", responses=answers("unknown_campaign"))
async def get_moments(_who: Watcher, connection: Connection, campaign_id: Id, minutes: Minutes = 60) -> Moments:
    """How it was paced along time, for plots."""
    return await service.moments(connection, str(campaign_id), minutes)


@router.post(
    "/{campaign_id}/pacing/simulate", responses=answers("unknown_campaign", "no_history", "simulations_busy")
)
async def simulate_pacing(_who: Operator, here: Here, campaign_id: Id, wanted: WhatIf) -> WhatIfAnswer:
    """What other limits would bring on its own recent hours; takes some seconds, one at a time."""
    async with here.engine.connect() as connection:  # given back before the simulation begins
        row = await service.row_of(connection, str(campaign_id))
        found = await what_if.measured(connection, str(campaign_id))
    return await what_if.tried(here.simulations, found, wanted, row.abandon_limit, row.ring_s)
