"""Bodies and answers of campaigns."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from api.campaigns.rules import How, State
from api.schemas import Answer, Body, Line, Passage


class Mode(StrEnum):
    """How leads are dialed."""

    MANUAL = "manual"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"


def _no_zone(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("a time of day in the centre's zone has no offset")
    return moment


# no `format: time`: that one means a time with its offset
TIME_OF_DAY: JsonDict = {
    "type": "string",
    "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$",
    "examples": ["09:00:00"],
}
TimeOfDay = Annotated[time, AfterValidator(_no_zone), WithJsonSchema(TIME_OF_DAY)]
TrunkName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
CallerId = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")]
RingS = Annotated[int, Field(ge=15, le=120, description="ring time-out; the law's least is 15")]
WrapUpS = Annotated[int, Field(ge=0, le=3600, description="until the wrap-up is ended without the agent")]
MaxAttempts = Annotated[int, Field(ge=1, le=50)]
RetryAfterS = Annotated[int, Field(ge=60, le=30 * 86_400)]
Priority = Annotated[int, Field(ge=0, le=100, description="higher first, for agents of several campaigns")]
ClosingMarginS = Annotated[int, Field(ge=0, le=3600, description="no dialing so close before closes_at")]
DispositionRequired = Annotated[bool, Field(description="no further call before the disposition is given")]
IssuedOnly = Annotated[
    StrictBool, Field(description="by hand an agent calls only what was issued to him, and his own callbacks")
]
FreshPct = Annotated[
    int,
    Field(
        strict=True,
        ge=0,
        le=100,
        description="of the dialer's calls: fresh leads where there are both; the rest are retried",
    ),
]
PresetName = Annotated[
    Literal["CN", "US", "UK", "practice"],
    Field(description="the country's rules: hours, places, numbers; `practice` only counts on the trunk `practice`"),
]
Absent = SkipJsonSchema[None]  # a field left out of a change; null itself is refused

EXAMPLE: JsonDict = {
    "name": "青云宽带 春季",
    "product": "宽带 500M",
    "region": "广东",
    "script": "您好，我是青云公司的客户经理……",
    "mode": "progressive",
    "trunk": "practice",
    "caller_id": "10010",
    "opens_at": "09:00:00",
    "closes_at": "21:00:00",
    "ring_s": 30,
    "wrap_up_s": 60,
    "max_attempts": 3,
    "retry_after_s": 3600,
    "priority": 50,
    "closing_margin_s": 300,
    "disposition_required": True,
    "issued_only": False,
    "fresh_pct": 70,
    "preset": "CN",
}


class NewCampaign(Body):
    """A campaign to be made; it begins as a draft."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: Line
    product: Line
    region: Line
    script: Passage = ""
    mode: Mode
    trunk: TrunkName = "practice"
    caller_id: CallerId
    opens_at: TimeOfDay = time(9)
    closes_at: TimeOfDay = time(21)
    ring_s: RingS = 30
    wrap_up_s: WrapUpS = 60
    max_attempts: MaxAttempts = 3
    retry_after_s: RetryAfterS = 3600
    priority: Priority = 50
    closing_margin_s: ClosingMarginS = 300
    disposition_required: DispositionRequired = True
    issued_only: IssuedOnly = False
    fresh_pct: FreshPct = 70
    preset: PresetName = "CN"

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> Self:
        """Raises ValueError for a window that is empty or passes midnight."""
        if self.opens_at >= self.closes_at:
            raise ValueError("opens_at must be before closes_at")
        return self


class ChangeCampaign(Body):
    """What is to be otherwise; everything left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": 80, "closes_at": "20:30:00"}]})

    name: Line | Absent = None
    script: Passage | Absent = None
    caller_id: CallerId | Absent = None
    opens_at: TimeOfDay | Absent = None
    closes_at: TimeOfDay | Absent = None
    ring_s: RingS | Absent = None
    wrap_up_s: WrapUpS | Absent = None
    max_attempts: MaxAttempts | Absent = None
    retry_after_s: RetryAfterS | Absent = None
    priority: Priority | Absent = None
    closing_margin_s: ClosingMarginS | Absent = None
    disposition_required: DispositionRequired | Absent = None
    issued_only: IssuedOnly | Absent = None
    fresh_pct: FreshPct | Absent = None

    @field_validator("*", mode="before")
    @classmethod
    def is_said(cls, value: object) -> object:
        """Raises ValueError for null: what stays as it is, is left out."""
        if value is None:
            raise ValueError("leave the field out to keep its value")
        return value


class StopCampaign(Body):
    """How to stop: `drain` lets the calls there are go on to their end, `cut` ends them at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"how": "drain"}]})

    how: How = How.DRAIN


class Campaign(Answer):
    """A campaign as stored; times of day are in its zone."""

    id: str
    name: str
    product: str
    region: str
    script: str
    mode: Mode
    state: State
    trunk: str
    caller_id: str
    zone: str
    opens_at: TimeOfDay
    closes_at: TimeOfDay
    ring_s: int
    wrap_up_s: int
    max_attempts: int
    retry_after_s: int
    priority: int
    closing_margin_s: int
    disposition_required: bool
    issued_only: bool
    fresh_pct: int
    preset: PresetName
    created_at: datetime
