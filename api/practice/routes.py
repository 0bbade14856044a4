"""How many practice agents work, and how practice customers behave."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import ENGINE, answers
from api.practice import service
from api.practice.schemas import AgentCount, Customers, CustomersChange, PracticeFloor

router = APIRouter(prefix="/api/v1/practice", tags=["practice"], route_class=GuardedRoute)

Setter = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]
Reader = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.AGENT)]


@router.get("/agents", responses=answers("no_practice"))
async def get_agents(_who: Reader, connection: Connection) -> PracticeFloor:
    """What the floor should do; the practice agents themselves look here. 409 `no_practice` outside practice."""
    return await service.floor(connection)


@router.post("/agents", responses=answers("no_practice"))
async def set_agents(_who: Setter, connection: Connection, wanted: AgentCount) -> PracticeFloor:
    """Sets how many work; they follow within seconds."""
    return await service.set_agents(connection, wanted.count)


@router.post("/customers", responses=answers(*ENGINE, "no_practice", "bad_customers"))
async def set_customers(who: Setter, here: Here, change: CustomersChange) -> Customers:
    """Changes how customers behave, from the next call on."""
    return await service.set_customers(here, who, change)
