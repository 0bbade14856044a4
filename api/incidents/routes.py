"""What went wrong with recording: look, take over, close with a reason."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.filters import checked_day
from api.incidents import service
from api.incidents.schemas import Close, Incident, IncidentStanding, Which
from api.schemas import Cursor, Id, Limit, Line, Page
from dialer.core.incidents import IncidentKind
from recordings.completeness import day_bounds

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], route_class=GuardedRoute)

# L255: QA is responsible for watching the recorder
WATCH = (Role.MANAGER, Role.SUPERVISOR, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.SYSTEM_ADMINISTRATOR)
Watcher = Annotated[Person, may(*WATCH)]
Reader = Annotated[Person, may(*WATCH, Role.AUDITOR)]


def _about(
    here: Here,
    day: Annotated[
        Line | None,
        Query(examples=["2026-11-24"], description="about the calls of a day of the centre's zone, or opened on it"),
    ] = None,
) -> tuple[datetime, datetime] | None:
    return day_bounds(checked_day(day, "query.day"), here.zone.key) if day else None


def _filters(
    who: Reader,
    day: Annotated[tuple[datetime, datetime] | None, Depends(_about)],
    which: Annotated[Which, Query(description="open ones only, or closed ones too")] = Which.OPEN,
    kind: IncidentKind | None = None,
    call: Id | None = None,
    mine: Annotated[bool, Query(examples=[True], description="only those that I look after")] = False,
) -> service.Filters:
    return service.Filters(which is Which.OPEN, kind, str(call) if call else None, who.id if mine else None, day)


@router.get("", responses=answers("bad_day"))
async def list_incidents(
    _who: Reader,
    connection: Connection,
    filters: Annotated[service.Filters, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Incident]:
    """What is wrong, or was; the latest opened first."""
    items, following = await service.list_incidents(connection, filters, cursor, limit)
    return Page(items=items, next=following)


@router.get("/standing")
async def count_incidents(_who: Reader, connection: Connection) -> IncidentStanding:
    """How many are open, how many of them nobody has taken, and which keep dialing stopped."""
    return await service.standing(connection)


@router.get("/{incident_id}", responses=answers("unknown_incident"))
async def get_incident(_who: Reader, connection: Connection, incident_id: Id) -> Incident:
    """One incident."""
    return await service.get_incident(connection, str(incident_id))


@router.post("/{incident_id}/take", responses=answers("unknown_incident", "incident_closed"))
async def take_incident(who: Watcher, connection: Connection, incident_id: Id) -> Incident:
    """I look after it from now on, in place of whoever did."""
    return await service.take(connection, who, str(incident_id))


@router.post("/{incident_id}/close", responses=answers("unknown_incident", "incident_closed"))
async def close_incident(who: Watcher, connection: Connection, incident_id: Id, close: Close) -> Incident:
    """It is over; what was found and done is kept in the ledger."""
    return await service.close(connection, who, str(incident_id), close.resolution)
