"""Attempts: opened with their ledger intent, closed with their ledger outcome, each in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from typing import Any

from sqlalchemy import func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.attempt import Attempt, Mode
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.ledger import Entry, EntryKind
from dialer.core.records import (
    AttemptAnswered,
    AttemptClosed,
    AttemptConnected,
    AttemptDisposed,
    OptedOut,
    Record,
    SessionChanged,
)
from dialer.core.recycle import LeadNext
from dialer.ports import Lease
from dialer.store import events, ledger
from dialer.store.base import Base
from dialer.store.leases import hold
from dialer.store.metadata import Id
from dialer.store.tables import agent_sessions, attempts, campaigns, dnc, leads


class Calls(Base):
    """The call log."""

    async def open_attempt(self, lease: Lease, attempt: Attempt) -> None:
        """Commits the attempt and its ledger intent together, before anything is dialed. Raises LeaseLost."""
        async with self._begin() as connection:
            await hold(connection, lease)
            await connection.execute(insert(attempts).values(**_opening(lease, attempt)))
            if attempt.lead_id is not None:
                await connection.execute(
                    update(leads).where(leads.c.id == attempt.lead_id).values(attempts=leads.c.attempts + 1)
                )
            await events.note_opened(connection, attempt)
            await ledger.append(connection, [_intent(lease, attempt)])

    async def write(self, records: Sequence[Record]) -> None:
        """Remembers the facts in order; again is harmless."""
        async with self._begin() as connection:
            entries = [entry for record in records for entry in await _apply(record, connection)]
            await events.note_records(connection, records)
            if entries:
                await ledger.append(connection, entries)
                await connection.execute(text("notify tianzhou_attempts"))

    async def open_attempts(self, node: str) -> list[Attempt]:
        """The node's attempts that have no end yet."""
        query = (
            select(attempts, campaigns.c.caller_id, campaigns.c.ring_s, campaigns.c.max_attempts)
            .add_columns(campaigns.c.retry_after_s, leads.c.attempts.label("nth"))
            .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
            .outerjoin(leads, leads.c.id == attempts.c.lead_id)
            .where(attempts.c.node == node, attempts.c.ended_at.is_(None))
            .order_by(attempts.c.id)
        )
        async with self._begin() as connection:
            return [_attempt(row) for row in await connection.execute(query)]


def _opening(lease: Lease, attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "lead_id": attempt.lead_id,
        "campaign_id": attempt.campaign_id,
        "session_id": attempt.session_id,
        "agent_id": attempt.agent_id,
        "number": attempt.number,
        "mode": attempt.mode.value,
        "trunk": attempt.trunk,
        "node": lease.name,
        "token": lease.token,
        "opened_at": attempt.opened_at,
    }


def _intent(lease: Lease, attempt: Attempt) -> Entry:
    body = {
        "number": attempt.number,
        "campaign_id": attempt.campaign_id,
        "lead_id": attempt.lead_id,
        "mode": attempt.mode.value,
        "trunk": attempt.trunk,
        "caller_id": attempt.caller_id,
        "node": lease.name,
        "token": lease.token,
    }
    return Entry(EntryKind.INTENT, attempt.id, attempt.opened_at, body)


@singledispatch
async def _apply(record: Record, connection: AsyncConnection) -> list[Entry]:
    """Carries one record into the tables; the ledger entries it brings."""
    raise NotImplementedError(type(record).__name__)


@_apply.register
async def _(record: AttemptAnswered, connection: AsyncConnection) -> list[Entry]:
    await _update_open(
        connection, record.attempt_id, {"answered_at": func.coalesce(attempts.c.answered_at, record.at)}
    )
    return []


@_apply.register
async def _(record: AttemptConnected, connection: AsyncConnection) -> list[Entry]:
    values = {
        "connected_at": func.coalesce(attempts.c.connected_at, record.at),
        "session_id": record.session_id,
        "agent_id": record.agent_id,
    }
    await _update_open(connection, record.attempt_id, values)
    return []


