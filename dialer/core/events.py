"""What the floor is told. Frozen facts; every one may come twice."""

from dataclasses import dataclass
from datetime import datetime

from dialer.core.attempt import Attempt, DialResult, EndReason
from dialer.core.ids import AttemptId, SessionId


@dataclass(frozen=True)
class Opened:
    """The attempt's row and its ledger intent are committed; a manual one names its session."""

    attempt: Attempt


@dataclass(frozen=True)
class Rang:
    """The called phone rings."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class Answered:
    """The customer picked up; `recorder_ok` = both leg files exist."""

    attempt_id: AttemptId
    recorder_ok: bool = True


@dataclass(frozen=True)
class Joined:
    """Customer and agent are in one bridge; names the agent, because an order may be carried out late."""

    attempt_id: AttemptId
    session_id: SessionId


@dataclass(frozen=True)
class JoinFailed:
    """They could not be joined."""

    attempt_id: AttemptId
    session_id: SessionId


@dataclass(frozen=True)
class NotPlaced:
    """Asterisk refused the call: nobody was dialed."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class Ended:
    """The customer's leg is gone. `cause` is Q.850, `tech_cause` the SIP code."""

    attempt_id: AttemptId
    result: DialResult
    cause: int | None = None
    tech_cause: int | None = None
    answered_at: datetime | None = None  # these two are known when the end was read from Asterisk's call record
    ended_at: datetime | None = None
    reason: EndReason | None = None


@dataclass(frozen=True)
class PhoneUp:
    """The agent's phone is in its bridge."""

    session_id: SessionId
    leg: int


@dataclass(frozen=True)
class PhoneLost:
    """The agent's nailed-up leg is gone, or could not be set up."""

    session_id: SessionId
    leg: int


@dataclass(frozen=True)
class FoundBridged:
    """Re-adoption: the customer is talking in that agent's bridge."""

    attempt_id: AttemptId
    session_id: SessionId


@dataclass(frozen=True)
class FoundWaiting:
    """Re-adoption: the customer is up and alone."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class FoundAnnouncing:
    """Re-adoption: the dialplan itself is playing the message."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class RecorderStopped:
    """MixMonitor was stopped or muted by a hand that is not ours; `how` is one of these two words."""

    attempt_id: AttemptId
    how: str


@dataclass(frozen=True)
class RecordingClosed:
    """Both leg files of the call are closed; the RTP packets its customer's leg got and sent, None = not told."""

    attempt_id: AttemptId
    rx_packets: int | None
    tx_packets: int | None


Fate = tuple[RecordingClosed | Ended, ...]  # what Asterisk's call record tells of a call that is gone; empty: nothing

Event = (
    Opened
    | Rang
    | Answered
    | Joined
    | JoinFailed
    | NotPlaced
    | Ended
    | PhoneUp
    | PhoneLost
    | FoundBridged
    | FoundWaiting
    | FoundAnnouncing
    | RecorderStopped
    | RecordingClosed
)
