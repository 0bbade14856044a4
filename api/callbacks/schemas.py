"""Bodies and answers of callbacks."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from api.schemas import Answer, At, Body, Note

Absent = SkipJsonSchema[None]  # a field left out of a change; null itself is refused


class State(StrEnum):
    """Where a callback stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Callback(Answer):
    """A call that was promised; its id is that of the call in which it was."""

    id: str
    lead_id: str
    campaign_id: str
    agent_id: str | None = Field(description="null = of the team")
    number: str = Field(examples=["138****1234"])
    name: str = Field(description="the person's", examples=["李先生"])
    due_at: datetime = Field(description="what the person was told")
    note: str = Field(examples=["asks for the 500M tariff"])
    state: State
    overdue: bool
    made_at: datetime
    reminded_at: datetime | None
    handed_over_from: str | None = Field(
        description="whose it was before", examples=["019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"]
    )
    handed_over_at: datetime | None
    ended_at: datetime | None


class ChangeCallback(Body):
    """What is to be otherwise; everything left out stays. `agent_id` null gives it to the team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due_at": "2026-11-27T10:30:00+08:00"}]})

    due_at: At | Absent = Field(None, description="inside the campaign's calling window")
    agent_id: UUID | None = None
    note: Note | Absent = None
    state: Literal[State.CANCELLED] | Absent = Field(None, description="nobody calls this person any more")

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Raises ValueError for null where only a team may be null."""
        for name in self.model_fields_set - {"agent_id"}:
            if getattr(self, name) is None:
                raise ValueError(f"leave {name} out to keep its value")
        return self
