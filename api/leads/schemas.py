"""Answers about leads, and about why they are called or are not."""

from datetime import datetime

from pydantic import Field

from api.campaigns.rules import State
from api.numbers.schemas import ConsentProof
from api.schemas import Answer
from dialer.core.compliance import RefusalReason
from dialer.core.holding import Holder
from dialer.core.recycle import LeadState
from dialer.core.why import Rule

COUNTED_MAX = 10_000
SAMPLED_MAX = 500


class Lead(Answer):
    """One number of one person in one campaign."""

    id: str
    campaign_id: str
    campaign_name: str
    list_id: str | None
    list_name: str | None
    number: str = Field(description="masked unless your role may see it", examples=["138****1234"])
    name: str = Field(description="the person's", examples=["李先生"])
    region: str
    quality: str = Field(examples=["A"])
    zone: str | None = Field(description="the called place's; null = not known")
    consent: ConsentProof
    state: LeadState = Field(examples=["attempted"])
    reason: str | None = Field(description="why it was last refused or closed", examples=["outside_hours"])
    attempts: int
    next_at: datetime = Field(description="not called by the dialer before")
    holder: Holder
    holder_id: str | None
    holder_name: str | None = Field(examples=["王班长"])
    created_at: datetime


class Override(Answer):
    """Somebody released or loosened a rule for this number."""

    what: str = Field(description="`callback`: the customer asked for it", examples=["callback"])
    by: str | None = Field(description="a user name", examples=["agent1"])
    at: datetime
    why: str = Field(examples=["asks for the 500M tariff"])


class RuleAnswer(Answer):
    """One rule: whether it lets the call pass now, what it stood on, and when that changes."""

    rule: Rule = Field(examples=["frequency"])
    permits: bool = Field(examples=[False])
    reason: RefusalReason | None = Field(description="null = it permits", examples=["frequency_cap"])
    detail: str = Field(description="a sentence; empty = it permits", examples=["Dialed 1 times in 24 hours already"])
    facts: dict[str, str | int | bool | None] = Field(examples=[{"day": 1, "day_most": 1}])
    changes_at: datetime | None = Field(description="null = not by itself, or not known")
    override: Override | None = None


class Refusing(Answer):
    """An entry of the do-not-call list that holds for this number."""

    scope: str = Field(examples=["centre"])
    prefix: str | None = Field(description="null = the whole number", examples=["+86170"])
    reason: str = Field(examples=["opt_out"])
    since: datetime
    by: str | None = Field(description="a user name; null = the customer on the call", examples=["manager"])


class Selection(Answer):
    """What decides when the dialer takes it up, beside the rules."""

    state: LeadState
    claimed_by: str | None = Field(description="the node that has it in hand", examples=["node-1"])
    due: bool = Field(description="the dialer takes it up by itself now")
    due_at: datetime
    holder: Holder
    holder_name: str | None = Field(examples=["王班长"])
    last_reason: str | None = Field(description="why it was last refused or closed", examples=["outside_hours"])


class LeadWhy(Answer):
    """Why a number is called, or is not."""

    lead_id: str
    number: str
    at: datetime
    callable: bool = Field(description="every rule permits it, and it is due")
    first_reason: RefusalReason | None = Field(
        description="the refusal that the dialer would give", examples=["frequency_cap"]
    )
    again_at: datetime | None = Field(
        description="when what forbids it now is over; null = nothing, or not by itself"
    )
    selection: Selection
    do_not_call: list[Refusing]
    answers: list[RuleAnswer]


class Waiting(Answer):
    """Numbers that wait for the same thing."""

    reason: str | None = Field(description="null = nothing but their time", examples=["frequency_cap"])
    count: int
    next_at: datetime | None = Field(description="when the first of them may be called; null = not by itself")


class Tally(Answer):
    """So many; `whole` false = at least so many: counting stops there."""

    count: int
    whole: bool


class Held(Answer):
    """Numbers in one state with one holder."""

    state: LeadState
    holder: Holder
    count: int


class PacingCause(Answer):
    """One reason why it dials as many lines as it does."""

    reason: str = Field(examples=["no_agent_ready"])
    en: str = Field(examples=["No agent is ready: 3 in calls, 1 in wrap-up, 0 paused."])
    zh: str = Field(examples=["没有就绪的坐席：3 人通话中，1 人话后处理，0 人暂停。"])


class CampaignWhy(Answer):
    """Why a campaign is dialing, or is not. Counts stop at 10,000 and say so, whatever the campaign's size."""

    campaign_id: str
    state: State
    at: datetime
    dialing: bool = Field(description="machine, campaign and window permit it, and a number is due")
    engine_reason: str | None = Field(description="the dialer's last word on it", examples=["no_agent"])
    agents_ready: int
    answers: list[RuleAnswer] = Field(description="the machine, the campaign, its window")
    causes: list[PacingCause] = Field(description="of pacing, in words; several may hold at once")
    due: Tally
    due_now: list[Waiting] = Field(description="the first 500 due, asked of every rule: reason null = may be called")
    due_asked: int = Field(description="of how many of those due", examples=[500])
    later: list[Waiting] = Field(description="the first 10,000 that wait for their time, by their last reason")
    later_count: Tally
    held: list[Held] = Field(description="the first 10,000 of all its numbers, by state and holder")
    held_count: Tally
    next_at: datetime | None = Field(description="when the next number that waits is due")
