"""Attempts: opened with their ledger intent, closed with their ledger outcome, each in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.attempt import Attempt, Mode
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.ledger import Entry, EntryKind
from dialer.core.pauses import Pause
from dialer.core.records import (
    AttemptAnswered,
    AttemptClosed,
    AttemptConnected,
    AttemptDisposed,
    IncidentFound,
    IncidentOver,
    OptedOut,
    PauseBegan,
    PauseEnded,
    Record,
    RecordingFacts,
    SelfTested,
    SessionChanged,
)
from dialer.core.recycle import LeadNext, LeadState, Others
from dialer.ports import LastCall, Lease
from dialer.store import callbacks, do_not_call, events, incidents, ledger, number_moves, statements
from dialer.store.base import Base
from dialer.store.leases import hold
from dialer.store.tables import attempts, campaigns, leads

BY_KEY = "opt_out_key"  # the reason where the customer pressed it
Changes = dict[str, events.Change]  # by the object's id: of several in one transaction the last


class Calls(Base):
    """The call log."""

    async def open_attempt(self, lease: Lease, attempt: Attempt) -> None:
        """Commits the attempt and its ledger intent together, before anything is dialed. Raises LeaseLost."""
        async with self._begin() as connection:
            await hold(connection, lease)
            await connection.execute(statements.OPEN, _opening(lease, attempt))
            if attempt.lead_id is not None:
                await connection.execute(statements.COUNT_ATTEMPT, {"p_id": attempt.lead_id})
                if attempt.redials is not None:
                    again = (attempt.opened_at, attempt.redials, attempt.id)
                    await number_moves.lend_again(connection, attempt.lead_id, *again)
            await events.note_opened(connection, attempt)
            await ledger.append(connection, [_intent(lease, attempt)])

    async def last_call(self, agent_id: AgentId) -> LastCall | None:
        """The newest call that the agent had, by hand or joined to him."""
        async with self._begin() as connection:
            row = (await connection.execute(statements.LAST_CALL, {"p_agent_id": agent_id})).one_or_none()
        return LastCall(AttemptId(row.id), CampaignId(row.campaign_id), row.number) if row else None

    async def write(self, records: Sequence[Record]) -> None:
        """Remembers the facts in order; again is harmless."""
        async with self._begin() as connection:
            changes: Changes = {}
            found = [record for record in records if isinstance(record, IncidentFound | IncidentOver)]
            others = [record for record in records if not isinstance(record, IncidentFound | IncidentOver)]
            entries = [entry for record in others for entry in await _apply(record, connection, changes)]
            await events.append(connection, list(changes.values()))
            if entries:
                await ledger.append(connection, entries)
                await connection.execute(text("notify tianzhou_attempts"))
            for record in found:  # last: they lock the ledger's head
                await incidents.keep(connection, record)

    async def open_pauses(self, node: str) -> list[Pause]:
        """The node's recordings that are paused now."""
        async with self._begin() as connection:
            return [_pause(row) for row in await connection.execute(statements.OPEN_PAUSES, {"p_node": node})]

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


def _pause(row: Any) -> Pause:
    return Pause(AttemptId(row.call_id), AgentId(row.agent_id), row.began_at)


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
    } | ({"redials": attempt.redials} if attempt.redials else {})
    return Entry(EntryKind.INTENT, attempt.id, attempt.opened_at, body)


