"""What a person types to find things: a number, an agent, a stretch of time."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, func, literal_column, select

from api.auth.tables import users
from api.errors import Invalid
from dialer.core.ids import is_attempt_id
from dialer.core.numbers import canonical
from recordings.completeness import day_bounds

LAST = 4
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FIRST_YEAR, LAST_YEAR = 2000, 2200  # beyond these an id has no place on the clock


def number_matches(column: Column[str], typed: str, field: str) -> ColumnElement[bool]:
    """The condition for a typed number. Raises Invalid, naming the field, for neither a number nor four digits."""
    if len(typed) == LAST and typed.isascii() and typed.isdigit():
        return func.right(column, literal_column("4")) == typed  # the index has this very expression
    number = canonical(typed)
    if number is None:
        raise Invalid("malformed_number", "Give a whole phone number or its last four digits.", field)
    return column == number


def agent_matches(column: Column[str], typed: str) -> ColumnElement[bool]:
    """The condition for a user id or a user name; a name that nobody has matches no row."""
    if is_attempt_id(typed.lower()):  # every id of ours has this shape
        return column == typed.lower()
    return column == select(users.c.id).where(users.c.username == typed).scalar_subquery()


def moment_from(typed: str, zone: ZoneInfo, field: str) -> datetime:
    """The first instant meant by a day of the zone, or an RFC 3339 time. Raises Invalid."""
    day = _day(typed, field)
    return _exact(typed, field) if day is None else day_bounds(day, zone.key)[0]


def moment_to(typed: str, zone: ZoneInfo, field: str) -> datetime:
    """The first instant after what is meant: the end of a day of the zone, or an RFC 3339 time. Raises Invalid."""
    day = _day(typed, field)
    return _exact(typed, field) if day is None else day_bounds(day, zone.key)[1]


def checked_day(typed: str, field: str) -> date:
    """The day as YYYY-MM-DD. Raises Invalid."""
    day = _day(typed, field)
    if day is None:
        raise Invalid("bad_day", "Give a day as YYYY-MM-DD.", field)
    return day


def _day(typed: str, field: str) -> date | None:
    if not DAY.fullmatch(typed):
        return None
    try:
        return _near(date.fromisoformat(typed), field)
    except ValueError as error:
        raise Invalid("bad_day", "There is no such day.", field) from error


def _exact(typed: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise Invalid("bad_time", "Give a day as YYYY-MM-DD or a time as RFC 3339.", field) from error
    _near(moment.date(), field)
    if moment.tzinfo is None:
        raise Invalid("bad_time", "A time needs its offset, as in 2026-11-24T09:00:00+08:00.", field)
    return moment.astimezone(UTC)


def _near(day: date, field: str) -> date:
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise Invalid("bad_day", f"Days from {FIRST_YEAR} to {LAST_YEAR - 1} are known here.", field)
    return day
