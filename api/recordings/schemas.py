"""Answers about recordings."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from api.schemas import Answer, Seconds


class Status(StrEnum):
    """What a settled call came to."""

    PRESENT = "present"
    ABSENT = "absent"


class WhyOpen(StrEnum):
    """Why a call is neither present nor absent yet."""

    IN_AIR = "in_air"  # not ended
    SETTLING = "settling"  # ended just now: the recorder and the worker have their time
    LATE = "late"  # ended long enough ago to have been settled: somebody must look


class Recording(Answer):
    """A sealed recording; its id is the call's."""

    id: str
    campaign_id: str
    campaign_name: str | None
    agent_id: str | None
    agent_username: str | None
    agent_name: str | None
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


class Peaks(Answer):
    """How loud each leg was at most in equal stretches from begin to end: 0 = silence, 1 = full scale."""

    id: str
    rate: int = Field(examples=[8000])
    duration_s: Seconds
    points: int = Field(description="how many stretches there are; fewer than asked when there are fewer samples")
    agent: list[float] = Field(examples=[[0.0, 0.312, 0.287]])
    customer: list[float] = Field(examples=[[0.118, 0.0, 0.004]])


class Choice(Answer):
    """Somebody or something that recordings can be looked for by."""

    id: str
    name: str = Field(examples=["李四"])


class AgentChoice(Choice):
    """A person who has recordings."""

    username: str = Field(examples=["agent-1001"])


class Choices(Answer):
    """What the filters of the list can be set to, by name."""

    agents: list[AgentChoice]
    campaigns: list[Choice]


class Shares(Answer):
    """What became of some calls; the sum is how many they are."""

    present: int
    absent: int
    open: int


class Completeness(Answer):
    """How complete a day's recordings are: `present`, `absent` and `open` count every call."""

    day: str = Field(examples=["2026-11-24"])
    answered: int
    present: int
    absent: dict[str, int] = Field(examples=[{"no_answer": 41, "busy": 7}])
    open: int = Field(description="not ended, or not settled yet")
    of_answered: Shares = Field(description="the answered calls alone; an absent one of these is an alarm")


class OpenCall(Answer):
    """A call that is neither present nor absent yet."""

    id: str
    campaign_id: str
    campaign_name: str | None
    agent_id: str | None
    agent_name: str | None
    number: str = Field(examples=["138****1234"])
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    why: WhyOpen
