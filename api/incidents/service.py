"""Incidents as people see them: found, taken over, closed with a reason."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.errors import Conflict, NotFound
from api.incidents.schemas import Incident, IncidentStanding
from api.paging import page_of
from dialer.core.incidents import STOPPING, IncidentKind
from dialer.store import incidents as store
from dialer.store.tables import incidents
from recordings.completeness import about_day

OPEN = incidents.c.closed_at.is_(None)
_OWNER, _CLOSER = users.alias("owner"), users.alias("closer")
_SAME = ("id", "kind", "subject", "call_id", "detail", "facts", "opened_at", "last_seen_at", "seen")
_PEOPLE = ("owner_id", "owner_name", "owned_at", "closed_at", "closed_by_name", "resolution")


@dataclass(frozen=True)
class Filters:
    """What to list; None = any."""

    only_open: bool
    kind: IncidentKind | None
    call_id: str | None
    owner_id: str | None
    day: tuple[datetime, datetime] | None  # about calls opened in it, or opened in it


async def list_incidents(
    connection: AsyncConnection, filters: Filters, cursor: str | None, limit: int
) -> tuple[list[Incident], str | None]:
    """One page, the latest opened first. Raises Invalid."""
    query = _with_names().where(*_conditions(filters))
    rows, following = await page_of(connection, query, incidents.c.id, cursor, limit)
    return [_incident(row) for row in rows], following


async def get_incident(connection: AsyncConnection, incident_id: str) -> Incident:
    """One incident. Raises NotFound."""
    row = (await connection.execute(_with_names().where(incidents.c.id == incident_id))).first()
    if row is None:
        raise NotFound("unknown_incident", "There is no incident with this id.")
    return _incident(row)


async def standing(connection: AsyncConnection) -> IncidentStanding:
    """How many are open, how many of them nobody has taken, and which keep dialing stopped."""
    counted = func.count().label("open"), func.count().filter(incidents.c.owner_id.is_(None)).label("unowned")
    query = select(incidents.c.kind, *counted).where(OPEN).group_by(incidents.c.kind)
    rows = (await connection.execute(query)).all()
    stopping = sorted(kind for kind in STOPPING if any(row.kind == kind for row in rows))
    return IncidentStanding(
        open=sum(row.open for row in rows), unowned=sum(row.unowned for row in rows), stops_dialing=stopping
    )


async def take(connection: AsyncConnection, who: Person, incident_id: str) -> Incident:
    """Makes the person its owner, in place of whoever was. Raises NotFound, Conflict when it is closed."""
    if not await store.take_incident(connection, incident_id, who.id, datetime.now(UTC)):
        await _not_open(connection, incident_id)
    return await get_incident(connection, incident_id)


async def close(connection: AsyncConnection, who: Person, incident_id: str, resolution: str) -> Incident:
    """Closes it with what was done, and a ledger row. Raises NotFound, Conflict when it is closed."""
    if not await store.close_incident(connection, incident_id, datetime.now(UTC), resolution, who.id):
        await _not_open(connection, incident_id)
    return await get_incident(connection, incident_id)


async def _not_open(connection: AsyncConnection, incident_id: str) -> None:
    await get_incident(connection, incident_id)
    raise Conflict("incident_closed", "This incident is closed already.")


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [OPEN] if filters.only_open else []
    if filters.kind is not None:
        wanted.append(incidents.c.kind == filters.kind.value)
    if filters.call_id is not None:
        wanted.append(incidents.c.call_id == filters.call_id)
    if filters.owner_id is not None:
        wanted.append(incidents.c.owner_id == filters.owner_id)
    if filters.day is not None:
        wanted.append(about_day(*filters.day))
    return wanted


def _with_names() -> Select[Any]:
    names = (_OWNER.c.name.label("owner_name"), _CLOSER.c.name.label("closed_by_name"))
    return (
        select(incidents, *names)
        .outerjoin(_OWNER, _OWNER.c.id == incidents.c.owner_id)
        .outerjoin(_CLOSER, _CLOSER.c.id == incidents.c.closed_by)
    )


def _incident(row: Row[Any]) -> Incident:
    values = {name: row._mapping[name] for name in (*_SAME, *_PEOPLE)}
    return Incident(stops_dialing=row.kind in STOPPING, **values)
