"""Bodies and answers of the do-not-call list."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from api.schemas import Answer, Body, Line, no_control

Typed = Annotated[str, StringConstraints(min_length=1, max_length=32), AfterValidator(no_control)]


class ScopeOf(StrEnum):
    """For whom an entry holds."""

    NATIONAL = "national"
    CENTRE = "centre"
    CAMPAIGN = "campaign"


class _New(Body):
    scope: ScopeOf = ScopeOf.CENTRE
    campaign_id: UUID | None = Field(None, description="with the scope `campaign`, and only then")
    reason: Line = Field(examples=["客户投诉 2026-118"])
    asked: StrictBool = Field(True, description="the person asked for it: then two persons take it back")

    @model_validator(mode="after")
    def names_the_campaign_of_its_scope(self) -> Self:
        """Raises ValueError unless a campaign is named exactly with the scope `campaign`."""
        if (self.campaign_id is None) == (self.scope is ScopeOf.CAMPAIGN):
            raise ValueError("name the campaign with the scope campaign, and only then")
        return self


class NewNumber(_New):
    """A number that is not to be called."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "138 1234 1234", "reason": "客户投诉 2026-118"}]}
    )

    number: Typed


class NewPrefix(_New):
    """The beginning of numbers that are not to be called."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prefix": "170", "reason": "虚拟运营商号段", "asked": False}]}
    )

    prefix: Typed = Field(examples=["170"], description="without a + it is one of China; at least two digits of it")
    asked: StrictBool = Field(False, description="people asked for it: then two persons take it back")


class Entry(Answer):
    """What is not to be called; it holds while `withdrawn_at` is null."""

    id: str
    number: str | None = Field(description="masked; null = a prefix", examples=["138****1234"])
    prefix: str | None = Field(description="null = a whole number", examples=["+86170"])
    scope: ScopeOf
    campaign_id: str | None
    campaign_name: str | None
    reason: str = Field(examples=["refused"])
    asked: bool = Field(description="the person asked for it")
    call_id: str | None = Field(description="the call in which it was said")
    added_by: str | None = Field(description="a user's id; null = by what was said in a call")
    added_by_name: str | None
    created_at: datetime
    said_at: datetime | None = Field(description="when the person said it again")
    withdrawn_at: datetime | None


class Withdrawing(Body):
    """Why an entry is to be taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户书面要求恢复联系"}]})

    reason: Line


class Ruling(StrEnum):
    """What came of a withdrawal."""

    APPROVED = "approved"
    REFUSED = "refused"


class Withdrawal(Answer):
    """That an entry is to be taken back, and what came of it."""

    id: str
    entry_id: str
    reason: str
    asked_by: str = Field(description="a user's id")
    asked_by_name: str | None
    asked_at: datetime
    decision: Ruling | None = Field(description="null = a manager, and another person, is to decide")
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None
