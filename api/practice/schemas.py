"""Bodies and answers of the practice floor."""

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from api.schemas import Answer, Body

AGENTS = 5
Share = Field(None, ge=0, le=100)
Wait = Field(None, ge=0, le=600)


class AgentCount(Body):
    """How many practice agents work."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 3}]})

    count: int = Field(ge=0, le=AGENTS)


class PracticeFloor(Answer):
    """What the floor should do."""

    count: int
    campaign_id: str


class CustomersChange(Body):
    """What to change in the customers' behaviour; what is left out stays. The seven `_pct` are shares of them all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answer_pct": 80, "no_answer_pct": 10, "talk_max_s": 30}]}
    )

    answer_pct: int | None = Share
    busy_pct: int | None = Share
    no_answer_pct: int | None = Share
    invalid_pct: int | None = Share
    machine_pct: int | None = Share
    silent_pct: int | None = Share
    hangup_pct: int | None = Share
    ring_min_s: int | None = Wait
    ring_max_s: int | None = Wait
    talk_min_s: int | None = Wait
    talk_max_s: int | None = Wait
    patience_s: int | None = Wait


class Customers(Answer):
    """How customers behave; the defaults are those of asterisk-conf/carrier/extensions.conf."""

    answer_pct: int = 47
    busy_pct: int = 8
    no_answer_pct: int = 25
    invalid_pct: int = 8
    machine_pct: int = 5
    silent_pct: int = 3
    hangup_pct: int = 4
    ring_min_s: int = 2
    ring_max_s: int = 12
    talk_min_s: int = 15
    talk_max_s: int = 60
    patience_s: int = 8

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """Raises ValueError when a least is above its most, or all shares are zero."""
        if self.ring_min_s > self.ring_max_s or self.talk_min_s > self.talk_max_s:
            raise ValueError("a least time is above its most")
        if not sum(value for name, value in self.model_dump().items() if name.endswith("_pct")):
            raise ValueError("all shares are zero: no customer would do anything")
        return self
