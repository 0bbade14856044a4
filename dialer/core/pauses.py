"""The pause of a recording while a card's number is said (PCI DSS 3.3.1): who may, and for how long. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, AttemptState
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.ids import AgentId, AttemptId

LONGEST = timedelta(seconds=120)  # then it is recorded again by itself: who forgets must not lose the call


@dataclass(frozen=True)
class Pause:
    """A recording that is paused now, since when and by whom."""

    attempt_id: AttemptId
    agent_id: AgentId
    began_at: datetime


def may_pause(attempt: Attempt | None, agent: Agent) -> Refusal | None:
    """Only the agent in the call, and only while the two talk."""
    if attempt is None:
        return Refusal(RefusalReason.UNKNOWN_CALL, "There is no such call now")
    if attempt.session_id != agent.session_id:
        return Refusal(RefusalReason.NOT_YOUR_CALL, "This call belongs to another agent")
    if attempt.state is not AttemptState.CONNECTED:
        return Refusal(RefusalReason.STATE_FORBIDDEN, f"Not while the call is {attempt.state.value}")
    return None


def over(pause: Pause, is_live: bool, now: datetime) -> str | None:
    """Why a pause that nobody ended is over now; None = it goes on."""
    if not is_live:
        return "ended"
    return "too_long" if now - pause.began_at >= LONGEST else None
