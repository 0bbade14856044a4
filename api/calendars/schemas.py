"""Bodies and answers of calendars."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from api.campaigns.schemas import TimeOfDay
from api.schemas import Answer, Body, Line

WINDOWS_MAX = 8
DAYS_MAX = 366
FIRST_YEAR, LAST_YEAR = 2000, 2199
_WORKING: list[JsonValue] = [
    {"opens_at": "09:00:00", "closes_at": "12:00:00"},
    {"opens_at": "14:00:00", "closes_at": "20:00:00"},
]


class Window(Body):
    """A stretch of a day in which people may be called, by the clock of their place."""

    opens_at: TimeOfDay
    closes_at: TimeOfDay

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> Self:
        """Raises ValueError for a window that is empty or passes midnight."""
        if self.opens_at >= self.closes_at:
            raise ValueError("opens_at must be before closes_at")
        return self


def _in_order(windows: list[Window]) -> list[Window]:
    if any(later.opens_at < earlier.closes_at for earlier, later in pairwise(windows)):
        raise ValueError("give the windows in their order, none inside another")
    return windows


Windows = Annotated[list[Window], Field(max_length=WINDOWS_MAX), AfterValidator(_in_order)]


def _known_year(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"give a day of the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


class SpecialDay(Body):
    """A holiday, or a day on which people work instead."""

    day: Annotated[date, AfterValidator(_known_year)]
    name: Line = Field(examples=["春节"])
    windows: Windows | None = Field(examples=[[]], description="empty = nobody is called; null = not narrowed")


class CallingHours(Body):
    """When people are called: special days win over the weekend, and that over the usual days."""

    usual: Windows | None = Field(
        None, examples=[_WORKING], description="rest hours lie between them; null = not narrowed"
    )
    weekend: Windows | None = Field(None, examples=[[]], description="Saturday and Sunday; null = as usual")
    days: list[SpecialDay] = Field(default_factory=list, max_length=DAYS_MAX)

    @model_validator(mode="after")
    def names_each_day_once(self) -> Self:
        """Raises ValueError for the first day that comes twice, with its two places in the list."""
        seen: dict[date, int] = {}
        for place, each in enumerate(self.days):
            if each.day in seen:
                raise ValueError(f"days {seen[each.day]} and {place} of the list are the same day, {each.day}")
            seen[each.day] = place
        return self


class NewCalendar(Body):
    """A region's calendar made, changed or taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "广东",
                    "hours": {"usual": _WORKING, "days": [{"day": "2027-02-06", "name": "春节", "windows": []}]},
                    "reason": "2027 年春节",
                }
            ]
        }
    )

    region: Line | None = Field(None, description="as the leads name it; none for the whole centre")
    hours: CallingHours | None = Field(description="null = take the calendar back")
    reason: Line


class Calendar(Answer):
    """When people of a region are called; it can only narrow what country and campaign allow."""

    region: str | None = Field(examples=["广东"], description="null = the whole centre, every region too")
    hours: CallingHours
    changed_by: str = Field(description="a user's id")
    changed_by_name: str | None
    changed_at: datetime


class Calendars(Answer):
    """All of them."""

    items: list[Calendar]
