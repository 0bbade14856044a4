"""What all areas share of their bodies and answers."""

import unicodedata
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

BREAKS = "\n\t"
# only documented: what breaks them is answered with a reason of its own
LINE_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
CURSOR_PATTERN = "^[A-Za-z0-9_-]{21}[AQgw]$"
Item = TypeVar("Item")


def no_control(text: str) -> str:
    """The text; raises ValueError when it holds a control character or half a character (\\0 breaks PostgreSQL)."""
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise ValueError("control characters are not allowed")
    return text


def no_control_but_breaks(text: str) -> str:
    """The same, with line breaks and tabs allowed."""
    no_control(text.translate(dict.fromkeys(map(ord, BREAKS))))
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(no_control),
    Field(json_schema_extra={"pattern": LINE_PATTERN}),
]
DispositionCode = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,31}$")]
Passage = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(no_control_but_breaks)]
Note = Annotated[str, StringConstraints(max_length=1000), AfterValidator(no_control_but_breaks)]


def only_text(value: object) -> object:
    """The value; raises ValueError for a bare number, which pydantic would take for seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("give the time as RFC 3339")
    return value


At = Annotated[AwareDatetime, BeforeValidator(only_text)]
Seconds = Annotated[float, PlainSerializer(lambda value: round(value, 3), return_type=float)]

Cursor = Annotated[
    str | None,
    Query(max_length=64, description="`next` of the page before", json_schema_extra={"pattern": CURSOR_PATTERN}),
]
Limit = Annotated[int, Query(ge=1, le=200)]
Id = UUID


class Body(BaseModel):
    """What is sent to us: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """Why somebody wants something that the ledger keeps."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"why": "complaint 2026-0117"}]})

    why: Line


class Answer(BaseModel):
    """What we send."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Answer, Generic[Item]):
    """One page of a list, newest first; `next` is null on the last one."""

    items: list[Item]
    next: str | None = Field(examples=["AZ3c0kS6cAKJ7h8m0tq1Wg"])


class CallInHand(Answer):
    """The call an agent has now."""

    id: str
    number: str = Field(examples=["138****1234"])
    opened_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
