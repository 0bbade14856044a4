"""The stream of changes."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from api.access import GuardedRoute, current_session, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Here
from api.events.access import may_watch
from api.events.cursor import decode
from api.events.document import STREAM
from api.events.stream import EventStream
from api.events.viewer import Viewer
from api.floor.rules import WATCHING

router = APIRouter(prefix="/api/v1/events", tags=["floor"], route_class=GuardedRoute)

Watcher = Annotated[Person, may(*WATCHING, Role.AGENT)]


@router.get("", status_code=200, response_class=EventStream, responses=STREAM)
async def watch(
    who: Watcher,
    here: Here,
    request: Request,
    after: Annotated[str | None, Query(description="`cursor` of /floor", examples=["3f2-1a7"])] = None,
    last: Annotated[str | None, Header(alias="Last-Event-ID", description="of the stream before; wins")] = None,
) -> EventStream:
    """Every change of the floor as it happens; an agent gets his own. `Last-Event-ID` or `after` resume it."""
    only_of = None if may_watch(who.roles, everything=True) else who.id
    viewer = Viewer(current_session(request).id, only_of)
    cursor = last or after
    missed = await here.hub.join(viewer, None if cursor is None else decode(cursor))
    return EventStream(here.hub, viewer, missed)
