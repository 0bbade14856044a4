"""Facts to be remembered. Writing one twice changes nothing, so they can wait in a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dialer.core.agent import AgentState
from dialer.core.attempt import DialResult, EndReason
from dialer.core.callbacks import Promise
from dialer.core.disposition import Meaning
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.recycle import LeadNext


@dataclass(frozen=True)
class AttemptAnswered:
    """The customer picked up."""

    attempt_id: AttemptId
    at: datetime
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True)
class AttemptConnected:
    """Customer and agent were joined."""

    attempt_id: AttemptId
    session_id: SessionId
    agent_id: AgentId
    at: datetime
    kind: Literal["connected"] = "connected"


@dataclass(frozen=True)
class AttemptClosed:
    """How an attempt ended: complete in itself, so that the facts before it may be missing."""

    attempt_id: AttemptId
    lead_id: LeadId | None
    at: datetime
    result: DialResult
    reason: EndReason
    cause: int | None
    tech_cause: int | None
    abandoned: bool
    answered_at: datetime | None
    connected_at: datetime | None
    session_id: SessionId | None
    agent_id: AgentId | None
    lead_next: LeadNext
    kind: Literal["closed"] = "closed"


@dataclass(frozen=True)
class AttemptDisposed:
    """What the agent, or the system, said of it; `on_dnc` puts the number on the do-not-call list."""

    attempt_id: AttemptId
    disposition: str  # a code of the campaign's set
    at: datetime
    lead_next: LeadNext | None  # null: the number is being called again, and that call decides
    on_dnc: bool
    meaning: Meaning | None = None  # null in older outboxes
    promise: Promise | None = None
    kind: Literal["disposed"] = "disposed"


@dataclass(frozen=True)
class OptedOut:
    """The customer pressed the opt-out key: never again (47 CFR 64.1200; 13 ministries 2018)."""

    attempt_id: AttemptId
    at: datetime
    kind: Literal["opted_out"] = "opted_out"


@dataclass(frozen=True)
class SessionChanged:
    """An agent's session as it is now."""

    session_id: SessionId
    agent_id: AgentId
    node: str
    extension: str
    campaign_id: CampaignId
    state: AgentState
    reason: str | None
    attempt_id: AttemptId | None
    state_at: datetime
    started_at: datetime
    ended_at: datetime | None
    campaign_ids: tuple[CampaignId, ...] = ()  # empty, as older outboxes have it: campaign_id alone
    kind: Literal["session"] = "session"


@dataclass(frozen=True)
class RecordingFacts:
    """What the customer's leg got and sent, in RTP packets: how long the recording must be."""

    attempt_id: AttemptId
    at: datetime
    rx_packets: int | None
    tx_packets: int | None
    kind: Literal["recording_facts"] = "recording_facts"


@dataclass(frozen=True)
class IncidentFound:
    """Something is wrong with the promise that every call is recorded."""

    incident: Incident
    kind: Literal["incident_found"] = "incident_found"


@dataclass(frozen=True)
class IncidentOver:
    """What an incident was about is over, and how it is known."""

    incident_kind: IncidentKind
    subject: str
    at: datetime
    resolution: str
    kind: Literal["incident_over"] = "incident_over"


@dataclass(frozen=True)
class SelfTested:
    """A test call went through the recorder; `why` says what was wrong, empty = nothing."""

    test_id: str
    node: str
    began_at: datetime
    ended_at: datetime
    why: str
    kind: Literal["self_tested"] = "self_tested"


@dataclass(frozen=True)
class PauseBegan:
    """An agent has the recording paused."""

    attempt_id: AttemptId
    agent_id: AgentId
    at: datetime
    kind: Literal["pause_began"] = "pause_began"


@dataclass(frozen=True)
class PauseEnded:
    """It is recorded again; `why`: resumed, too_long, ended, failed."""

    attempt_id: AttemptId
    began_at: datetime
    at: datetime
    why: str
    kind: Literal["pause_ended"] = "pause_ended"


CallRecord = AttemptAnswered | AttemptConnected | AttemptClosed | AttemptDisposed | OptedOut | RecordingFacts
Record = CallRecord | SessionChanged | IncidentFound | IncidentOver | SelfTested | PauseBegan | PauseEnded
