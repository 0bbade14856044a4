"""Puts the api together: areas, problems, access, and the one listener for the engine's answers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from api import documentation, problems
from api.access import GuardedRoute, check_every_route_is_guarded, public
from api.agents.routes import router as agents
from api.alarms.routes import router as alarms
from api.auth.routes import router as auth
from api.calendars.routes import router as calendars
from api.callbacks.routes import router as callbacks
from api.calls.routes import router as calls
from api.campaigns.routes import router as campaigns
from api.commands import CommandDesk
from api.completeness.routes import router as completeness
from api.console.routes import console
from api.console.site import read_site
from api.context import Context, Options
from api.dispositions.routes import router as dispositions
from api.dnc.routes import router as do_not_call
from api.edge import Edge
from api.emergency.routes import router as emergency
from api.events import document as stream
from api.events.hub import Hub
from api.events.routes import router as events
from api.evidence.routes import router as evidence
from api.exports.routes import router as exports
from api.exports.service import Exports
from api.floor.routes import router as floor
from api.floor.service import Board
from api.health.routes import router as health
from api.incidents.routes import router as incidents
from api.leads.routes import router as leads
from api.listening.routes import router as listening
from api.metrics.routes import router as prometheus
from api.metrics.service import Metrics
from api.numbers.ledger_routes import router as number_ledger
from api.numbers.routes import router as numbers
from api.numbers.schemas import PIECE_MAX
from api.pacing.routes import router as pacing
from api.practice.routes import router as practice
from api.recorder.routes import router as recorder
from api.recordings.routes import router as recordings
from api.retention.routes import router as retention
from api.teams.routes import router as teams
from api.users.routes import router as users
from recordings.vault import Vault

BODY_MAX = 64 * 1024  # bytes; the longest script fits
AREAS = (
    auth,
    users,
    campaigns,
    pacing,
    dispositions,
    callbacks,
    numbers,
    number_ledger,
    teams,
    leads,
    do_not_call,
    calendars,
    agents,
    calls,
    emergency,
    recordings,
    recorder,
    listening,
    exports,
    completeness,
    incidents,
    alarms,
    evidence,
    retention,
    floor,
    events,
    practice,
    health,
)
UPLOAD = re.compile(r"/api/v1/numbers/imports/[0-9a-f-]{36}/file")
ENGINE_TIMEOUT_S = 10.0
ABOUT = """\
Scripts log in by `POST /api/v1/auth/token` and send the bearer token. Browsers log in by `POST /api/v1/auth/login`
and hold a cookie; what changes something must then carry `X-CSRF-Token`. Errors are RFC 9457 problem documents:
`reason` is for machines, `detail` says what happened and `advice` what to do. Lists are paged: `next` is the `cursor`
of the page after, null on the last. Times are RFC 3339. Every answer has an `X-Request-ID`, as do its log lines.
"""
NO_OPTIONS = Options()

openapi = APIRouter(tags=["openapi"], route_class=GuardedRoute)


@openapi.get("/api/v1/openapi.json", include_in_schema=False)
async def schema(_who: Annotated[None, public()], request: Request) -> JSONResponse:
    """This api's OpenAPI document."""
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


class Api(FastAPI):
    """FastAPI whose document says exactly what each route can answer."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        document = super().openapi()
        stream.declare(document)
        documentation.declare(self, document)
        return document


def create_app(
    engine: AsyncEngine,
    vault: Vault,
    node: str,
    zone: str,
    engine_timeout_s: float = ENGINE_TIMEOUT_S,
    options: Options = NO_OPTIONS,
) -> FastAPI:
    """The whole api over a database and a store. Raises UnguardedRoute, ZoneInfoNotFoundError."""
    app = Api(
        title="Tianzhou",
        summary="An outbound call centre on Asterisk: every call recorded, without exception",
        description=ABOUT,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        openapi_tags=documentation.TAGS,
        generate_unique_id_function=lambda route: route.name,
    )
    desk = CommandDesk(engine, engine_timeout_s)
    board = Board(engine, node, ZoneInfo(zone), options.reserve_mb)
    hub = Hub(engine, board, options.session_idle)
    metrics = Metrics(engine, board, hub, options.metrics_token)
    taken, bounds = Exports(engine), (options.session_idle, options.paths, options.least_days, options.caps)
    app.state.context = Context(engine, desk, node, ZoneInfo(zone), vault, board, hub, taken, metrics, *bounds)
    app.add_middleware(Edge, body_max=body_max, observe=metrics.requests.observe)
    problems.register(app)
    for area in (*AREAS, prometheus, openapi, console(read_site())):
        app.include_router(area)
    check_every_route_is_guarded(app)
    return app


def body_max(path: str) -> int:
    """How many bytes a body of this path may have."""
    return PIECE_MAX if UPLOAD.fullmatch(path) else BODY_MAX


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Listens for the engine's answers and reads the changes while the app runs; the caller owns the engine."""
    here: Context = app.state.context
    parts = [asyncio.create_task(part()) for part in (here.desk.listen, here.hub.run, here.hub.tidy)]
    try:
        yield
    finally:
        here.hub.close()
        await here.exports.close()
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
