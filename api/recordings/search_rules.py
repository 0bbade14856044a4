"""How far back a search may look. Pure.

Filters that one index serves in the order of the list give any page at once, however far back. Others look row by
row at what that index gives: they get a stretch of days, so that none of them reads the whole archive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from recordings.problem_rules import Defect

DAYS_MAX = 92  # a quarter
CLOCK_CHANGE = timedelta(hours=1)


class Status(StrEnum):
    """What a settled call came to."""

    PRESENT = "present"
    ABSENT = "absent"


class Trouble(StrEnum):
    """What the list can be narrowed to; the kinds are those of `recordings/problem_rules.py`."""

    ANY = "any"
    INCIDENT = "incident"  # an open incident is about the call
    NO_MEDIA = Defect.NO_MEDIA.value
    CUSTOMER_LEG_MISSING = Defect.CUSTOMER_LEG_MISSING.value
    AGENT_LEG_MISSING = Defect.AGENT_LEG_MISSING.value
    RECORDER_FAILED = Defect.RECORDER_FAILED.value
    REPAIRED = Defect.REPAIRED.value
    SHORT = Defect.SHORT.value


@dataclass(frozen=True)
class Filters:
    """What to list; None = all. `start` <= started_at < `end`; lengths in seconds, both included.

    `own` is the one agent whose calls the person may see.
    """

    own: str | None = None
    agent: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    phone: str | None = None
    campaign_id: str | None = None
    region: str | None = None
    disposition: str | None = None
    min_s: int | None = None
    max_s: int | None = None
    problem: Trouble | None = None
    status: Status | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Reach:
    """The stretch that is searched; `since` is set where the search itself drew the line."""

    start: datetime | None
    end: datetime | None
    since: datetime | None = None


@dataclass(frozen=True)
class TooFar:
    """These filters look at fewer days than were asked for."""

    days: int = DAYS_MAX


def reach(filters: Filters, today: datetime) -> Reach | TooFar:
    """How far the search goes; `today` is the first instant of the centre's day, so that all pages agree."""
    start, end = filters.start, filters.end
    if is_served(filters):
        return Reach(start, end)
    most = timedelta(days=DAYS_MAX)
    if start is None:
        since = (end or today + timedelta(days=1)) - most
        return Reach(since, end, since)
    until = end or max(today + timedelta(days=1), start)
    return Reach(start, end) if until - start <= most + CLOCK_CHANGE else TooFar()


def is_served(filters: Filters) -> bool:
    """Whether one index gives exactly these rows, in order: a number, or at most one of what has an index."""
    if filters.phone is not None:
        return True  # few calls have the same number, or the same last digits
    # a problem has its index too, but two reads of every month's partition take longer to plan than to do
    others = (filters.disposition, filters.min_s, filters.max_s, filters.reason, filters.problem)
    if any(other is not None for other in others):
        return False
    return (
        sum(value is not None for value in (filters.own or filters.agent, filters.campaign_id, filters.region)) <= 1
    )
