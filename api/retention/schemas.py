"""Bodies and answers about retention, holds and erasure."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.schemas import LINE_PATTERN, Answer, Body, Line, no_control
from recordings.retention_rules import MOST_DAYS, Scope

Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(no_control),
    Field(json_schema_extra={"pattern": LINE_PATTERN}),
]


class Given(Body):
    """Why; it goes into the ledger."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户投诉 2026-118，待仲裁。"}]})

    reason: Why


class Hold(Answer):
    """A call of which nothing may be taken away while this is in force."""

    id: str
    call_id: str
    reason: str
    set_by: str = Field(description="a user's id")
    set_by_name: str | None
    set_at: datetime
    lifted_by: str | None
    lifted_by_name: str | None
    lifted_at: datetime | None = Field(description="null = in force")
    lift_reason: str | None


class Decision(StrEnum):
    """What came of an order."""

    APPROVED = "approved"
    REFUSED = "refused"


class Erasure(Answer):
    """An order to take a recording away; two persons give it."""

    id: str
    call_id: str
    reason: str
    asked_by: str = Field(description="a user's id")
    asked_by_name: str | None
    asked_at: datetime
    decision: Decision | None = Field(description="null = nobody decided yet")
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    done_at: datetime | None = Field(description="when the key was destroyed; null and approved = it waits")
    waits_for: str | None = Field(examples=["held"], description="`held`, or `law`: the least time has not run")


class Rule(Answer):
    """How many days the recordings of a campaign or a region are kept."""

    scope: Scope
    subject: str = Field(examples=["北京"], description="a campaign's id, a region, or empty")
    days: int = Field(examples=[1825])
    changed_by: str
    changed_at: datetime


class Rules(Answer):
    """All rules; the narrowest counts, and the least binds every one."""

    least_days: int = Field(examples=[30], description="TIANZHOU_RETENTION_MIN_DAYS: what the law demands")
    default_days: int = Field(examples=[1825], description="where there is no rule")
    rules: list[Rule]


class NewRule(Body):
    """A rule made, changed, or taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"scope": "region", "subject": "北京", "days": 3650, "reason": "保险业务十年"}]
        }
    )

    scope: Scope
    subject: Line | None = Field(None, description="a campaign's id, or a region; none for everything")
    days: int | None = Field(ge=1, le=MOST_DAYS, description="null = take the rule back")
    reason: Why
