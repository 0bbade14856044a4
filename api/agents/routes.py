"""An agent's own session, and who is at work."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.agents import service
from api.agents.schemas import AgentSession, ChangeSession, Session, SessionChanged, SessionStarted, StartSession
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import ENGINE, answers
from api.schemas import Cursor, Limit, Page

router = APIRouter(prefix="/api/v1/agents", tags=["agents"], route_class=GuardedRoute)

Seller = Annotated[Person, may(Role.AGENT, Role.TEAM_LEADER)]
Watcher = Annotated[
    Person, may(Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR)
]


@router.get("")
async def list_agents(
    who: Watcher, connection: Connection, cursor: Cursor = None, limit: Limit = 50
) -> Page[AgentSession]:
    """Everybody at work now."""
    items, following = await service.live_sessions(connection, who.roles, cursor, limit)
    return Page(items=items, next=following)


@router.post(
    "/me/session",
    status_code=201,
    responses=answers(*ENGINE, "no_phone", "unknown_campaign", "session_exists", "phone_not_registered"),
)
async def start_session(who: Seller, here: Here, start: StartSession) -> SessionStarted:
    """Starts the shift for one campaign or several: your phone rings once and stays connected."""
    return SessionStarted(session_id=await service.start_session(here, who, start.campaigns))


@router.get("/me/session", responses=answers("no_session"))
async def my_session(who: Seller, connection: Connection) -> Session:
    """Your state, since when, and the call in hand; 404 `no_session`."""
    return await service.my_session(connection, who)


@router.patch("/me/session", responses=answers(*ENGINE, "no_session", "state_forbidden", "disposition_missing"))
async def change_session(who: Seller, here: Here, change: ChangeSession) -> SessionChanged:
    """Ready, or paused with a reason."""
    await service.change_session(here, who, change)
    return SessionChanged(state=change.state, reason=change.reason)


@router.delete("/me/session", status_code=204, responses=answers(*ENGINE, "no_session"))
async def end_session(who: Seller, here: Here) -> None:
    """Ends the shift."""
    await service.end_session(here, who)