@_apply.register
async def _(record: AttemptClosed, connection: AsyncConnection) -> list[Entry]:
    values = {
        "ended_at": record.at,
        "dial_result": record.result.value,
        "end_reason": record.reason.value,
        "cause": record.cause,
        "tech_cause": record.tech_cause,
        "abandoned": record.abandoned,
        "answered_at": func.coalesce(attempts.c.answered_at, record.answered_at),
        "connected_at": func.coalesce(attempts.c.connected_at, record.connected_at),
        "session_id": func.coalesce(literal(record.session_id, Id), attempts.c.session_id),
        "agent_id": func.coalesce(literal(record.agent_id, Id), attempts.c.agent_id),
    }
    if not await _update_open(connection, record.attempt_id, values):
        return []
    if record.lead_id is not None:
        await _move_lead(connection, record.lead_id, record.lead_next, unless_disposed=record.attempt_id)
    return [_outcome(record)]


@_apply.register
async def _(record: AttemptDisposed, connection: AsyncConnection) -> list[Entry]:
    done = await connection.execute(
        update(attempts)
        .where(attempts.c.id == record.attempt_id, attempts.c.disposition.is_(None))
        .values(disposition=record.disposition.value, disposed_at=record.at)
        .returning(attempts.c.lead_id, attempts.c.number)
    )
    row = done.one_or_none()
    if row is None:
        return []
    if row.lead_id is not None:
        await _move_lead(connection, row.lead_id, record.lead_next)
    if record.on_dnc:
        stopped = insert(dnc).values(number=row.number, reason=f"agent's disposition of {record.attempt_id}")
        await connection.execute(stopped.on_conflict_do_nothing())
    return []


@_apply.register
async def _(record: OptedOut, connection: AsyncConnection) -> list[Entry]:
    reason = f"the customer's key press in {record.attempt_id}"
    called = select(attempts.c.number, literal(reason)).where(attempts.c.id == record.attempt_id)
    await connection.execute(insert(dnc).from_select(["number", "reason"], called).on_conflict_do_nothing())
    return []


@_apply.register
async def _(record: SessionChanged, connection: AsyncConnection) -> list[Entry]:
    changing = {
        "state": record.state.value,
        "reason": record.reason,
        "attempt_id": record.attempt_id,
        "state_at": record.state_at,
        "ended_at": record.ended_at,
    }
    row = {
        "id": record.session_id,
        "agent_id": record.agent_id,
        "extension": record.extension,
        "campaign_id": record.campaign_id,
        "campaign_ids": list(record.campaign_ids),
        "node": record.node,
        "started_at": record.started_at,
    }
    statement = insert(agent_sessions).values(**row, **changing)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=changing, where=agent_sessions.c.ended_at.is_(None)
        )
    )
    return []


async def _update_open(connection: AsyncConnection, attempt_id: AttemptId, values: dict[str, Any]) -> bool:
    statement = update(attempts).where(attempts.c.id == attempt_id, attempts.c.ended_at.is_(None)).values(**values)
    return (await connection.execute(statement)).rowcount == 1


async def _move_lead(
    connection: AsyncConnection, lead_id: str, after: LeadNext, unless_disposed: str | None = None
) -> None:
    statement = update(leads).where(leads.c.id == lead_id)
    if unless_disposed is not None:
        disposed = select(attempts.c.id).where(attempts.c.id == unless_disposed, attempts.c.disposition.is_not(None))
        statement = statement.where(~disposed.exists())
    await connection.execute(
        statement.values(state=after.state.value, next_at=after.next_at, reason=after.reason, claimed_by=None)
    )


def _outcome(record: AttemptClosed) -> Entry:
    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    body = {
        "result": record.result.value,
        "reason": record.reason.value,
        "cause": record.cause,
        "tech_cause": record.tech_cause,
        "abandoned": record.abandoned,
        "answered_at": moment(record.answered_at),
        "connected_at": moment(record.connected_at),
        "agent_id": record.agent_id,
    }
    return Entry(EntryKind.OUTCOME, record.attempt_id, record.at, body)


def _attempt(row: Any) -> Attempt:
    return Attempt(
        id=AttemptId(row.id),
        campaign_id=CampaignId(row.campaign_id),
        lead_id=LeadId(row.lead_id) if row.lead_id else None,
        number=row.number,
        mode=Mode(row.mode),
        trunk=row.trunk,
        caller_id=row.caller_id,
        ring_s=row.ring_s,
        opened_at=row.opened_at,
        session_id=SessionId(row.session_id) if row.session_id else None,
        agent_id=AgentId(row.agent_id) if row.agent_id else None,
        answered_at=row.answered_at,
        connected_at=row.connected_at,
        nth=row.nth or 1,
        max_attempts=row.max_attempts,
        retry_after_s=row.retry_after_s,
    )
