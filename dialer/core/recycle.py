"""May a lead be tried again, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.core.attempt import DialResult
from dialer.core.disposition import Disposition

ABANDON_REST = timedelta(hours=72)  # no machine redials an abandoned number sooner (Ofcom 2010, pacing.md §1)
TRUNK_REST = timedelta(seconds=60)  # the trunk failed, not the lead


class LeadState(StrEnum):
    """What a lead is to the dialer."""

    NEW = "new"
    CLAIMED = "claimed"
    ATTEMPTED = "attempted"
    DONE = "done"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class LeadNext:
    """What becomes of a lead: its state, when it may be dialed again, and why."""

    state: LeadState
    next_at: datetime
    reason: str


@dataclass(frozen=True)
class Ended:
    """An attempt's end as the recycle rule sees it; `attempts` counts this one.

    `max_attempts` 0: a call by hand of a lead that the dialer may not call again by itself.
    """

    result: DialResult
    was_connected: bool
    was_abandoned: bool
    attempts: int
    max_attempts: int
    retry_after_s: int


def after_attempt(end: Ended, now: datetime) -> LeadNext:
    """The lead after an attempt ended. An unknown end counts as dialed: the law wins over the sale."""
    if end.max_attempts == 0:
        return LeadNext(LeadState.DONE, now, "called by hand: the dialer does not call it again")
    if end.was_connected:
        return LeadNext(LeadState.DONE, now, "spoken to")
    if end.result is DialResult.INVALID:
        return LeadNext(LeadState.BLOCKED, now, "invalid number")
    if end.was_abandoned:
        return _again(end, now + ABANDON_REST, "abandoned: no agent was free")
    if end.result in (DialResult.CONGESTION, DialResult.FAILED, DialResult.CANCELLED):
        return LeadNext(LeadState.ATTEMPTED, now + TRUNK_REST, f"not reached: {end.result}")
    return _again(end, now + timedelta(seconds=end.retry_after_s), f"not reached: {end.result}")


def after_disposition(disposition: Disposition, now: datetime) -> LeadNext:
    """The lead after an agent's disposition."""
    if disposition in (Disposition.DNC, Disposition.INVALID_NUMBER):
        return LeadNext(LeadState.BLOCKED, now, disposition.value)
    return LeadNext(LeadState.DONE, now, disposition.value)


def _again(end: Ended, at: datetime, reason: str) -> LeadNext:
    if end.attempts >= end.max_attempts:
        return LeadNext(LeadState.DONE, at, f"{reason}; {end.attempts} of {end.max_attempts} attempts used")
    return LeadNext(LeadState.ATTEMPTED, at, reason)
