"""Which calls a verification is about: all, a day's, or one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from recordings.records import moment_of
from recordings.storage import day_prefix


@dataclass(frozen=True)
class Scope:
    """Which calls: those whose id was made in [start, end), or one call, or all."""

    start: datetime | None = None
    end: datetime | None = None
    call: str | None = None

    def __contains__(self, call: object) -> bool:
        if self.call is not None or self.start is None or self.end is None:
            return self.call in (None, call)
        return isinstance(call, str) and self.start <= moment_of(call) < self.end

    def where(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The same as SQL conditions on an id column."""
        if self.call is not None:
            return [column == self.call]
        if self.start is None or self.end is None:
            return []
        return [column >= _first_id(self.start), column < _first_id(self.end)]

    def prefixes(self) -> list[str]:
        """The storage folders its recordings lie in."""
        if self.call is not None:
            made = moment_of(self.call)
            return sorted({day_prefix(made + timedelta(minutes=n)) for n in (-1, 1)})
        if self.start is None or self.end is None:
            return [""]
        count = (self.end - self.start) // timedelta(hours=12) + 1
        days = (self.start + timedelta(hours=12 * n) for n in range(count))
        return sorted({day_prefix(min(moment, self.end - timedelta(microseconds=1))) for moment in days})


def _first_id(moment: datetime) -> str:
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"
