"""Bodies and answers of the number ledger: who passes numbers to whom, and who has how many."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, model_validator

from api.schemas import Answer, Body, Line, Note
from dialer.core.holding import Holder, MoveKind

COUNT_MAX = 5_000  # numbers of one order
NAMED_MAX = 500
AGENTS_MAX = 200
ID = "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"
REQUEST = "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a12"
Count = Annotated[int, Field(ge=1, le=COUNT_MAX, examples=[200])]
Named = Annotated[list[UUID], Field(min_length=1, max_length=NAMED_MAX, json_schema_extra={"uniqueItems": True})]
Agents = Annotated[list[UUID], Field(min_length=1, max_length=AGENTS_MAX, json_schema_extra={"uniqueItems": True})]
Grade = Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
PersonHolder = Literal[Holder.LEADER, Holder.AGENT]


class WhyShort(StrEnum):
    """Why fewer numbers were moved than were asked for."""

    STOCK = "stock"  # there are no more that fit
    QUOTA = "quota"  # the team has as many open as it may
    BUSY = "busy"  # those named are being called now, or are not there


class Order(Body):
    """What every order has. The same order sent twice is carried out once, and answered alike."""

    request_id: UUID = Field(description="chosen by you, a new one for each order", examples=[REQUEST])
    leader_id: UUID | None = Field(None, description="for a supervisor: in the name of this leader")


class Chosen(Order):
    """Which numbers; nothing said = any."""

    list_id: UUID | None = None
    region: Line | None = None
    quality: Grade | None = Field(None, description="the region's own grade", examples=["A"])


class Draw(Chosen):
    """So many numbers out of the stock of a campaign, to the leader."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "campaign_id": ID, "count": 200}]}
    )

    campaign_id: UUID
    count: Count


class Issue(Chosen):
    """The leader's numbers to his agents: `each` so many, or `total` shared evenly, or those named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "agent_ids": [ID], "each": 50}]}
    )

    agent_ids: Agents = Field(description="of the leader's team; his own id when he sells himself")
    campaign_id: UUID | None = None
    each: Count | None = None
    total: Count | None = None
    lead_ids: Named | None = Field(None, description="these, shared evenly")

    @model_validator(mode="after")
    def says_how_many(self) -> Self:
        """Raises ValueError unless exactly one says how many."""
        if sum(value is not None for value in (self.each, self.total, self.lead_ids)) != 1:
            raise ValueError("say exactly one of each, total, lead_ids")
        return self


class TakeBack(Order):
    """The agents' numbers back to the leader: of each so many, those named, or all but calls that were promised."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "agent_ids": [ID]}]}
    )

    agent_ids: Agents | None = Field(None, description="null = of everybody in the team")
    each: Count | None = None
    lead_ids: Named | None = None
    untouched: StrictBool = Field(False, description="only those that were not called since they were issued")


class Return(Chosen):
    """A leader's numbers back to the stock, or an agent's own back to his leader: so many, those named, or all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "count": 40}]})

    holder: PersonHolder = Field(Holder.LEADER, description="what was drawn, or what was issued to you")
    campaign_id: UUID | None = None
    count: Count | None = None
    lead_ids: Named | None = None
    untouched: StrictBool = Field(False, description="only those that were not called since they came")


class Transfer(Chosen):
    """Numbers from leader to leader, or from agent to agent of one leader: so many, those named, or all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"request_id": REQUEST, "holder": "agent", "from_id": ID, "to_id": ID[:-1] + "2"}]
        },
    )

    holder: PersonHolder
    from_id: UUID
    to_id: UUID
    campaign_id: UUID | None = None
    count: Count | None = None
    lead_ids: Named | None = None

    @model_validator(mode="after")
    def goes_somewhere(self) -> Self:
        """Raises ValueError for a transfer to oneself."""
        if self.from_id == self.to_id:
            raise ValueError("from_id and to_id must be two persons")
        return self


