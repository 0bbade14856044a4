"""The emergency stop: look, order, lift."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection
from api.emergency import service
from api.emergency.schemas import EmergencyStop, StopEverything

router = APIRouter(prefix="/api/v1/emergency-stop", tags=["emergency"], route_class=GuardedRoute)

Anybody = Annotated[Person, may(*Role)]
Stopper = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR)]
Lifter = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]


@router.get("")
async def emergency_stop(_who: Anybody, connection: Connection) -> EmergencyStop:
    """Whether everything is stopped, and why."""
    return await service.standing(connection)


@router.post("")
async def stop_everything(who: Stopper, connection: Connection, stop: StopEverything) -> EmergencyStop:
    """Nothing at all is dialed from now on, by hand neither; with `cut` every call ends within a second."""
    return await service.stop_everything(connection, who, stop)


@router.delete("")
async def lift_emergency_stop(who: Lifter, connection: Connection) -> EmergencyStop:
    """Dialing goes on. Nothing changes when nothing was stopped."""
    return await service.lift(connection, who)
