"""Answers about recordings."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from api.recordings.search_rules import DAYS_MAX, Status, Trouble
from api.schemas import CURSOR_PATTERN, Answer, Body, DispositionCode, Id, Line, Page, Seconds
from recordings.problem_rules import Defect

LENGTH_MAX = 86_400  # a day


def no_truth(value: object) -> object:
    """The value; raises ValueError for true and false, which Python takes for numbers."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted")
    return value


Length = Annotated[int, Field(ge=0, le=LENGTH_MAX), BeforeValidator(no_truth)]


class Search(Body):
    """What a list of recordings is narrowed by; left out = all."""

    agent: Line | None = Field(None, description="user id or user name", examples=["agent1"])
    from_: Line | None = Field(None, alias="from", description="day, or RFC 3339 time", examples=["2026-11-24"])
    to: Line | None = Field(
        None, description="day (all of it), or RFC 3339 time (before it)", examples=["2026-11-24"]
    )
    phone: Line | None = Field(None, description="whole number or its last four digits", examples=["1234"])
    campaign: Id | None = None
    region: Line | None = Field(None, description="of the lead, else of the campaign", examples=["广东"])
    disposition: DispositionCode | None = Field(None, examples=["sale"])
    min_s: Length | None = Field(None, description="seconds recorded, at least")
    max_s: Length | None = Field(None, description="seconds recorded, at most")
    problem: Trouble | None = Field(None, description="any = whatever somebody should look at; or one kind of it")
    status: Status | None = Field(
        None,
        description="absent = calls without a recording; left out: present, or both with a problem",
    )
    reason: Line | None = Field(
        None, description="of an absence, or what is odd, as in `no_media`", examples=["no_media"]
    )


class ListSearch(Search):
    """One page of such a list."""

    cursor: str | None = Field(
        None, max_length=64, description="`next` of the page before", json_schema_extra={"pattern": CURSOR_PATTERN}
    )
    limit: int = Field(50, ge=1, le=200)


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
    lost_s: Seconds | None = Field(description="a crash took so many seconds of its end at most; null = none")
    sealed_at: datetime
    region: str | None
    disposition: str | None = Field(description="what the agent said of the call; may come later", examples=["sale"])
    problems: list[Defect] = Field(description="what somebody should look at, the gravest first")
    incidents: list[str] = Field(description="kinds of the open incidents about the call", examples=[["one_sided"]])


class Recordings(Page[Recording]):
    """One page of recordings, newest first; `next` is null on the last one."""

    since: datetime | None = Field(
        description=f"these filters look {DAYS_MAX} days back at most, and looked back to here; give days to look"
        " further. null = as far as was asked for"
    )


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
    regions: list[str] = Field(examples=[["广东", "浙江"]])
