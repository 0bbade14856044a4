"""The data of the frames, for the OpenAPI document and its clients; `frames.py` writes them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.emergency.schemas import EmergencyStop
from api.floor.schemas import AgentFacts, CallFacts, Figures, FloorCampaign, Lamp
from api.schemas import Answer
from dialer.core.agent import AgentState
from dialer.core.attempt import DialResult
from dialer.core.incidents import IncidentKind


class AgentNow(AgentFacts):
    """An agent's session as it is now; `logged_out` = it is over."""

    state: AgentState


class CallNow(CallFacts):
    """A call as it is now; `dial_result` and `abandoned` are there when it has ended."""

    state: Literal["dialing", "waiting", "connected", "ended"]
    dial_result: DialResult | None = None
    abandoned: bool | None = None


class RecordingNow(Answer):
    """A call's recording, sealed, or found to be absent."""

    id: str = Field(description="the call's")
    agent_id: str | None
    campaign_id: str
    status: Literal["present", "absent"]
    duration_s: float | None


class AgentChange(Answer):
    """Something about an agent."""

    kind: Literal["agent"]
    body: AgentNow


class CallChange(Answer):
    """Something about a call."""

    kind: Literal["call"]
    body: CallNow


class CampaignChange(Answer):
    """Something about a campaign."""

    kind: Literal["campaign"]
    body: FloorCampaign


class RecordingChange(Answer):
    """A recording was settled."""

    kind: Literal["recording"]
    body: RecordingNow


class EmergencyStopChange(Answer):
    """Everything was stopped, or may go on."""

    kind: Literal["emergency_stop"]
    body: EmergencyStop


class IncidentNow(Answer):
    """An incident as it is now."""

    id: str
    kind: IncidentKind
    subject: str
    call_id: str | None
    detail: str
    owner_id: str | None
    resolution: str | None
    opened_at: datetime
    closed_at: datetime | None


class IncidentChange(Answer):
    """Something went wrong with recording, was taken over, or is over."""

    kind: Literal["incident"]
    body: IncidentNow


class CallbackNow(Answer):
    """A callback as it is now; it comes when it was made, is soon due, handed over, moved or over."""

    id: str
    lead_id: str
    campaign_id: str
    agent_id: str | None = Field(description="null = of the team")
    state: Literal["open", "done", "cancelled"]
    number: str = Field(examples=["138****1234"])
    due_at: datetime
    reminded_at: datetime | None
    handed_over_at: datetime | None


class CallbackChange(Answer):
    """Something about a callback."""

    kind: Literal["callback"]
    body: CallbackNow


Change = Annotated[
    AgentChange
    | CallChange
    | CampaignChange
    | RecordingChange
    | EmergencyStopChange
    | IncidentChange
    | CallbackChange,
    Field(discriminator="kind"),
]


class Changes(Answer):
    """The data of `event: changes`: whole objects, in the order in which they came to be."""

    at: datetime
    changes: list[Change]


class Standing(Answer):
    """The data of `event: figures`."""

    figures: Figures
    lamps: list[Lamp]
    campaigns: list[FloorCampaign]
