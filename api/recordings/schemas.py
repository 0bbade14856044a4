"""Answers about recordings."""

from datetime import datetime

from pydantic import Field

from api.schemas import Answer, Seconds


class Recording(Answer):
    """A sealed recording; its id is the call's."""

    id: str
    campaign_id: str
    agent_id: str | None
    number: str = Field(examples=["138****1234"])
    started_at: datetime
    status: str = Field(examples=["present"])
    reason: str | None = Field(description="of an absence, or what is odd, as in `no_media`")
    bytes: int | None
    sha256: str | None = Field(description="of the 16-bit samples, agent left, customer right; hex")
    rate: int | None = Field(examples=[8000])
    channels: int | None = Field(examples=[2])
    duration_s: Seconds | None
    talk_s: Seconds | None = Field(description="answered to ended")
    difference_s: Seconds | None = Field(description="recorded minus talk")
    repaired: bool
    sealed_at: datetime


class Verification(Answer):
    """What a fresh reading of the stored audio gave."""

    id: str
    intact: bool
    expected_sha256: str
    found_sha256: str | None = Field(description="null when it could not be decoded")
    detail: str


class Completeness(Answer):
    """How complete a day's recordings are."""

    day: str = Field(examples=["2026-11-24"])
    answered: int
    present: int
    absent: dict[str, int] = Field(examples=[{"no_answer": 41, "busy": 7}])
    open: int = Field(description="not ended, or not settled yet")
