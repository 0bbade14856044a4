"""When the centre calls in each region: rows of JSON, read into the core's calendars."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.calendar import WHOLE_DAY, Calendar, Regions, Span
from dialer.store.gate_tables import calendars


class Read(NamedTuple):
    """A calendar, and when it was changed to be so."""

    changed_at: datetime
    calendar: Calendar


Kept = Mapping[str, Read]


async def read(connection: AsyncConnection, known: Kept) -> Kept:
    """All calendars by region; those that did not change since are the known ones."""
    found: dict[str, Read] = {}
    for row in await connection.execute(select(calendars)):
        before = known.get(row.region)
        is_same = before is not None and before.changed_at == row.changed_at
        found[row.region] = before if before and is_same else Read(row.changed_at, calendar_of(row.hours))
    return found


def regions_of(kept: Kept) -> Regions:
    """What the gates ask."""
    return {region: each.calendar for region, each in kept.items()}


def calendar_of(hours: Mapping[str, Any]) -> Calendar:
    """Of `usual`, `weekend` and `days`, each with lists of `[opens, closes]`.

    Null instead of a list: the day is not narrowed; the weekend is as usual.
    """
    weekend = hours["weekend"]
    return Calendar(
        usual=_spans(hours["usual"]),
        weekend=None if weekend is None else _spans(weekend),
        days={date.fromisoformat(each["day"]): _spans(each["windows"]) for each in hours["days"]},
    )


def _spans(windows: Sequence[Sequence[str]] | None) -> tuple[Span, ...]:
    if windows is None:
        return WHOLE_DAY
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in windows)
