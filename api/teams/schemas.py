"""Bodies and answers of teams."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from api.schemas import Answer, Body, Line

Absent = SkipJsonSchema[None]  # a field left out of a change; null itself is refused
MEMBERS_MAX = 200
AGENT_ID = "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"
Quota = Annotated[
    int, Field(ge=0, le=1_000_000, description="numbers that leader and agents may have open", examples=[2000])
]


class NewTeam(Body):
    """A team to be made; nobody is in it yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "一班", "leader_id": AGENT_ID}]})

    name: Line
    leader_id: UUID
    quota: Quota = 2000


class ChangeTeam(Body):
    """What is to be otherwise; everything left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"quota": 3000}]})

    name: Line | Absent = None
    leader_id: UUID | Absent = None
    quota: Quota | Absent = None

    @field_validator("*", mode="before")
    @classmethod
    def is_said(cls, value: object) -> object:
        """Raises ValueError for null: what stays as it is, is left out."""
        if value is None:
            raise ValueError("leave the field out to keep its value")
        return value


class Members(Body):
    """Everybody who is in the team from now on; an agent is in one team at a time, and leaves the one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent_ids": [AGENT_ID]}]})

    agent_ids: list[UUID] = Field(max_length=MEMBERS_MAX, json_schema_extra={"uniqueItems": True})


class Mate(Answer):
    """One person of a team."""

    user_id: str
    username: str
    name: str


class Team(Answer):
    """A leader and his agents."""

    id: str
    name: str = Field(examples=["一班"])
    leader_id: str
    leader_name: str
    quota: int = Field(description="numbers that leader and agents may have open", examples=[2000])
    members: list[Mate]
    created_at: datetime


class Seller(Answer):
    """Somebody who may be put into a team, or lead one."""

    user_id: str
    username: str
    name: str
    may_lead: bool
    team_id: str | None = Field(description="whose agent the person is; null = nobody's")
