"""Callbacks as rows: kept with the disposition that promised them, settled by the calls that keep them.

A lead that was promised a call is in the state `callback`, which nothing else claims; its `next_at` is when it may be
tried, `due_at` what the person was told. A callback's id is that of the attempt in which it was promised.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.callbacks import Promise
from dialer.core.ids import AgentId, AttemptId, CampaignId
from dialer.core.numbers import mask
from dialer.store import events
from dialer.store.base import Base
from dialer.store.metadata import Id
from dialer.store.selection_tables import callbacks
from dialer.store.tables import agent_sessions, attempts, leads, lists

OPEN = callbacks.c.state == "open"
_mine = callbacks.c.agent_id == bindparam("p_agent_id", type_=callbacks.c.agent_id.type)
_campaigns = leads.c.campaign_id == func.any(bindparam("p_campaign_ids", type_=ARRAY(Id)))
_of_list_off = select(lists.c.id).where(lists.c.id == leads.c.list_id, ~lists.c.is_active).exists()
_waits = (OPEN, leads.c.state == "callback", leads.c.next_at <= func.now(), _campaigns, ~_of_list_off)
_due = (
    select(leads.c.id, leads.c.state)
    .join(callbacks, callbacks.c.lead_id == leads.c.id)
    .where(*_waits)
    .order_by(callbacks.c.due_at, leads.c.id)
    .limit(bindparam("p_limit", type_=Integer))
    .with_for_update(of=leads, skip_locked=True)
)
DUE_OF_AGENT = _due.where(_mine)
DUE_OF_TEAM = _due.where(callbacks.c.agent_id.is_(None))
HAS_OPEN = select(callbacks.c.id).where(callbacks.c.lead_id == leads.c.id, OPEN).exists()
_AGENTS = (
    select(callbacks.c.agent_id)
    .join(leads, leads.c.id == callbacks.c.lead_id)
    .where(*_waits, callbacks.c.agent_id.is_not(None))
    .distinct()
)
_THIS_LEAD = callbacks.c.lead_id == bindparam("p_lead_id", type_=callbacks.c.lead_id.type)
_END = (
    update(callbacks)
    .where(_THIS_LEAD, OPEN, callbacks.c.id != bindparam("p_call_id", type_=callbacks.c.id.type))
    .values(state="done", ended_at=bindparam("p_ended_at", type_=callbacks.c.ended_at.type))
    .values(ended_by=bindparam("p_call_id", type_=callbacks.c.id.type))
    .returning(callbacks.c.id)
)
_WAIT_ON = update(leads).where(leads.c.id == bindparam("p_lead_id"), leads.c.state == "attempted", HAS_OPEN)


class Callbacks(Base):
    """Who waits for whom."""

    async def promised_agents(self, campaign_ids: Collection[CampaignId]) -> frozenset[AgentId]:
        """Agents with a callback of their own due now in these campaigns."""
        async with self._begin() as connection:
            rows = await connection.execute(_AGENTS, {"p_campaign_ids": list(campaign_ids)})
            return frozenset(AgentId(agent_id) for agent_id in rows.scalars())

    async def tend_callbacks(self, remind_s: float, away_s: float) -> int:
        """Reminds agents of their own so long before, gives the team what an absent agent left; how many of these."""
        own = (OPEN, callbacks.c.agent_id.is_not(None))
        soon = callbacks.c.due_at <= func.now() + timedelta(seconds=remind_s)
        remind = update(callbacks).where(*own, callbacks.c.reminded_at.is_(None), soon)
        at_work = select(agent_sessions.c.id).where(
            agent_sessions.c.agent_id == callbacks.c.agent_id,
            agent_sessions.c.ended_at.is_(None),
            or_(
                agent_sessions.c.state != "paused", agent_sessions.c.state_at > func.now() - timedelta(seconds=away_s)
            ),
        )
        late = callbacks.c.due_at <= func.now() - timedelta(seconds=away_s)
        give = update(callbacks).where(*own, late, ~at_work.exists())
        given = {"handed_over_from": callbacks.c.agent_id, "handed_over_at": func.now(), "agent_id": None}
        async with self._begin() as connection:
            handed = await connection.execute(give.values(given).returning(callbacks.c.id))
            handed_ids = list(handed.scalars())
            reminded = await connection.execute(remind.values(reminded_at=func.now()).returning(callbacks.c.id))
            await note(connection, [*handed_ids, *reminded.scalars()])
        return len(handed_ids)


async def promise(connection: AsyncConnection, call_id: AttemptId, lead_id: str, made: Promise, at: datetime) -> None:
    """Keeps what was promised in this call; one promised before is over."""
    values = {"lead_id": lead_id, "agent_id": made.agent_id, "due_at": made.at, "note": made.note, "made_at": at}
    await _end(connection, call_id, lead_id, at)
    chosen = select(attempts.c.id, attempts.c.campaign_id).where(attempts.c.id == call_id)
    columns = [literal(value, type_=callbacks.c[name].type) for name, value in values.items()]
    kept = insert(callbacks).from_select(["id", "campaign_id", *values], chosen.add_columns(*columns))
    await connection.execute(kept.on_conflict_do_nothing())
    await note(connection, [call_id])


async def settle(connection: AsyncConnection, call_id: AttemptId, lead_id: str, is_over: bool, at: datetime) -> None:
    """After a call to the lead: what was promised is kept, or waits on."""
    if is_over:
        await _end(connection, call_id, lead_id, at)
    else:
        await connection.execute(_WAIT_ON.values(state="callback"), {"p_lead_id": lead_id})


async def note(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Tells viewers of these callbacks as they are now, an agent of his own."""
    if not ids:
        return
    query = select(callbacks, leads.c.number).join(leads, leads.c.id == callbacks.c.lead_id)
    rows = await connection.execute(query.where(callbacks.c.id.in_(ids)))
    await events.append(connection, [events.Change("callback", row.agent_id, body(row)) for row in rows])


def body(row: Row[Any]) -> dict[str, Any]:
    """A callback as screens show it."""
    same = {name: row._mapping[name] for name in ("id", "lead_id", "campaign_id", "agent_id", "state")}
    moments = {name: events.moment(row._mapping[name]) for name in ("due_at", "reminded_at", "handed_over_at")}
    return same | moments | {"number": mask(row.number)}


async def _end(connection: AsyncConnection, call_id: AttemptId, lead_id: str, at: datetime) -> None:
    ended = {"p_lead_id": lead_id, "p_call_id": call_id, "p_ended_at": at}
    await note(connection, list((await connection.execute(_END, ended)).scalars()))
