"""Bodies and answers of calls."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from api.schemas import Answer, At, Body, DispositionCode, Note, no_control

# only its length is ours to judge: whether it may be dialed is the engine's word, with its reason
TypedNumber = Annotated[str, StringConstraints(min_length=1, max_length=32), AfterValidator(no_control)]


class ManualCall(Body):
    """A number the agent dials: typed, or by the lead that was issued to him, whose number he sees masked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "138 1234 1234"}]})

    number: TypedNumber | None = None
    lead_id: UUID | None = Field(None, description="instead of a number: one of GET /api/v1/numbers/held")
    campaign_id: UUID | None = Field(None, description="needed when your session has several campaigns")

    @model_validator(mode="after")
    def says_whom(self) -> Self:
        """Raises ValueError unless exactly one says whom to call."""
        if (self.number is None) == (self.lead_id is None):
            raise ValueError("give a number or a lead_id")
        return self


class CallOpened(Answer):
    """The new call."""

    call_id: str


class Dispose(Body):
    """What came of the call."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"disposition": "callback"}]})

    disposition: DispositionCode = Field(description="of the campaign's dispositions")
    callback_at: At | None = Field(
        None, description="when the person was promised a call: with `callback`, `dialect`, `ask_supervisor`"
    )
    own: StrictBool = Field(True, description="you call back yourself; false = whoever of the team is free")
    note: Note = Field("", description="what it is about, for who calls back", examples=["asks for the 500M tariff"])


class Call(Answer):
    """One attempt."""

    id: str
    campaign_id: str
    lead_id: str | None
    agent_id: str | None
    number: str = Field(examples=["138****1234"])
    mode: str
    trunk: str
    opened_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    dial_result: str | None = Field(examples=["answered"])
    end_reason: str | None
    cause: int | None = Field(description="Q.850", examples=[16])
    tech_cause: int | None = Field(description="SIP code", examples=[200])
    abandoned: bool
    disposition: str | None


class WholeNumber(Answer):
    """A number without its mask."""

    call_id: str
    number: str = Field(examples=["+8613812341234"])


class Happening(StrEnum):
    """What a timeline shows."""

    OPENED = "opened"
    ANSWERED = "answered"
    CONNECTED = "connected"
    ENDED = "ended"
    DISPOSED = "disposed"


class Step(Answer):
    """One thing that happened to a call."""

    at: datetime
    what: Happening


class CallDetail(Call):
    """One attempt with its timeline, in order of time."""

    timeline: list[Step]
