"""Why a campaign is dialing, or is not; every count stops at a bound, so that ten million leads cost no more."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.context import Context
from api.errors import NotFound
from api.leads import rules
from api.leads.schemas import COUNTED_MAX, SAMPLED_MAX, CampaignWhy, Held, PacingCause, Tally, Waiting
from api.leads.service import answer, heartbeat, machine
from api.pacing import rules as pacing_rules
from api.pacing import service as pacing
from dialer.core.selection import CLAIMABLE
from dialer.core.why import campaign_answer, window_answer
from dialer.store import calendars, statements
from dialer.store.leads import facts_of
from dialer.store.roster import campaign_of
from dialer.store.tables import agent_sessions, campaigns, leads


async def why(connection: AsyncConnection, here: Context, campaign_id: str) -> CampaignWhy:
    """Machine, campaign, window, and how many numbers wait for what. Raises NotFound."""
    row = (await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id))).first()
    if row is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    regions = calendars.regions_of(await calendars.read(connection, {}))
    asked, now = campaign_of(row).rules(here.caps, regions), datetime.now(UTC)
    told = [*await machine(connection, here), campaign_answer(row.state), window_answer(asked, now)]
    due = await _bounded(connection, _stock(campaign_id).where(leads.c.next_at <= func.now()))
    ids = select(leads.c.id).where(*_ready(campaign_id), leads.c.next_at <= func.now()).order_by(*_IN_TURN)
    sample = (await connection.execute(ids.limit(SAMPLED_MAX))).scalars().all()
    facts = await _facts(connection, sample)
    later = (await connection.execute(_later(campaign_id))).all()
    held = (await connection.execute(_held(campaign_id))).all()
    told_by_pacing = pacing_rules.causes(await pacing.standing(connection, campaign_id), due.count, row.state)
    return CampaignWhy(
        campaign_id=campaign_id,
        state=row.state,
        at=now,
        dialing=all(each.permits for each in told) and due.count > 0,
        engine_reason=await _engine_reason(connection, here, campaign_id),
        agents_ready=await _agents_ready(connection, campaign_id),
        answers=[answer(each) for each in told],
        causes=[PacingCause(reason=each.reason, en=each.en, zh=each.zh) for each in told_by_pacing],
        due=due,
        due_now=rules.by_reason([facts_of(each) for each in facts], asked, now),
        due_asked=len(facts),
        later=[Waiting(reason=each.reason, count=each.count, next_at=each.next_at) for each in later],
        later_count=_tally(later),
        held=[Held(state=each.state, holder=each.holder, count=each.count) for each in held],
        held_count=_tally(held),
        next_at=min((each.next_at for each in later), default=None),
    )


_IN_TURN = (leads.c.next_at, leads.c.id)


def _ready(campaign_id: str) -> tuple[Any, ...]:
    """What the dialer takes up by itself: the words of the index of those due."""
    return (leads.c.campaign_id == campaign_id, leads.c.state.in_(CLAIMABLE), leads.c.holder == "stock")


def _stock(campaign_id: str) -> Select[Any]:
    return select(leads.c.id).where(*_ready(campaign_id))


async def _bounded(connection: AsyncConnection, query: Select[Any]) -> Tally:
    count = (
        await connection.execute(select(func.count()).select_from(query.limit(COUNTED_MAX + 1).subquery()))
    ).scalar_one()
    return Tally(count=min(count, COUNTED_MAX), whole=count <= COUNTED_MAX)


async def _facts(connection: AsyncConnection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    return (await connection.execute(statements.FACTS, {"p_ids": list(ids)})).all() if ids else []


def _later(campaign_id: str) -> Select[Any]:
    first = select(leads.c.reason, leads.c.next_at).where(*_ready(campaign_id), leads.c.next_at > func.now())
    part = first.order_by(*_IN_TURN).limit(COUNTED_MAX).subquery()
    counted = select(part.c.reason, func.count().label("count"), func.min(part.c.next_at).label("next_at"))
    return counted.group_by(part.c.reason).order_by(func.count().desc())


def _held(campaign_id: str) -> Select[Any]:
    mine = select(leads.c.state, leads.c.holder).where(leads.c.campaign_id == campaign_id)
    part = mine.limit(COUNTED_MAX).subquery()
    counted = select(part.c.state, part.c.holder, func.count().label("count"))
    return counted.group_by(part.c.state, part.c.holder).order_by(func.count().desc())


def _tally(rows: Sequence[Row[Any]]) -> Tally:
    count = sum(each._mapping["count"] for each in rows)
    return Tally(count=count, whole=count < COUNTED_MAX)


async def _agents_ready(connection: AsyncConnection, campaign_id: str) -> int:
    session = agent_sessions.c
    works = (session.campaign_id == campaign_id) | session.campaign_ids.contains([campaign_id])
    query = select(func.count()).where(session.ended_at.is_(None), session.state == "ready", works)
    return int((await connection.execute(query)).scalar_one())


async def _engine_reason(connection: AsyncConnection, here: Context, campaign_id: str) -> str | None:
    told = await heartbeat(connection, here)
    said = told.get("campaigns") if told["alive"] else None
    reason = said.get(campaign_id) if isinstance(said, dict) else None
    return str(reason) if reason else None
