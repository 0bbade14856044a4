"""Pacing in rows: settings with who changed them, how the dialers say it stands, rates, moments."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.campaigns.service import CHANNEL
from api.context import Context
from api.errors import Conflict, NotFound
from api.floor.rules import day_start
from api.ids import new_id
from api.pacing import rules
from api.pacing.schemas import ChangePacing, Moment, Moments, Pacing, PacingChange, Rate, Standing, Stats
from dialer.store import events
from dialer.store.tables import attempts, campaigns, pacing_changes, pacing_moments, pacing_now
from recordings.records import lowest_id

SETTINGS = ("mode", "abandon_limit", "window_s", "lines_per_agent", "most_lines")
SHOWN = 20
MOST_MOMENTS = 720
MANUAL = "manual"


async def get(connection: AsyncConnection, campaign_id: str) -> Pacing:
    """The settings with their last changes. Raises NotFound."""
    return await _pacing(connection, await row_of(connection, campaign_id))


async def change(connection: AsyncConnection, who: Person, campaign_id: str, wanted: ChangePacing) -> Pacing:
    """Writes what is sent with who and why, and tells the engines. Raises NotFound, Conflict."""
    held = (
        await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id).with_for_update())
    ).first()
    if held is None:
        raise _unknown()
    if held.state == "stopped":
        raise Conflict("campaign_stopped", "A stopped campaign is not changed any more.")
    values = wanted.model_dump(exclude_unset=True, exclude={"why"}, mode="json")
    before = {name: held._mapping[name] for name in values}
    if values and before != values:
        await connection.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(values))
        row = {"id": new_id(), "campaign_id": campaign_id, "changed_by": who.id, "why": wanted.why}
        await connection.execute(insert(pacing_changes).values(**row, before=before, after=values))
        await events.note_campaign(connection, campaign_id)
        await connection.execute(select(func.pg_notify(CHANNEL, campaign_id)))
    return await get(connection, campaign_id)


async def row_of(connection: AsyncConnection, campaign_id: str) -> Row[Any]:
    """The campaign's row. Raises NotFound."""
    row = (await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id))).first()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("unknown_campaign", "There is no campaign with this id.")


async def _pacing(connection: AsyncConnection, row: Row[Any]) -> Pacing:
    query = (
        select(pacing_changes, users.c.name)
        .join(users, users.c.id == pacing_changes.c.changed_by)
        .where(pacing_changes.c.campaign_id == row.id)
        .order_by(pacing_changes.c.id.desc())
        .limit(SHOWN)
    )
    changes = [_changed(each) for each in await connection.execute(query)]
    return Pacing(campaign_id=row.id, **{name: row._mapping[name] for name in SETTINGS}, changes=changes)


def _changed(row: Row[Any]) -> PacingChange:
    told = {name: value for name, value in row._mapping.items() if name != "campaign_id"}
    return PacingChange(**told)


# -- figures -------------------------------------------------------------------------------------------------------


async def stats(connection: AsyncConnection, here: Context, campaign_id: str) -> Stats:
    """Live figures. Raises NotFound."""
    row, now = await row_of(connection, campaign_id), datetime.now(UTC)
    today, day, month = [
        await _rate(connection, campaign_id, since)
        for since in (day_start(now, here.zone), now - timedelta(days=1), now - timedelta(days=30))
    ]
    return Stats(
        campaign_id=campaign_id,
        mode=row.mode,
        state=row.state,
        abandon_limit=row.abandon_limit,
        now=as_standing(await standing(connection, campaign_id)),
        today=today,
        hours_24=day,
        days_30=month,
    )


async def standing(connection: AsyncConnection, campaign_id: str) -> dict[str, Any] | None:
    """What the dialers that are alive tell of it, together, with `at`; None = none does."""
    fresh = func.clock_timestamp() - timedelta(seconds=rules.FRESH_S)
    query = select(pacing_now).where(pacing_now.c.campaign_id == campaign_id, pacing_now.c.at > fresh)
    told = (await connection.execute(query)).all()
    found = rules.together(row.body for row in told)
    return None if found is None else {**found, "at": max(row.at for row in told)}


def as_standing(told: dict[str, Any] | None) -> Standing | None:
    """The same as an answer."""
    return None if told is None else Standing(**{name: told[name] for name in Standing.model_fields if name in told})


async def _rate(connection: AsyncConnection, campaign_id: str, since: datetime) -> Rate:
    row = (await connection.execute(_counts(campaign_id, since))).one()
    count = rules.Count(row.answered, row.connected, row.abandoned)
    return Rate(
        answered=count.answered,
        connected=count.connected,
        abandoned=count.abandoned,
        tsr=rules.tsr(count),
        ofcom=rules.ofcom(count),
    )


def _counts(campaign_id: str, since: datetime) -> Select[Any]:
    calls = attempts.c
    known = calls.connected_at.is_not(None) | calls.ended_at.is_not(None)
    return (
        select(func.count().label("answered"), func.count(calls.connected_at).label("connected"))
        .add_columns(func.count().filter(calls.abandoned).label("abandoned"))
        .where(calls.id >= lowest_id(since), calls.opened_at >= since, calls.campaign_id == campaign_id)
        .where(calls.answered_at.is_not(None), known, calls.mode != MANUAL)
    )


async def moments(connection: AsyncConnection, campaign_id: str, minutes: int) -> Moments:
    """The last minutes, for plots. Raises NotFound."""
    await row_of(connection, campaign_id)
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    query = (
        select(pacing_moments)
        .where(pacing_moments.c.campaign_id == campaign_id, pacing_moments.c.at > since)
        .order_by(pacing_moments.c.at)
    )
    rows = (await connection.execute(query)).all()
    return Moments(items=[_moment(row) for row in _thinned(rows)])


def _thinned(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    step = -(-len(rows) // MOST_MOMENTS) or 1
    return rows[::step]


def _moment(row: Row[Any]) -> Moment:
    return Moment(at=row.at, **{name: row.body[name] for name in Moment.model_fields if name in row.body})
