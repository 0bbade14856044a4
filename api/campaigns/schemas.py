"""Bodies and answers of campaigns."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from api.campaigns.rules import State
from api.schemas import Answer, Body, Line, Passage


class Mode(StrEnum):
    """How leads are dialed."""

    MANUAL = "manual"
    PROGRESSIVE = "progressive"


def _no_zone(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("a time of day in the centre's zone has no offset")
    return moment


TimeOfDay = Annotated[time, AfterValidator(_no_zone)]
TrunkName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
CallerId = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")]

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
    ring_s: int = Field(30, ge=15, le=120, description="ring time-out; the law's least is 15")
    wrap_up_s: int = Field(60, ge=0, le=3600)
    max_attempts: int = Field(3, ge=1, le=50)
    retry_after_s: int = Field(3600, ge=60, le=30 * 86_400)

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> Self:
        """Raises ValueError for a window that is empty or passes midnight."""
        if self.opens_at >= self.closes_at:
            raise ValueError("opens_at must be before closes_at")
        return self


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
    opens_at: time
    closes_at: time
    ring_s: int
    wrap_up_s: int
    max_attempts: int
    retry_after_s: int
    created_at: datetime
