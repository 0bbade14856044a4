"""The records a floor writes: one function each, from the state as it is."""

from datetime import datetime

from dialer.core import recycle
from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, DialResult, EndReason
from dialer.core.callbacks import Promise
from dialer.core.commands import Write
from dialer.core.disposition import Disposition, Dispositions
from dialer.core.events import Ended
from dialer.core.ids import AttemptId
from dialer.core.records import AttemptClosed, AttemptDisposed, SessionChanged
from dialer.core.recycle import Tried


def disposed(
    attempt_id: AttemptId, said: Disposition, tried: Tried, now: datetime, promise: Promise | None = None
) -> Write:
    """What was said of a call, and what becomes of its lead."""
    after = recycle.after_disposition(said, tried, now, promise.at if promise else None)
    return Write(AttemptDisposed(attempt_id, said.code, now, after, said.on_dnc, said.meaning, promise))


def redialed(attempt_id: AttemptId, said: Disposition, now: datetime) -> Write:
    """The call is dialed again at once: what becomes of its number is the new call's to say."""
    return Write(AttemptDisposed(attempt_id, said.code, now, None, False, said.meaning))


def session(agent: Agent, ended_at: datetime | None = None) -> Write:
    """The agent's session as it is."""
    return Write(
        SessionChanged(
            session_id=agent.session_id,
            agent_id=agent.agent_id,
            node=agent.node,
            extension=agent.extension,
            campaign_id=agent.campaign_id,
            state=agent.state,
            reason=agent.reason,
            attempt_id=agent.attempt_id,
            state_at=agent.since(),
            started_at=agent.started_at,
            ended_at=ended_at,
            campaign_ids=agent.campaign_ids,
        )
    )


def tried(attempt: Attempt) -> Tried:
    """How often the attempt's lead was tried, with this one."""
    return Tried(attempt.nth, attempt.max_attempts, attempt.retry_after_s)


def closed(attempt: Attempt, end: Ended, abandoned: bool, at: datetime, dispositions: Dispositions) -> Write:
    """How and when the attempt ended, complete in itself."""
    result = DialResult.ANSWERED if attempt.answered_at else end.result
    rule = recycle.Ended(
        result,
        attempt.connected_at is not None,
        abandoned,
        tried(attempt),
    )
    by_nature = EndReason.CUSTOMER_HUNG_UP if attempt.answered_at else EndReason.NOT_ANSWERED
    record = AttemptClosed(
        attempt_id=attempt.id,
        lead_id=attempt.lead_id,
        at=at,
        result=result,
        reason=attempt.end_reason or by_nature,
        cause=end.cause,
        tech_cause=end.tech_cause,
        abandoned=abandoned,
        answered_at=attempt.answered_at,
        connected_at=attempt.connected_at,
        session_id=attempt.session_id,
        agent_id=attempt.agent_id,
        lead_next=recycle.after_attempt(rule, at, dispositions),
    )
    return Write(record)
