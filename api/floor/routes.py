"""The live floor in one answer."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.sessions import Person
from api.context import Here
from api.floor import service
from api.floor.rules import WATCHING
from api.floor.schemas import Floor

router = APIRouter(prefix="/api/v1/floor", tags=["floor"], route_class=GuardedRoute)

Watcher = Annotated[Person, may(*WATCHING)]


@router.get("")
async def get_floor(_who: Watcher, here: Here) -> Floor:
    """Everything now; the changes after `cursor` come by `GET /events?after=<cursor>`."""
    return await service.look(here.engine, here.board)
