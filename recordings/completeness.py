"""How complete a day's recordings are: every call of the day is present, absent for a reason, or open."""

from datetime import date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.tables import attempts
from recordings.records import lowest_id
from recordings.tables import recordings


class Completeness(TypedDict):
    """The figures of one day; `open` = not ended, or ended and not settled yet."""

    day: str
    answered: int
    present: int
    absent: dict[str, int]
    open: int


async def completeness(connection: AsyncConnection, day: date, zone: str) -> Completeness:
    """Counts the calls opened on that day in that time zone. Reads only. Raises ZoneInfoNotFoundError."""
    start, end = day_bounds(day, zone)
    answered = present = still_open = 0
    absent: dict[str, int] = {}
    for row in await connection.execute(_counts(start, end)):
        answered += row.answered
        present += row.calls if row.status == "present" else 0
        still_open += row.calls if row.status is None else 0
        if row.status == "absent":
            absent[row.reason] = row.calls
    return {"day": day.isoformat(), "answered": answered, "present": present, "absent": absent, "open": still_open}


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first instant of a day in a zone and that of the next; 23 or 25 hours apart when clocks change."""
    place = ZoneInfo(zone)
    return datetime.combine(day, time(), place), datetime.combine(day + timedelta(days=1), time(), place)


def _counts(start: datetime, end: datetime) -> Select[tuple[str | None, str | None, int, int]]:
    """Calls by status and reason. The bounds on the id only spare the other months' partitions."""
    calls, rows = attempts.c, recordings.c
    ids = and_(calls.id >= lowest_id(start), calls.id < lowest_id(end + timedelta(hours=1)))
    return (
        select(rows.status, rows.reason, func.count().label("calls"), func.count(calls.answered_at).label("answered"))
        .select_from(attempts.outerjoin(recordings, rows.attempt_id == calls.id))
        .where(ids, calls.opened_at >= start, calls.opened_at < end)
        .group_by(rows.status, rows.reason)
    )
