"""Teams: a leader draws numbers and issues them to the agents of his own."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection
from api.documentation import answers
from api.schemas import Cursor, Id, Limit, Page
from api.teams import service
from api.teams.schemas import ChangeTeam, Members, NewTeam, Seller, Team

router = APIRouter(prefix="/api/v1", tags=["teams"], route_class=GuardedRoute)

Keeper = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR)]
Reader = Annotated[
    Person,
    may(Role.MANAGER, Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR, Role.HR_SUPERVISOR, Role.TEAM_LEADER),
]


@router.get("/teams")
async def list_teams(who: Reader, connection: Connection, cursor: Cursor = None, limit: Limit = 50) -> Page[Team]:
    """All teams with their agents, newest first; a leader sees his own."""
    items, following = await service.list_teams(connection, who, cursor, limit)
    return Page(items=items, next=following)


@router.post("/teams", status_code=201, responses=answers("unknown_user", "name_taken", "leads_already"))
async def create_team(_who: Keeper, connection: Connection, new: NewTeam) -> Team:
    """A team of this leader, with nobody in it yet."""
    return await service.create_team(connection, new)


@router.patch(
    "/teams/{team_id}",
    responses=answers("unknown_team", "unknown_user", "name_taken", "leads_already", "numbers_open"),
)
async def change_team(_who: Keeper, connection: Connection, team_id: Id, change: ChangeTeam) -> Team:
    """Another name, leader or quota; a leader who still has numbers is not replaced."""
    return await service.change_team(connection, str(team_id), change)


@router.put("/teams/{team_id}/members", responses=answers("unknown_team", "unknown_user", "numbers_open"))
async def set_members(_who: Keeper, connection: Connection, team_id: Id, members: Members) -> Team:
    """Makes these its agents; who still has numbers gives them back before he leaves his team."""
    return await service.set_members(connection, str(team_id), members)


@router.get("/sellers")
async def list_sellers(
    _who: Keeper, connection: Connection, cursor: Cursor = None, limit: Limit = 50
) -> Page[Seller]:
    """Everybody who may be put into a team or lead one, and whose agent each is now."""
    items, following = await service.list_sellers(connection, cursor, limit)
    return Page(items=items, next=following)
