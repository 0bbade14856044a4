"""What the floor shows; the live changes (`api/events`) have the same shapes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from api.campaigns.rules import State
from api.campaigns.schemas import Mode
from api.emergency.schemas import EmergencyStop
from api.schemas import Answer
from dialer.core.agent import AgentState


class AgentFacts(Answer):
    """A session, whatever its state."""

    id: str = Field(description="of the session")
    agent_id: str
    username: str = Field(examples=["agent-1001"])
    name: str = Field(examples=["李四"])
    extension: str = Field(examples=["1001"])
    campaign_ids: list[str]
    reason: str | None = Field(description="why paused")
    since: datetime
    started_at: datetime
    call_id: str | None


class FloorAgent(AgentFacts):
    """A live session."""

    state: Literal[AgentState.PAUSED, AgentState.READY, AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP]


class CallFacts(Answer):
    """A call, whatever its state."""

    id: str
    campaign_id: str
    agent_id: str | None
    number: str = Field(examples=["138****1234"])
    mode: Mode
    opened_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None


class FloorCall(CallFacts):
    """A call in the air."""

    state: Literal["dialing", "waiting", "connected"] = Field(description="waiting = answered, with no agent yet")


class Counts(Answer):
    """Calls opened in a stretch of time."""

    dialed: int
    answered: int
    connected: int
    abandoned: int = Field(description="answered, and ended by us without an agent")


class FloorCampaign(Counts):
    """A campaign that is at work, with its figures of the day."""

    id: str
    name: str
    state: State
    mode: Mode
    priority: int
    reason: str | None = Field(
        description="why it dials now, or does not: the engine's code", examples=["no_agent_ready"]
    )


class InAir(Answer):
    """Calls in the air by state."""

    dialing: int
    waiting: int
    connected: int


class AgentCounts(Answer):
    """Agents at work by state."""

    paused: int
    ready: int
    reserved: int
    on_call: int
    wrap_up: int


class Minute(Answer):
    """The calls opened within a minute."""

    at: datetime = Field(description="its first instant")
    dialed: int
    answered: int
    abandoned: int


class Figures(Counts):
    """The day so far, in the centre's zone."""

    day: date
    answer_rate: float | None = Field(description="answered / dialed", examples=[0.3125])
    abandon_rate: float | None = Field(description="abandoned / answered", examples=[0.0125])
    in_air: InAir
    agents: AgentCounts
    recordings_present: int
    recordings_open: int = Field(description="calls of the day whose recording is neither present nor absent yet")
    minutes: list[Minute] = Field(description="the last 60 minutes, oldest first, the present one last")


class LampState(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    DOWN = "down"
    UNKNOWN = "unknown"


class LampName(StrEnum):
    """The parts that must work for a call to be made and recorded."""

    DIALER = "dialer"
    ASTERISK = "asterisk"
    TRUNK = "trunk"
    RECORDER = "recorder"
    WORKER = "worker"
    DATABASE = "database"
    DISK = "disk"


class Lamp(Answer):
    """A part, how it is, and if not well, what to do."""

    name: LampName
    state: LampState
    why: str | None = Field(examples=["The dialer was last heard 42 s ago: start it with `tianzhou dialer`."])


class Floor(Answer):
    """Everything now. What changes after `cursor` comes by `GET /events?after=<cursor>`; some may be in here."""

    cursor: str
    at: datetime
    agents: list[FloorAgent]
    calls: list[FloorCall]
    campaigns: list[FloorCampaign]
    figures: Figures
    lamps: list[Lamp]
    emergency_stop: EmergencyStop
