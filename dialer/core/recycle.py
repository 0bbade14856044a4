"""May a lead be tried again, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.core.attempt import DialResult
from dialer.core.disposition import DEFAULT, NOT_SPOKEN, Disposition, Dispositions, Meaning, Retry, of_system

ABANDON_REST = timedelta(hours=72)  # no machine redials an abandoned number sooner (Ofcom 2010, pacing.md §1)
CODES = {DialResult.INVALID: "invalid_number", DialResult.ANSWERED: "no_answer"}  # others: the same word


class LeadState(StrEnum):
    """What a lead is to the dialer."""

    NEW = "new"
    CLAIMED = "claimed"
    ATTEMPTED = "attempted"
    WAITING = "waiting"  # a spare number: another one of the same person is tried
    CALLBACK = "callback"  # a call was promised: nothing else calls it
    DONE = "done"
    BLOCKED = "blocked"


class Others(StrEnum):
    """What becomes of the other numbers of the same person in the campaign."""

    KEEP = "keep"
    NEXT = "next"  # one of them is tried instead, where there is one
    CLOSE = "close"  # the person was spoken to: nobody calls the others


@dataclass(frozen=True)
class LeadNext:
    """What becomes of a lead: its state, when it may be dialed again, and why."""

    state: LeadState
    next_at: datetime
    reason: str
    others: Others = Others.KEEP


@dataclass(frozen=True)
class Tried:
    """How often a lead was tried, this call counted, and what its campaign says.

    `most` 0: a call by hand of a lead that the dialer may not call again by itself.
    """

    times: int = 1
    most: int = 1
    retry_after_s: int = 3600


@dataclass(frozen=True)
class Ended:
    """An attempt's end as the recycle rule sees it."""

    result: DialResult
    was_connected: bool
    was_abandoned: bool
    tried: Tried


def after_attempt(end: Ended, now: datetime, dispositions: Dispositions = DEFAULT) -> LeadNext:
    """The lead after an attempt ended. An unknown end counts as dialed: the law wins over the sale."""
    if end.tried.most == 0:
        return LeadNext(LeadState.DONE, now, "called by hand: the dialer does not call it again")
    if end.was_connected:
        return LeadNext(LeadState.DONE, now, "spoken to")
    if end.result is DialResult.INVALID:
        return LeadNext(LeadState.BLOCKED, now, "invalid number", Others.NEXT)
    if end.was_abandoned:
        rest = Retry(delay_s=int(ABANDON_REST.total_seconds()))
        return _again(rest, end.tried, now, "abandoned: no agent was free")
    said = of_system(dispositions, CODES.get(end.result, end.result.value))
    reason = f"not reached: {end.result}"
    if said is None or said.retry is None:
        return LeadNext(LeadState.DONE, now, reason)
    return _again(said.retry, end.tried, now, reason)


def after_disposition(
    said: Disposition, tried: Tried, now: datetime, promised_at: datetime | None = None
) -> LeadNext:
    """The lead after an agent's disposition, by what it means; when a call was promised it waits for that."""
    if promised_at is not None:
        return LeadNext(LeadState.CALLBACK, promised_at, said.code)
    if said.on_dnc:
        return LeadNext(LeadState.BLOCKED, now, said.code, Others.CLOSE)
    if said.meaning is Meaning.WRONG_NUMBER:
        return LeadNext(LeadState.BLOCKED, now, said.code, Others.NEXT)
    if said.retry is not None and tried.most > 0:
        return _again(said.retry, tried, now, said.code)
    return LeadNext(LeadState.DONE, now, said.code, Others.KEEP if said.meaning in NOT_SPOKEN else Others.CLOSE)


def _again(retry: Retry, tried: Tried, now: datetime, reason: str) -> LeadNext:
    most = tried.most if retry.most is None else retry.most
    delay_s = tried.retry_after_s if retry.delay_s is None else retry.delay_s
    at, others = now + timedelta(seconds=delay_s), Others.NEXT if retry.other_number else Others.KEEP
    if tried.times >= most:
        return LeadNext(LeadState.DONE, at, f"{reason}; {tried.times} of {most} attempts used", others)
    return LeadNext(LeadState.ATTEMPTED, at, reason, others)
