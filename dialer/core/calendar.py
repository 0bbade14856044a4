"""When a called place may be called: several windows a day, rest hours, weekdays, holidays and special days.

Spans are half open (`opens <= clock < closes`) by the place's own clock; a span that would cross midnight is two.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

Span = tuple[time, time]
WHOLE_DAY: tuple[Span, ...] = ((time.min, time.max),)
CLOSED: tuple[Span, ...] = ()
LOOK_AHEAD_DAYS = 16  # longer than the longest holidays with the weekends around them
CENTRE = ""  # the region of the calendar that holds in every other one too
_NO_DAYS: Mapping[date, tuple[Span, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class Calendar:
    """A place's hours: `days` (holidays, working weekends) win over `weekend`, which wins over `usual`."""

    usual: tuple[Span, ...] = WHOLE_DAY
    weekend: tuple[Span, ...] | None = None  # Saturday and Sunday; None = as usual
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=lambda: _NO_DAYS, hash=False)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The windows of that local day."""
        special = self.days.get(day)
        if special is not None:
            return special
        return self.weekend if self.weekend is not None and day.weekday() >= 5 else self.usual


Regions = Mapping[str, Calendar]  # what the centre wants in each of its regions
NO_REGIONS: Regions = MappingProxyType({})


def in_force(regions: Regions, region: str | None) -> tuple[str, ...]:
    """Whose calendars hold for a number of that region: the centre's and its own; all of them where its region is not
    known (""); the centre's alone where no number is asked about (None).
    """
    if region == CENTRE:
        return tuple(regions)
    names = (CENTRE,) if region is None else (CENTRE, region)
    return tuple(name for name in names if name in regions)


@dataclass(frozen=True)
class Hours:
    """Several calendars at once (the law's, the region's, the campaign's) at every place the called one may be."""

    zones: tuple[str, ...]
    calendars: tuple[Calendar, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether every calendar is open at every possible place. Without a place: no."""
        return bool(self.zones) and all(_clock_end(self.calendars, *_local(zone, at)) for zone in self.zones)

    def closing(self, at: datetime) -> datetime | None:
        """When it closes next, of a moment at which it is open; None = it is closed. Where a clock shows the
        closing time twice or never, the earlier reading counts.
        """
        ends: list[datetime] = []
        for zone in self.zones:
            day, clock = _local(zone, at)
            end = _clock_end(self.calendars, day, clock)
            if end is None:
                return None
            ends.append(_closing(zone, day, end))
        return min(ends, default=None)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment after `at` at which it is open everywhere; None = not within the days looked at."""
        today = at.astimezone(UTC).date()
        later = (edge for edge in _openings(self, today) if edge > at)
        return next(later, None) or _first_opening(self, today + timedelta(days=1))


@dataclass(frozen=True)
class Places:
    """Until when each known place may be called, `elsewhere` every other and unknown one; None = not now."""

    known: Mapping[str, datetime | None]
    elsewhere: datetime | None

    def closing(self, zone: str | None) -> datetime | None:
        """When the place closes; None = it is closed."""
        return self.known.get(zone, self.elsewhere) if zone is not None else self.elsewhere


def intersection(zones: Collection[str], known: str | None) -> tuple[str, ...]:
    """Where the called person may be: the known place when it is one of the country's, else all of them."""
    return (known,) if known is not None and known in zones else tuple(zones)


def _local(zone: str, at: datetime) -> tuple[date, time]:
    local = at.astimezone(ZoneInfo(zone))
    return local.date(), local.time()


def _clock_end(calendars: tuple[Calendar, ...], day: date, clock: time) -> time | None:
    """When the windows around that clock end, the earliest of them; None = a calendar is closed."""
    end = time.max
    for calendar in calendars:
        closes = [closes for opens, closes in calendar.spans(day) if opens <= clock < closes]
        if not closes:
            return None
        end = min(end, *closes)
    return end


@lru_cache(maxsize=4096)
def _first_opening(hours: Hours, first: date) -> datetime | None:
    """The first opening on that UTC day or on one of those after it."""
    days = (first + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS))
    return next((edge for day in days for edge in _openings(hours, day)), None)


@lru_cache(maxsize=4096)
def _openings(hours: Hours, day: date) -> tuple[datetime, ...]:
    """The moments of that UTC day at which a window begins somewhere and it is open everywhere."""
    edges = {edge for zone in hours.zones for edge in _edges(hours.calendars, zone, day)}
    return tuple(edge for edge in sorted(edges) if edge.date() == day and hours.is_open(edge))


def _edges(calendars: tuple[Calendar, ...], zone: str, day: date) -> Iterator[datetime]:
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        for opens, _closes in (span for calendar in calendars for span in calendar.spans(near)):
            yield from (_instant(zone, near, opens, fold) for fold in (0, 1))


@lru_cache(maxsize=4096)
def _closing(zone: str, day: date, closes: time) -> datetime:
    return min(_instant(zone, day, closes, fold) for fold in (0, 1))


def _instant(zone: str, day: date, clock: time, fold: int) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), tzinfo=ZoneInfo(zone)).astimezone(UTC)
