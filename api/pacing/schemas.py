"""Bodies and answers of pacing; shares are 0 to 1."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from api.campaigns.schemas import Mode
from api.schemas import Answer, Body, Line, Seconds

Share = Annotated[float, Field(ge=0, le=1)]
AbandonLimit = Annotated[
    float,
    Field(
        strict=True,  # `false` is no number
        ge=0,
        le=0.03,
        description="abandons as a share of live answers, each day; the law's most is 0.03 (47 CFR 64.1200(a)(7))",
        examples=[0.025],
    ),
]
WindowS = Annotated[
    float,
    Field(strict=True, ge=0.5, le=2, description="an answered customer waits so long at most; the law's most is 2"),
]
LinesPerAgent = Annotated[float, Field(strict=True, ge=1, le=5, description="of the mode ratio")]
MostLines = Annotated[int, Field(strict=True, ge=1, le=10_000, description="in the air at once")]
Absent = SkipJsonSchema[None]


class PacingChange(Answer):
    """Who changed what, and why."""

    id: str
    at: datetime
    changed_by: str
    name: str = Field(description="of the person")
    why: str
    before: dict[str, Any] = Field(examples=[{"abandon_limit": 0.03}])
    after: dict[str, Any] = Field(examples=[{"abandon_limit": 0.02}])


class Pacing(Answer):
    """How a campaign is paced, and its last twenty changes."""

    campaign_id: str
    mode: Mode
    abandon_limit: AbandonLimit
    window_s: WindowS | None = Field(description="null = the centre's")
    lines_per_agent: LinesPerAgent
    most_lines: MostLines | None = Field(description="null = as many as the trunk has")
    changes: list[PacingChange]


class ChangePacing(Body):
    """What is to be otherwise, and why; everything left out stays. It is in force within a second."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"abandon_limit": 0.02, "why": "投诉偏多"}]})

    why: Line
    mode: Mode | Absent = None
    abandon_limit: AbandonLimit | Absent = None
    window_s: WindowS | None = None
    lines_per_agent: LinesPerAgent | Absent = None
    most_lines: MostLines | None = None

    @model_validator(mode="after")
    def is_said(self) -> Self:
        """Raises ValueError for null where nothing is no value."""
        for name in self.model_fields_set & {"mode", "abandon_limit", "lines_per_agent"}:
            if getattr(self, name) is None:
                raise ValueError(f"leave {name} out to keep its value")
        return self


class Rate(Answer):
    """Abandons of a span, as two laws count them, with what is divided."""

    answered: int = Field(description="automatic calls that a person answered, whose fate is known")
    connected: int
    abandoned: int
    tsr: Share | None = Field(description="abandoned / answered (FTC, FCC); null = nobody answered")
    ofcom: Share | None = Field(description="abandoned / (abandoned + connected)")


class Standing(Answer):
    """How the dialers pace it now; agents are counted once for each of their campaigns."""

    at: datetime
    reason: str | None = Field(description="what bounds the lines", examples=["risk"])
    detail: str = Field(description="empty = nothing more to say", examples=["The trunk does not answer."])
    placing: int = Field(description="calls it would place this moment")
    lines: int = Field(description="in the air without an agent yet")
    idle: int
    talking: int
    wrapping: int
    paused: int
    answer_rate: Share | None = Field(default=None, description="the chance of an answer, as learned")
    loss: Share | None = Field(default=None, description="the chance to lose one call more, if answered")
    price: float | None = Field(default=None, description="the most of it that the budget allows")
    allowed: Share | None = Field(default=None, description="of the coming answers, how many may be abandoned")


class Stats(Answer):
    """Live figures of a campaign."""

    campaign_id: str
    mode: Mode
    state: str
    abandon_limit: float
    now: Standing | None = Field(description="null = no dialer tells of it now")
    today: Rate
    hours_24: Rate
    days_30: Rate


class Moment(Answer):
    """One moment of the plots."""

    at: datetime
    reason: str | None = Field(examples=["risk"])
    lines: int
    idle: int
    talking: int
    wrapping: int
    paused: int
    answered: int | None
    abandoned: int | None
    loss: Share | None = None
    price: float | None = None
    answer_rate: Share | None = None


class Moments(Answer):
    """How it was paced, oldest first; a moment about each five seconds, thinned to at most 720."""

    items: list[Moment]


class WhatIf(Body):
    """Limits to try on the campaign's own recent hours."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"abandon_limits": [0.02, 0.03]}]})

    abandon_limits: list[AbandonLimit] = Field(min_length=1, max_length=3)
    hours: float = Field(default=1, gt=0, le=2, description="length of a simulated day")
    days: int = Field(default=2, ge=1, le=4, description="how many of them")


class Tried(Answer):
    """What would come of one limit."""

    abandon_limit: float
    utilisation: Share = Field(description="talk, as a share of the agents' time")
    utilisation_error: float = Field(description="standard error over the days")
    abandon_rate: Share
    worst_day: Share
    idle_wait_s: Seconds = Field(description="an agent waits so long for a customer")
    idle_wait_more_s: float = Field(description="than at the limit of now")


class WhatIfAnswer(Answer):
    """The campaign as it was measured, and what each limit would bring."""

    agents: int
    answer_rate: Share
    talk_s: Seconds
    wrap_s: Seconds
    tried: list[Tried]
