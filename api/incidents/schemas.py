"""Bodies and answers about incidents."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas import LINE_PATTERN, Answer, Body, no_control_but_breaks
from dialer.core.incidents import IncidentKind

# as a line, but line breaks and tabs may stand between
TEXT_PATTERN = LINE_PATTERN.replace("\\u0000-\\u001f", "\\u0000-\\u0008\\u000b-\\u001f")
Resolution = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(no_control_but_breaks),
    Field(json_schema_extra={"pattern": TEXT_PATTERN}),
]


class Which(StrEnum):
    """Which incidents to list."""

    OPEN = "open"
    ALL = "all"


class Incident(Answer):
    """Something that was found; open until `closed_at`."""

    id: str
    kind: IncidentKind
    subject: str = Field(examples=["node-1"], description="what it is about: a call's id, a node, a file")
    call_id: str | None
    detail: str = Field(examples=["The recording disk has 12 MB left."])
    facts: dict[str, Any] = Field(examples=[{"free_mb": 12}])
    stops_dialing: bool = Field(description="nothing is dialed while an incident of this kind is open")
    opened_at: datetime
    last_seen_at: datetime
    seen: int = Field(description="how often it was found while open")
    owner_id: str | None = Field(description="who looks after it; null = nobody yet")
    owner_name: str | None
    owned_at: datetime | None
    closed_at: datetime | None
    closed_by_name: str | None = Field(description="null and closed = the program found it over")
    resolution: str | None = Field(examples=["The disk was enlarged."])


class IncidentStanding(Answer):
    """How many incidents wait for a person."""

    open: int
    unowned: int = Field(description="open, and nobody looks after it")
    stops_dialing: list[IncidentKind] = Field(description="the open kinds that keep dialing stopped")


class Close(Body):
    """What was found and done; it goes into the ledger."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"resolution": "磁盘已扩容，余量 200 GB。"}]})

    resolution: Resolution
