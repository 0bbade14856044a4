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


@dataclass(frozen=True)
class Hours:
    """Several calendars at once (the law's, the region's, the campaign's) at every place the called one may be."""

    zones: tuple[str, ...]
    calendars: tuple[Calendar, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether every calendar is open at every possible place. Without a place: no."""
        return bool(self.zones) and all(self._is_open_at(zone, at) for zone in self.zones)

    def closing(self, at: datetime) -> datetime | None:
        """When it closes next, of a moment at which it is open; None = it is closed. Where a clock shows the
        closing time twice or never, the earlier reading counts.
        """
        if not self.is_open(at):
            return None
        return min(_ends(self.calendars, zone, at) for zone in self.zones)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment after `at` at which it is open everywhere; None = not within the days looked at."""
        later = (edge for edge in sorted(set(self._openings(at))) if edge > at)
        return next((edge for edge in later if self.is_open(edge)), None)

    def _is_open_at(self, zone: str, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(zone))
        return _covers(self.calendars, local.date(), local.time())

    def _openings(self, at: datetime) -> Iterator[datetime]:
        for zone in self.zones:
            today = at.astimezone(ZoneInfo(zone)).date()
            for day in (today + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS)):
                for opens, _closes in (span for calendar in self.calendars for span in calendar.spans(day)):
                    yield from (_instant(zone, day, opens, fold) for fold in (0, 1))


def intersection(zones: Collection[str], known: str | None) -> tuple[str, ...]:
    """Where the called person may be: the known place when it is one of the country's, else all of them."""
    return (known,) if known is not None and known in zones else tuple(zones)


def _covers(calendars: tuple[Calendar, ...], day: date, clock: time) -> bool:
    return all(any(opens <= clock < closes for opens, closes in each.spans(day)) for each in calendars)


def _ends(calendars: tuple[Calendar, ...], zone: str, at: datetime) -> datetime:
    local = at.astimezone(ZoneInfo(zone))
    clock, day = local.time(), local.date()
    around = [span for each in calendars for span in each.spans(day) if span[0] <= clock < span[1]]
    closes = min(closes for _opens, closes in around)
    return _closing(zone, day, closes)


@lru_cache(maxsize=4096)
def _closing(zone: str, day: date, closes: time) -> datetime:
    return min(_instant(zone, day, closes, fold) for fold in (0, 1))


def _instant(zone: str, day: date, clock: time, fold: int) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), tzinfo=ZoneInfo(zone)).astimezone(UTC)
