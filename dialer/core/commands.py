"""What the floor wants done. The engine carries them out and tells the floor what came of it."""

from dataclasses import dataclass

from dialer.core.attempt import Attempt
from dialer.core.ids import AttemptId, SessionId
from dialer.core.records import Record


@dataclass(frozen=True)
class Originate:
    """Place an automatic call."""

    attempt: Attempt


@dataclass(frozen=True)
class DialManual:
    """Place a call that its agent hears from the dial on."""

    attempt: Attempt
    session_id: SessionId


@dataclass(frozen=True)
class Join:
    """Put the customer into the agent's bridge, a tone in the agent's ear first."""

    attempt_id: AttemptId
    session_id: SessionId


@dataclass(frozen=True)
class Announce:
    """Play the abandon message and hang up."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class HangUp:
    """End the customer's leg."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class CallPhone:
    """Call the agent's phone and keep it in the agent's bridge."""

    session_id: SessionId
    extension: str
    leg: int


@dataclass(frozen=True)
class DropPhone:
    """End that leg of the agent's phone and, where no other leg follows, its bridge."""

    session_id: SessionId
    leg: int


@dataclass(frozen=True)
class Write:
    """Remember a fact."""

    record: Record


Command = Originate | DialManual | Join | Announce | HangUp | CallPhone | DropPhone | Write
