"""Calendars as rows; every change is a row of the ledger and wakes the engines."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.calendars.schemas import Calendar, Calendars, CallingHours, NewCalendar, SpecialDay, Window
from dialer.core.calendar import CENTRE
from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger
from dialer.store.gate_tables import calendars
from dialer.store.roster import CAMPAIGNS


async def list_calendars(connection: AsyncConnection) -> Calendars:
    """The centre's first, then the regions' by name."""
    query = select(calendars, users.c.name.label("changed_by_name"))
    rows = await connection.execute(
        query.outerjoin(users, users.c.id == calendars.c.changed_by).order_by(calendars.c.region)
    )
    return Calendars(items=[_calendar(row) for row in rows])


async def put_calendar(connection: AsyncConnection, who: Person, wanted: NewCalendar) -> Calendars:
    """Makes, changes or takes back one calendar, with what it was before in the ledger; the engines know at once."""
    region, hours = wanted.region or CENTRE, _row(wanted.hours) if wanted.hours is not None else None
    mine = calendars.c.region == region
    before = await connection.scalar(select(calendars.c.hours).where(mine).with_for_update())
    if hours is None:
        await connection.execute(delete(calendars).where(mine))
    else:
        row = {"hours": hours, "changed_by": who.id, "changed_at": datetime.now(UTC)}
        making = insert(calendars).values(region=region, **row)
        await connection.execute(making.on_conflict_do_update(index_elements=["region"], set_=row))
    await connection.execute(select(func.pg_notify(CAMPAIGNS, "")))
    body = {"rule": "calendar", "region": region, "before": before, "after": hours}
    body |= {"why": wanted.reason, "who": who.id}
    await ledger.append(connection, [Entry(EntryKind.POLICY_CHANGE, None, datetime.now(UTC), body)])
    return await list_calendars(connection)


def _row(hours: CallingHours) -> dict[str, Any]:
    """As `dialer.store.calendars` reads it."""
    days = [{"day": each.day.isoformat(), "name": each.name, "windows": _spans(each.windows)} for each in hours.days]
    return {"usual": _spans(hours.usual), "weekend": _spans(hours.weekend), "days": days}


def _spans(windows: list[Window] | None) -> list[list[str]] | None:
    if windows is None:
        return None
    return [[each.opens_at.isoformat(), each.closes_at.isoformat()] for each in windows]


def _calendar(row: Row[Any]) -> Calendar:
    kept = row.hours
    days = [
        SpecialDay(day=each["day"], name=each["name"], windows=_windows(each["windows"])) for each in kept["days"]
    ]
    hours = CallingHours(usual=_windows(kept["usual"]), weekend=_windows(kept["weekend"]), days=days)
    same = {name: row._mapping[name] for name in ("changed_by", "changed_by_name", "changed_at")}
    return Calendar(region=row.region or None, hours=hours, **same)


def _windows(spans: list[list[str]] | None) -> list[Window] | None:
    if spans is None:
        return None
    moments = [[time.fromisoformat(moment) for moment in span] for span in spans]
    return [Window(opens_at=opens, closes_at=closes) for opens, closes in moments]