@singledispatch
async def _apply(record: Record, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    """Carries one record into the tables and what it changed into `changes`; the ledger entries it brings."""
    raise NotImplementedError(type(record).__name__)


@_apply.register
async def _(record: AttemptAnswered, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    await _update_open(connection, changes, statements.ANSWER, record.attempt_id, {"p_answered_at": record.at})
    return []


@_apply.register
async def _(record: AttemptConnected, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    values = {"p_connected_at": record.at, "p_session_id": record.session_id, "p_agent_id": record.agent_id}
    await _update_open(connection, changes, statements.CONNECT, record.attempt_id, values)
    return []


@_apply.register
async def _(record: AttemptClosed, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    values = {
        "p_ended_at": record.at,
        "p_dial_result": record.result.value,
        "p_end_reason": record.reason.value,
        "p_cause": record.cause,
        "p_tech_cause": record.tech_cause,
        "p_abandoned": record.abandoned,
        "p_answered_at": record.answered_at,
        "p_connected_at": record.connected_at,
        "p_session_id": record.session_id,
        "p_agent_id": record.agent_id,
    }
    row = await _update_open(connection, changes, statements.CLOSE, record.attempt_id, values)
    if row is None:
        return []
    if record.lead_id is not None:
        move = _move(record.lead_id, record.lead_next) | {"p_call": record.attempt_id}
        moved = (await connection.execute(statements.MOVE_LEAD_UNLESS_DISPOSED, move)).all()
        if moved:
            others = await _settle_others(connection, record.lead_id, record.lead_next)
            await number_moves.follow(connection, [*moved, *others], record.at, record.attempt_id)
            await callbacks.settle(
                connection, record.attempt_id, record.lead_id, _is_over(record.lead_next), record.at
            )
    return [_outcome(record, row)]


@_apply.register
async def _(record: AttemptDisposed, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    """Nothing changes of a call that the floor shows."""
    said = {"p_id": record.attempt_id, "p_disposition": record.disposition, "p_disposed_at": record.at}
    row = (await connection.execute(statements.DISPOSE, said | {"p_meaning": record.meaning})).one_or_none()
    if row is None:
        return []
    if row.lead_id is not None and record.lead_next is not None:
        moved = (await connection.execute(statements.MOVE_LEAD, _move(row.lead_id, record.lead_next))).all()
        others = await _settle_others(connection, row.lead_id, record.lead_next)
        await number_moves.follow(connection, [*moved, *others], record.at, record.attempt_id)
        await _settle_callback(connection, record, row.lead_id, record.lead_next)
    if record.on_dnc:
        await do_not_call.refuse(connection, row.number, record.attempt_id, record.disposition, record.at)
    said = {"disposition": record.disposition, "meaning": record.meaning.value if record.meaning else None}
    return [Entry(EntryKind.DISPOSED, record.attempt_id, record.at, said)]


@_apply.register
async def _(record: OptedOut, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    """Nothing changes of a call that the floor shows."""
    called = await connection.execute(select(attempts.c.number).where(attempts.c.id == record.attempt_id))
    number = called.scalar_one_or_none()
    if number is None or not await do_not_call.refuse(connection, number, record.attempt_id, BY_KEY, record.at):
        return []
    return [Entry(EntryKind.DNC_ADDED, record.attempt_id, record.at, {"number": number, "reason": BY_KEY})]


@_apply.register
async def _(record: RecordingFacts, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    """What the line carried, whatever else is known of the call: the first word stays."""
    row = {
        "attempt_id": record.attempt_id,
        "rx_packets": record.rx_packets,
        "tx_packets": record.tx_packets,
        "closed_at": record.at,
    }
    await connection.execute(statements.KEEP_RECORDING_FACTS, row)
    return []


@_apply.register
async def _(record: PauseBegan, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    row = {"call_id": record.attempt_id, "began_at": record.at, "agent_id": record.agent_id}
    await connection.execute(statements.BEGIN_PAUSE, row)
    return []


@_apply.register
async def _(record: PauseEnded, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    """The whole interval is one row of the ledger."""
    values = {
        "p_call_id": record.attempt_id,
        "p_began_at": record.began_at,
        "p_ended_at": record.at,
        "p_why": record.why,
    }
    agent_id = (await connection.execute(statements.END_PAUSE, values)).scalar_one_or_none()
    if agent_id is None:
        return []
    body = {"from": record.began_at.isoformat(), "to": record.at.isoformat(), "by": agent_id, "why": record.why}
    return [Entry(EntryKind.PAUSE_INTERVAL, record.attempt_id, record.at, body)]


@_apply.register
async def _(record: SelfTested, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    row = {
        "id": record.test_id,
        "node": record.node,
        "began_at": record.began_at,
        "ended_at": record.ended_at,
        "why": record.why,
    }
    if (await connection.execute(statements.KEEP_SELF_TEST, row)).first() is None:
        return []
    body = {"id": record.test_id, "node": record.node, "passed": not record.why, "why": record.why}
    return [Entry(EntryKind.SELF_TEST, None, record.ended_at, body)]


@_apply.register
async def _(record: SessionChanged, connection: AsyncConnection, changes: Changes) -> list[Entry]:
    row = {
        "id": record.session_id,
        "agent_id": record.agent_id,
        "extension": record.extension,
        "campaign_id": record.campaign_id,
        "campaign_ids": list(record.campaign_ids),
        "node": record.node,
        "started_at": record.started_at,
        "state": record.state.value,
        "reason": record.reason,
        "attempt_id": record.attempt_id,
        "state_at": record.state_at,
        "ended_at": record.ended_at,
    }
    for changed in await connection.execute(statements.CHANGE_SESSION, row):
        changes[record.session_id] = events.session_change(changed)
    return []


async def _update_open(
    connection: AsyncConnection, changes: Changes, statement: Any, attempt_id: AttemptId, values: dict[str, Any]
) -> Any:
    """The row as it is now; None = it was closed before."""
    row = (await connection.execute(statement, values | {"p_id": attempt_id})).one_or_none()
    if row is not None:
        changes[attempt_id] = events.call_change(row)
    return row


def _move(lead_id: str, after: LeadNext) -> dict[str, Any]:
    return {"p_id": lead_id, "p_state": after.state.value, "p_next_at": after.next_at, "p_reason": after.reason}


async def _settle_callback(
    connection: AsyncConnection, record: AttemptDisposed, lead_id: str, after: LeadNext
) -> None:
    if record.promise is not None:
        await callbacks.promise(connection, record.attempt_id, lead_id, record.promise, record.at)
    else:
        await callbacks.settle(connection, record.attempt_id, lead_id, _is_over(after), record.at)


def _is_over(after: LeadNext) -> bool:
    return after.state in (LeadState.DONE, LeadState.BLOCKED)


async def _settle_others(connection: AsyncConnection, lead_id: str, after: LeadNext) -> Sequence[Row[Any]]:
    """The other numbers of the same person: one of them instead, or none any more; the holders that changed."""
    values = {"p_id": lead_id, "p_next_at": after.next_at, "p_reason": after.reason}
    if after.others is Others.CLOSE:
        closed = {"p_id": lead_id, "p_reason": after.reason}
        return (await connection.execute(statements.CLOSE_OTHERS, closed)).all()
    if after.others is Others.NEXT and (await connection.execute(statements.RELEASE_SPARE, values)).rowcount:
        await connection.execute(statements.MAKE_SPARE, {"p_id": lead_id})
    return []


def _outcome(record: AttemptClosed, row: Any) -> Entry:
    """How it ended; what may have been known before is said as the row has it."""

    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    body = {
        "result": record.result.value,
        "reason": record.reason.value,
        "cause": record.cause,
        "tech_cause": record.tech_cause,
        "abandoned": record.abandoned,
        "answered_at": moment(row.answered_at),
        "connected_at": moment(row.connected_at),
        "agent_id": row.agent_id,
        "session_id": row.session_id,
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
