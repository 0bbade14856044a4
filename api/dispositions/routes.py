"""What may be said of a call: the centre's usual set, and each campaign's own."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection
from api.dispositions import service
from api.dispositions.schemas import ChooseDispositions, Dispositions
from api.documentation import answers
from api.schemas import Id

router = APIRouter(prefix="/api/v1", tags=["dispositions"], route_class=GuardedRoute)

Reader = Annotated[
    Person,
    may(
        *(Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.AGENT, Role.BUSINESS_SUPERVISOR),
        *(Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.STATISTICIAN, Role.AUDITOR),
    ),
]
Chooser = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]


@router.get("/dispositions")
async def get_usual(_who: Reader, connection: Connection) -> Dispositions:
    """The centre's usual set: of every campaign without one of its own."""
    return await service.get(connection, None)


@router.put("/dispositions")
async def choose_usual(_who: Chooser, connection: Connection, chosen: ChooseDispositions) -> Dispositions:
    """Another usual set; no rows = the one that we ship."""
    return await service.choose(connection, None, chosen)


@router.get("/campaigns/{campaign_id}/dispositions", responses=answers("unknown_campaign"))
async def get_of_campaign(_who: Reader, connection: Connection, campaign_id: Id) -> Dispositions:
    """What may be said of a call of this campaign, and what follows for its number."""
    return await service.get(connection, str(campaign_id))


@router.put("/campaigns/{campaign_id}/dispositions", responses=answers("unknown_campaign"))
async def choose_of_campaign(
    _who: Chooser, connection: Connection, campaign_id: Id, chosen: ChooseDispositions
) -> Dispositions:
    """A set of the campaign's own, within a second and while it runs; no rows = the usual one again."""
    return await service.choose(connection, str(campaign_id), chosen)
