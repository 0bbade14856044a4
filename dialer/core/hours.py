"""A daily calling window by the clock on the wall of a place, across midnight and changes of that clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

DAYS_AHEAD = 3


@dataclass(frozen=True)
class Window:
    """Open while opens_at <= local time < closes_at, every day."""

    zone: str
    opens_at: time
    closes_at: time

    def local(self, at: datetime) -> datetime:
        """The instant as the place's clock shows it."""
        return at.astimezone(ZoneInfo(self.zone))

    def is_open(self, at: datetime) -> bool:
        """Whether the place's clock shows a time inside the window."""
        return self.opens_at <= self.local(at).time() < self.closes_at

    def closing(self, at: datetime) -> datetime:
        """When the window closes on the local day of `at`: where the clock shows that time twice or never, the
        earlier reading counts, so that nobody is called past it.
        """
        day = self.local(at).replace(tzinfo=None)
        return min(self._instant(day, self.closes_at, fold) for fold in (0, 1))

    def next_opening(self, at: datetime) -> datetime:
        """The first opening after `at`; a day later when the window never opens."""
        today = self.local(at).replace(tzinfo=None)
        days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
        openings = [self._instant(day, self.opens_at, fold) for day, fold in product(days, (0, 1))]
        later = [opening for opening in openings if opening > at and self.is_open(opening)]
        return min(later, default=at + timedelta(days=1))

    def _instant(self, day: datetime, clock: time, fold: int) -> datetime:
        shown = datetime.combine(day.date(), clock.replace(fold=fold), tzinfo=ZoneInfo(self.zone))
        return shown.astimezone(UTC)
