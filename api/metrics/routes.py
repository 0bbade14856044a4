"""/metrics: for Prometheus."""

from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.access import GuardedRoute, public
from api.context import Here
from api.errors import Unauthenticated

EXAMPLE = """# HELP tianzhou_calls_in_air Calls in the air by state.
# TYPE tianzhou_calls_in_air gauge
tianzhou_calls_in_air{state="connected"} 4.0
"""
router = APIRouter(tags=["health"], route_class=GuardedRoute)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": EXAMPLE}}}},
)
async def metrics(_who: Annotated[None, public()], here: Here, request: Request) -> Response:
    """Prometheus text; when TIANZHOU_METRICS_TOKEN is set, only for that bearer. `tianzhou_up 0` = no database."""
    said = request.headers.get("authorization", "").encode()
    if here.metrics.token and not compare_digest(said, f"Bearer {here.metrics.token}".encode()):
        raise Unauthenticated("Send the bearer token that TIANZHOU_METRICS_TOKEN names.")
    return Response(await here.metrics.text(), media_type=CONTENT_TYPE_LATEST)
