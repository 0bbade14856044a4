"""How complete a day's recordings are: every call of the day is present, absent for a reason, or open."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.ledger import EntryKind
from dialer.store.tables import attempts, incidents, ledger
from recordings.records import first_id, lowest_id
from recordings.rules import TAKEN_AWAY
from recordings.tables import recordings


class Shares(TypedDict):
    """What became of some calls; their sum is how many they are.

    `taken_away` = recorded, and gone since by order or because its time was over: not missing.
    """

    present: int
    taken_away: int
    absent: int
    open: int


class Completeness(TypedDict):
    """The figures of one day; `open` = not ended, or ended and not settled yet.

    `expected` = the calls whose intent the ledger took before they were dialed; without a gap it is the sum of
    `present`, `absent` and `open`, which count every call; the sum of `of_answered` is `answered`.
    `open_incidents` = incidents about the day's calls, or of that day, that nobody has closed.
    """

    day: str
    expected: int
    answered: int
    present: int
    absent: dict[str, int]
    open: int
    of_answered: Shares
    open_incidents: int


class Hour(TypedDict):
    """An hour of the day's clock: the answered calls opened in it, and how many of them are recorded."""

    hour: int
    answered: int
    present: int


async def completeness(connection: AsyncConnection, day: date, zone: str) -> Completeness:
    """Counts the calls opened on that day in that time zone. Reads only. Raises ZoneInfoNotFoundError."""
    start, end = day_bounds(day, zone)
    calls, of_answered = Counter[str](), Counter[str]()
    absent: dict[str, int] = {}
    for row in await connection.execute(_counts(start, end)):
        calls[row.status or "open"] += row.calls
        of_answered[_share(row.status, row.reason)] += row.answered
        if row.status == "absent":
            absent[row.reason] = row.calls
    still_open = select(func.count()).where(about_day(start, end), incidents.c.closed_at.is_(None))
    return {
        "day": day.isoformat(),
        "expected": await connection.scalar(_intents(start, end)) or 0,
        "answered": of_answered.total(),
        "present": calls["present"],
        "absent": absent,
        "open": calls["open"],
        "of_answered": Shares(
            present=of_answered["present"],
            taken_away=of_answered["taken_away"],
            absent=of_answered["absent"],
            open=of_answered["open"],
        ),
        "open_incidents": await connection.scalar(still_open) or 0,
    }


async def by_hour(connection: AsyncConnection, day: date, zone: str) -> list[Hour]:
    """The day's answered calls by the hour of the zone's clock they were opened in; empty hours are left out."""
    start, end = day_bounds(day, zone)
    hour = func.extract("hour", func.timezone(zone, attempts.c.opened_at))
    present = func.count().filter(recordings.c.status == "present")
    query = (
        select(hour.label("hour"), func.count().label("answered"), present.label("present"))
        .select_from(attempts.outerjoin(recordings, recordings.c.attempt_id == attempts.c.id))
        .where(*_opened(start, end), attempts.c.answered_at.is_not(None))
        .group_by(hour)
        .order_by(hour)
    )
    rows = await connection.execute(query)
    return [Hour(hour=int(row.hour), answered=row.answered, present=row.present) for row in rows]


def about_day(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Incidents about a call opened in [start, end), by its id, and those that were opened then."""
    opened, call = incidents.c.opened_at, incidents.c.call_id
    return or_(and_(opened >= start, opened < end), and_(call >= first_id(start), call < first_id(end)))


def open_calls(start: datetime, end: datetime) -> Select[Any]:
    """The calls opened in [start, end) that have no recordings row: their attempts' rows, in no order."""
    return (
        select(attempts)
        .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
        .where(*_opened(start, end), recordings.c.attempt_id.is_(None))
    )


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first instant of a day in a zone and that of the next; 23 or 25 hours apart when clocks change."""
    place = ZoneInfo(zone)
    return datetime.combine(day, time(), place), datetime.combine(day + timedelta(days=1), time(), place)


def _share(status: str | None, reason: str | None) -> str:
    """Which of the Shares a recording's row counts in; no row = open."""
    if status == "absent" and reason in TAKEN_AWAY:
        return "taken_away"
    return status or "open"


def _counts(start: datetime, end: datetime) -> Select[tuple[str | None, str | None, int, int]]:
    """Calls by status and reason."""
    calls, rows = attempts.c, recordings.c
    return (
        select(rows.status, rows.reason, func.count().label("calls"), func.count(calls.answered_at).label("answered"))
        .select_from(attempts.outerjoin(recordings, rows.attempt_id == calls.id))
        .where(*_opened(start, end))
        .group_by(rows.status, rows.reason)
    )


def _intents(start: datetime, end: datetime) -> Select[Any]:
    """How many calls the ledger was told of before they were dialed, in [start, end)."""
    row = ledger.c
    ids = (row.attempt_id >= lowest_id(start), row.attempt_id < lowest_id(end + timedelta(hours=1)))
    when = (row.event_at >= start, row.event_at < end)
    return select(func.count(row.attempt_id.distinct())).where(*ids, row.kind == EntryKind.INTENT.value, *when)


def _opened(start: datetime, end: datetime) -> list[ColumnElement[bool]]:
    """Calls opened in [start, end). The bounds on the id only spare the other months' partitions."""
    calls = attempts.c
    ids = [calls.id >= lowest_id(start), calls.id < lowest_id(end + timedelta(hours=1))]
    return [*ids, calls.opened_at >= start, calls.opened_at < end]
