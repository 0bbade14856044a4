"""Who is told when something goes wrong with recording: look, and set."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.alarms import service
from api.alarms.schemas import NewReceivers, Receivers
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection
from api.documentation import answers
from api.incidents.routes import Reader

router = APIRouter(prefix="/api/v1/alarms", tags=["incidents"], route_class=GuardedRoute)

Namer = Annotated[Person, may(Role.MANAGER)]


@router.get("/receivers")
async def list_receivers(_who: Reader, connection: Connection) -> Receivers:
    """Whom alarms are for."""
    return await service.receivers(connection)


@router.put("/receivers", responses=answers("unknown_user"))
async def name_receivers(who: Namer, connection: Connection, new: NewReceivers) -> Receivers:
    """Puts people on duty for alarms in place of those before; with none, the roles again."""
    return await service.name_receivers(connection, who, [str(user_id) for user_id in new.user_ids])
