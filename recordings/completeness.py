"""How complete a day's recordings are: every call of the day is present, absent for a reason, or open."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.tables import attempts
from recordings.records import lowest_id
from recordings.tables import recordings


class Shares(TypedDict):
    """What became of some calls; their sum is how many they are."""

    present: int
    absent: int
    open: int


class Completeness(TypedDict):
    """The figures of one day; `open` = not ended, or ended and not settled yet.

    `present`, `absent` and `open` count every call; `of_answered` only the answered ones, whose sum is `answered`.
    """

    day: str
    answered: int
    present: int
    absent: dict[str, int]
    open: int
    of_answered: Shares


async def completeness(connection: AsyncConnection, day: date, zone: str) -> Completeness:
    """Counts the calls opened on that day in that time zone. Reads only. Raises ZoneInfoNotFoundError."""
    start, end = day_bounds(day, zone)
    calls, of_answered = Counter[str](), Counter[str]()
    absent: dict[str, int] = {}
    for row in await connection.execute(_counts(start, end)):
        calls[row.status or "open"] += row.calls
        of_answered[row.status or "open"] += row.answered
        if row.status == "absent":
            absent[row.reason] = row.calls
    return {
        "day": day.isoformat(),
        "answered": of_answered.total(),
        "present": calls["present"],
        "absent": absent,
        "open": calls["open"],
        "of_answered": Shares(present=of_answered["present"], absent=of_answered["absent"], open=of_answered["open"]),
    }


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


def _counts(start: datetime, end: datetime) -> Select[tuple[str | None, str | None, int, int]]:
    """Calls by status and reason."""
    calls, rows = attempts.c, recordings.c
    return (
        select(rows.status, rows.reason, func.count().label("calls"), func.count(calls.answered_at).label("answered"))
        .select_from(attempts.outerjoin(recordings, rows.attempt_id == calls.id))
        .where(*_opened(start, end))
        .group_by(rows.status, rows.reason)
    )


def _opened(start: datetime, end: datetime) -> list[ColumnElement[bool]]:
    """Calls opened in [start, end). The bounds on the id only spare the other months' partitions."""
    calls = attempts.c
    ids = [calls.id >= lowest_id(start), calls.id < lowest_id(end + timedelta(hours=1))]
    return [*ids, calls.opened_at >= start, calls.opened_at < end]
