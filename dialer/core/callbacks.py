"""A callback: a retry that was promised to a person at a time. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.core.calendar import Hours
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.ids import AgentId

LONGEST = timedelta(days=30)


@dataclass(frozen=True)
class Promise:
    """What the customer was told: when, by whom (None = whoever of the team is free), and what it is about."""

    at: datetime
    agent_id: AgentId | None
    note: str = ""


def time_refusal(at: datetime, hours: Hours, now: datetime) -> Refusal | None:
    """None = it can be kept: in the future, within thirty days, at an hour at which the campaign may call."""
    if not now < at <= now + LONGEST:
        return Refusal(RefusalReason.BAD_CALLBACK_TIME, f"A callback is promised for the next {LONGEST.days} days")
    if not hours.is_open(at):
        return Refusal(RefusalReason.BAD_CALLBACK_TIME, "The campaign may not call at that hour")
    return None
