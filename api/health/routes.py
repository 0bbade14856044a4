"""/health: public, quick, nothing personal in it."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access import GuardedRoute, public
from api.context import Here
from api.health import service
from api.health.schemas import Health

router = APIRouter(tags=["health"], route_class=GuardedRoute)


@router.get("/health", responses={503: {"model": Health, "description": "The database is away"}})
async def health(_who: Annotated[None, public()], here: Here, response: Response) -> Health:
    """200 ok or degraded; 503 only while the database is away."""
    is_there, report = await service.look(here.engine, here.node)
    response.status_code = 200 if is_there else 503
    return Health.model_validate(report)
