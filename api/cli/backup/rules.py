"""PURE decisions about backups: when the next is due, which are kept, what the outbox held."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

OVERDUE = timedelta(hours=26)  # a day of 25 hours and a while
PART = ".part"
_NAME = re.compile(r"tianzhou-(\d{8}T\d{6})Z")


def next_run(now: datetime, last: datetime, at: time, zone: tzinfo) -> datetime:
    """When the next backup is due: at `at` in `zone`, or 26 hours after the last one when that time was missed.

    `last` is when the newest backup was made, or when the installation began: a fresh one has nothing to lose yet.
    A time that the clocks leap over is taken as the same instant an hour on; one that comes twice is taken once.
    """
    return min(_next_at(now, at, zone), max(now, last + OVERDUE))


def _next_at(now: datetime, at: time, zone: tzinfo) -> datetime:
    today = now.astimezone(zone).date()
    days = (datetime.combine(today + timedelta(days=n), at, zone).astimezone(UTC) for n in range(3))
    return next(moment for moment in days if moment > now)


def read_at(text: str) -> time | None:
    """`TIANZHOU_BACKUP_AT` as a time of day; None = never. Raises ValueError."""
    return datetime.strptime(text, "%H:%M").time() if text else None  # noqa: DTZ007 - a time of day has no zone yet


def name_of(moment: datetime) -> str:
    """The folder of a backup begun at that moment; names sort by time."""
    return f"tianzhou-{moment.astimezone(UTC):%Y%m%dT%H%M%S}Z"


def is_name(name: str) -> bool:
    """Whether a folder of this name is a complete backup of ours."""
    return _NAME.fullmatch(name) is not None


def moment_of_name(name: str) -> datetime:
    """When the backup of this name was begun."""
    return datetime.strptime(name, "tianzhou-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def superfluous(names: Iterable[str], keep: int) -> list[str]:
    """The complete backups beyond the `keep` newest; names that are none of ours are never touched."""
    return sorted(filter(is_name, names), reverse=True)[keep:]


def merged(before: bytes, after: bytes) -> bytes:
    """Two looks at one outbox file as one: everything of both, whole lines of the first only."""
    if after.startswith(before):
        return after
    return before[: before.rfind(b"\n") + 1] + after