class Undo(Body):
    """Takes a whole move back, while none of its numbers has moved on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "why": "wrong list"}]}
    )

    request_id: UUID
    why: Note = Field("", examples=["wrong list"])


class Move(Answer):
    """So many numbers from one account to another; never changed."""

    id: str
    kind: MoveKind
    from_holder: Holder
    from_id: str | None
    from_name: str | None
    to_holder: Holder
    to_id: str | None
    to_name: str | None
    count: int = Field(examples=[50])
    root: str = Field(description="RFC 6962 root over the leads' ids", examples=["9f86d081" * 8])
    at: datetime
    by: str | None = Field(description="null = the program, by the outcome of a call")
    by_name: str | None
    request_id: str | None
    call_id: str | None
    reverses: str | None = Field(description="the move that this one undoes")
    reversed_by: str | None
    why: str = Field(examples=["wrong list"])


class MovedLead(Answer):
    """A number of a move, and where it is now."""

    lead_id: str
    number: str | None = Field(description="masked; null = its import was undone", examples=["138****1234"])
    holder: Holder | None
    holder_id: str | None
    holder_name: str | None
    state: str | None = Field(examples=["new"])
    moved_on: bool = Field(description="it was moved or called since: the move cannot be undone")


class MoveDetail(Move):
    """A move with its numbers, the first 500 of them."""

    moved_on: int = Field(description="how many of all its numbers")
    leads: list[MovedLead]


class Done(Answer):
    """What came of an order."""

    request_id: str
    asked: int = Field(examples=[500])
    moved: int = Field(examples=[120])
    short: int = Field(description="asked and not moved", examples=[380])
    why_short: WhyShort | None
    moves: list[Move]


class StockLine(Answer):
    """Numbers that may be drawn now."""

    campaign_id: str
    list_id: str | None
    list_name: str | None
    region: str
    quality: str
    count: int = Field(examples=[380])


class Stock(Answer):
    """What may be drawn, by list, region and quality; at most 500 lines."""

    items: list[StockLine]


class Holding(Answer):
    """A person's account since its last close.

    brought + received = used + returned + passed_on + open + difference.
    """

    user_id: str
    name: str
    holder: PersonHolder
    team_id: str | None
    since: datetime | None = Field(description="the last close; null = since ever")
    brought: int = Field(description="open at the last close")
    received: int
    used: int
    returned: int
    passed_on: int
    open: int
    difference: int = Field(description="0 unless numbers are missing, or too many", examples=[0])


class Holdings(Answer):
    """The accounts that the person may see."""

    items: list[Holding]


class HeldLead(Answer):
    """A number that an agent, or a leader, holds."""

    id: str
    campaign_id: str
    list_id: str | None
    number: str = Field(examples=["138****1234"])
    name: str
    region: str
    quality: str
    state: str = Field(examples=["new"])
    attempts: int
    next_at: datetime
    untouched: bool = Field(description="not called since it came")


class Difference(Answer):
    """A number whose holder is another than the moves say."""

    lead_id: str
    number: str | None = Field(description="masked; null = it is not there any more", examples=["138****1234"])
    by_moves: Holder
    by_moves_id: str | None
    by_moves_name: str | None
    holder: Holder | None
    holder_id: str | None
    holder_name: str | None


class Settle(Body):
    """Differences that somebody has looked into: the moves are made to say where these numbers are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"request_id": REQUEST, "lead_ids": [ID], "why": "restored from a backup"}]},
    )

    request_id: UUID
    lead_ids: Named
    why: Line = Field(examples=["restored from a backup"])


class CloseShift(Order):
    """Closes a person's shift of numbers: an agent's own, or the leader's with all his agents'."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"request_id": REQUEST, "give_back": True}]}
    )

    holder: PersonHolder = Holder.LEADER
    give_back: StrictBool = Field(
        False,
        description="first gives back what was not called: agents to the leader, he to the stock",
    )
    leave_open: StrictBool = Field(False, description="what is open then is brought into the next shift")


class Shift(Answer):
    """An account that was closed, with its figures since the close before."""

    id: str
    user_id: str
    name: str
    holder: PersonHolder
    closed_at: datetime
    closed_by: str
    request_id: str
    brought: int
    received: int
    used: int
    returned: int
    passed_on: int
    open: int


class Closed(Answer):
    """What a close closed."""

    request_id: str
    shifts: list[Shift]
    moves: list[Move]


class RefusedNumber(Answer):
    """A number that an agent tried to call by hand and may not."""

    id: str
    at: datetime
    agent_id: str
    agent_name: str
    campaign_id: str | None
    number: str = Field(examples=["138****1234"])
    reason: str = Field(examples=["not_issued"])
