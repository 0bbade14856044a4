"""Bodies and answers of agents' live work."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.schemas import Answer, Body, CallInHand, Line

CAMPAIGNS_MAX = 10


class WantedState(StrEnum):
    """What an agent may ask for; every other state follows from the work."""

    READY = "ready"
    PAUSED = "paused"


class StartSession(Body):
    """Start of a shift: the engine calls the agent's phone and keeps it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"campaign_ids": ["019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"]}]}
    )

    campaign_id: UUID | None = Field(None, description="the one campaign; or `campaign_ids`")
    campaign_ids: list[UUID] | None = Field(None, min_length=1, max_length=CAMPAIGNS_MAX, description="all of them")

    @model_validator(mode="after")
    def names_campaigns_once(self) -> Self:
        """Raises ValueError unless exactly one of the two fields is given, each campaign once."""
        if (self.campaign_id is None) == (self.campaign_ids is None):
            raise ValueError("give campaign_id or campaign_ids, one of the two")
        if len(set(self.campaigns)) < len(self.campaigns):
            raise ValueError("name each campaign once")
        return self

    @property
    def campaigns(self) -> list[str]:
        """The campaigns, whichever field names them."""
        named = self.campaign_ids if self.campaign_id is None else [self.campaign_id]
        return [str(campaign_id) for campaign_id in named or ()]


class ChangeSession(Body):
    """Ready, or paused with the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"state": "ready"}, {"state": "paused", "reason": "午餐"}]}
    )

    state: WantedState
    reason: Line | None = Field(None, description="why paused; required for a pause, refused otherwise")

    @model_validator(mode="after")
    def reason_belongs_to_a_pause(self) -> Self:
        """Raises ValueError for a pause without its reason, or a reason without a pause."""
        if (self.reason is None) == (self.state is WantedState.PAUSED):
            raise ValueError("a pause needs a reason, and only a pause has one")
        return self


class SessionStarted(Answer):
    """The new session."""

    session_id: str


class SessionChanged(Answer):
    """What was asked for and is now so."""

    state: WantedState
    reason: str | None


class Session(Answer):
    """The live session of the one who asks."""

    id: str
    campaign_id: str = Field(description="the first of campaign_ids")
    campaign_ids: list[str] = Field(description="by priority when the shift began")
    extension: str
    state: str = Field(examples=["ready"])
    reason: str | None = Field(description="why paused")
    since: datetime
    started_at: datetime
    call: CallInHand | None


class AgentSession(Answer):
    """A live session as a supervisor sees it."""

    id: str
    agent_id: str
    username: str
    name: str
    campaign_id: str
    campaign_ids: list[str]
    extension: str
    state: str
    reason: str | None
    since: datetime
    started_at: datetime
    call: CallInHand | None
