"""One dial of one number: its states as a table, and what it amounts to when it ends.

    dialing -> ringing -> waiting (answered, no agent yet) -> connected -> closed
                                   `-> announcing (the abandon message) -> closed

The table is complete: a pair that is not in it is a fault of ours. Pairs that change nothing are listed too, because
Asterisk tells some things twice (design.md §2, "Events").
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.core.errors import IllegalSignal
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId


class Mode(StrEnum):
    """How a campaign dials."""

    MANUAL = "manual"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"


class AttemptState(StrEnum):
    """Where an attempt stands."""

    DIALING = "dialing"
    RINGING = "ringing"
    WAITING = "waiting"
    CONNECTED = "connected"
    ANNOUNCING = "announcing"
    CLOSED = "closed"


class AttemptSignal(StrEnum):
    """What can happen to an attempt."""

    RANG = "rang"
    ANSWERED = "answered"
    JOINED = "joined"
    TOLD = "told"  # it gets the abandon message
    ENDED = "ended"


class DialResult(StrEnum):
    """What the network said."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID = "invalid"
    CONGESTION = "congestion"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class EndReason(StrEnum):
    """Why an attempt is closed; one word that a person can be shown."""

    NOT_ANSWERED = "not_answered"
    CUSTOMER_HUNG_UP = "customer_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    NO_AGENT = "no_agent"
    AGENT_LOST = "agent_lost"
    RECORDER_FAILED = "recorder_failed"
    JOIN_FAILED = "join_failed"
    DIALER_RESTARTED = "dialer_restarted"
    NOT_PLACED = "not_placed"
    OPERATOR = "operator"
    RING_TIMEOUT = "ring_timeout"
    CAMPAIGN_STOPPED = "campaign_stopped"
    EMERGENCY_STOP = "emergency_stop"
    HOURS_OVER = "hours_over"  # it did not ring before the calling window closed
    AGENTS_GONE = "agents_gone"  # it rang long, and nobody would have been there
    NODE_LOST = "node_lost"  # Asterisk died, or the call vanished without a record


_S, _E = AttemptState, AttemptSignal

TRANSITIONS: dict[AttemptState, dict[AttemptSignal, AttemptState]] = {
    _S.DIALING: {
        _E.RANG: _S.RINGING,
        _E.ANSWERED: _S.WAITING,
        _E.JOINED: _S.CONNECTED,  # a manual call: its agent is there from the dial on
        _E.TOLD: _S.ANNOUNCING,  # found so after a restart
        _E.ENDED: _S.CLOSED,
    },
    _S.RINGING: {
        _E.RANG: _S.RINGING,
        _E.ANSWERED: _S.WAITING,
        _E.JOINED: _S.CONNECTED,
        _E.TOLD: _S.ANNOUNCING,
        _E.ENDED: _S.CLOSED,
    },
    _S.WAITING: {
        _E.RANG: _S.WAITING,
        _E.ANSWERED: _S.WAITING,
        _E.JOINED: _S.CONNECTED,
        _E.TOLD: _S.ANNOUNCING,
        _E.ENDED: _S.CLOSED,
    },
    _S.CONNECTED: {
        _E.RANG: _S.CONNECTED,
        _E.ANSWERED: _S.CONNECTED,
        _E.JOINED: _S.CONNECTED,
        _E.TOLD: _S.ANNOUNCING,
        _E.ENDED: _S.CLOSED,
    },
    _S.ANNOUNCING: {
        _E.RANG: _S.ANNOUNCING,
        _E.ANSWERED: _S.ANNOUNCING,
        _E.TOLD: _S.ANNOUNCING,
        _E.ENDED: _S.CLOSED,
    },
    _S.CLOSED: {signal: _S.CLOSED for signal in _E},
}

IN_FLIGHT = frozenset({_S.DIALING, _S.RINGING, _S.WAITING})
UNANSWERED = frozenset({_S.DIALING, _S.RINGING})


@dataclass(frozen=True)
class Attempt:
    """Everything the core knows of one dial. `state_at` is when the state began.

    `ring_by` is when the calling window at the called place closes: a phone not ringing by then never does.
    `redials` is the call that this one dials again.
    """

    id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId | None
    number: str
    mode: Mode
    trunk: str
    caller_id: str
    ring_s: int
    opened_at: datetime
    state: AttemptState = AttemptState.DIALING
    state_at: datetime | None = None
    session_id: SessionId | None = None
    agent_id: AgentId | None = None
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    end_reason: EndReason | None = None
    joining: bool = False
    hangup_at: datetime | None = None
    nth: int = 1
    max_attempts: int = 1
    retry_after_s: int = 3600
    ring_by: datetime | None = None
    redials: AttemptId | None = None

    def since(self) -> datetime:
        """When the present state began."""
        return self.state_at or self.opened_at


def step(attempt: Attempt, signal: AttemptSignal, now: datetime) -> Attempt:
    """The attempt after the signal. Raises IllegalSignal, and nothing is changed, for a pair outside the table."""
    after = TRANSITIONS[attempt.state].get(signal)
    if after is None:
        raise IllegalSignal(f"attempt {attempt.id} is {attempt.state}: {signal} cannot happen to it")
    if after is attempt.state:
        return attempt
    moved = replace(attempt, state=after, state_at=now)
    if after in (AttemptState.WAITING, AttemptState.CONNECTED, AttemptState.ANNOUNCING):
        moved = replace(moved, answered_at=attempt.answered_at or now)
    if after is AttemptState.CONNECTED:
        moved = replace(moved, connected_at=now)
    return moved


def end_of(attempt: Attempt, told: datetime | None, now: datetime) -> datetime:
    """When an attempt ended whose end is found `now`: as Asterisk's record tells, if any does. No record makes it end
    before what is known to have happened, nor after now: two clocks may disagree.
    """
    known = attempt.connected_at or attempt.answered_at or attempt.opened_at
    return now if told is None else max(known, min(told, now))


def is_abandoned(attempt: Attempt, ended_at: datetime, window: timedelta) -> bool:
    """Whether an attempt that ends now was abandoned by us: answered by the customer of an automatic call and not
    joined to an agent in the window (47 CFR 64.1200(a)(7)). Who hangs up by himself before it is over was not.
    """
    if attempt.mode is Mode.MANUAL or attempt.answered_at is None or attempt.connected_at is not None:
        return False
    by_us = attempt.hangup_at is not None or attempt.end_reason is not None  # or by the death of Asterisk
    hung_up_himself = attempt.state is AttemptState.WAITING and not by_us
    return not (hung_up_himself and ended_at - attempt.answered_at <= window)
