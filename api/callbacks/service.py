"""Callbacks read and changed; what the engine must know is in the rows that it claims by."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.callbacks.rules import Which, leads, may_change
from api.callbacks.schemas import Callback, ChangeCallback, State
from api.errors import Conflict, Forbidden, Invalid, NotFound
from api.paging import page_of
from dialer.core.calendar import Calendar, Hours
from dialer.core.callbacks import time_refusal
from dialer.core.numbers import mask
from dialer.core.presets import preset_of
from dialer.store import callbacks as store
from dialer.store import number_moves
from dialer.store.selection_tables import callbacks
from dialer.store.tables import campaigns
from dialer.store.tables import leads as leads_table

_LATE = (callbacks.c.state == State.OPEN) & (callbacks.c.due_at < func.now())


async def list_callbacks(
    connection: AsyncConnection, who: Person, which: Which, state: State, cursor: str | None, limit: int
) -> tuple[list[Callback], str | None]:
    """One page, the one promised last first. Raises Invalid on a bad cursor."""
    query = _rows().where(callbacks.c.state == state)
    if which is Which.MINE:
        query = query.where(callbacks.c.agent_id == who.id)
    elif which is Which.TEAM:
        query = query.where(callbacks.c.agent_id.is_(None))
    elif which is Which.OVERDUE:
        query = query.where(_LATE)
    if not leads(who.roles):
        query = query.where(or_(callbacks.c.agent_id == who.id, callbacks.c.agent_id.is_(None)))
    rows, following = await page_of(connection, query, callbacks.c.id, cursor, limit)
    return [_one(row) for row in rows], following


async def change_callback(
    connection: AsyncConnection, who: Person, callback_id: str, change: ChangeCallback
) -> Callback:
    """Moves, hands over or cancels one that is open. Raises NotFound, Forbidden, Conflict, Invalid."""
    this = _rows().where(callbacks.c.id == callback_id)
    held = (await connection.execute(this.with_for_update(of=callbacks))).first()
    if held is None or not may_change(who.roles, who.id, held.agent_id, None):
        raise NotFound("unknown_callback", "There is no callback with this id.")
    if held.state != State.OPEN:
        raise Conflict("callback_ended", f"This callback is {held.state}.")
    values = change.model_dump(exclude_unset=True)
    if "agent_id" in values:
        values |= await _handed(connection, who, held, change)
    if change.due_at is not None:
        await _check_time(connection, held.campaign_id, change.due_at)
        values["reminded_at"] = None
    if change.state is not None:
        values |= {"ended_at": func.now(), "ended_by": who.id}
    if values:
        await connection.execute(update(callbacks).where(callbacks.c.id == callback_id).values(values))
    await _move_lead(connection, who, held.lead_id, change)
    await store.note(connection, [callback_id])
    return _one((await connection.execute(this)).one())


async def _handed(connection: AsyncConnection, who: Person, held: Row[Any], change: ChangeCallback) -> dict[str, Any]:
    to = str(change.agent_id) if change.agent_id else None
    if not may_change(who.roles, who.id, held.agent_id, to):
        raise Forbidden
    known = select(users.c.id).where(users.c.id == to, users.c.active)
    if to is not None and (await connection.execute(known)).first() is None:
        raise NotFound("unknown_user", "There is no account with this id.")
    return {"agent_id": to, "handed_over_from": held.agent_id, "handed_over_at": func.now(), "reminded_at": None}


async def _check_time(connection: AsyncConnection, campaign_id: str, at: datetime) -> None:
    row = (await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id))).one()
    own = Calendar(((row.opens_at, row.closes_at),))
    hours = Hours((row.zone,), (own, preset_of(row.preset, row.trunk).calendar))
    refusal = time_refusal(at, hours, datetime.now(UTC))
    if refusal is not None:
        raise Invalid("bad_callback_time", refusal.detail, "body.due_at")


async def _move_lead(connection: AsyncConnection, who: Person, lead_id: str, change: ChangeCallback) -> None:
    """A lead that is being called now is not moved: the call decides."""
    held = leads_table.alias("held")
    was = number_moves.before(held.c.id == lead_id, held.c.state == "callback", of=held)
    waiting = update(leads_table).where(leads_table.c.id == was.c.id)
    if change.state is not None:
        over = {"state": "done", "holder": "used", "holder_id": None, "reason": "callback cancelled"}
        ended = await connection.execute(waiting.values(over).returning(*number_moves.changes(was)))
        await number_moves.follow(connection, ended.all(), datetime.now(UTC), None, who.id)
    elif change.due_at is not None:
        await connection.execute(waiting.values(next_at=change.due_at))


def _rows() -> Select[Any]:
    lead = leads_table.c
    query = select(callbacks, lead.number, lead.name, _LATE.label("overdue"))
    return query.join(leads_table, lead.id == callbacks.c.lead_id)


def _one(row: Row[Any]) -> Callback:
    values = {name: row._mapping[name] for name in Callback.model_fields}
    return Callback(**values | {"number": mask(row.number)})
