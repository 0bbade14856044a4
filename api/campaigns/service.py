"""Campaigns in the database; every change wakes the engines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.campaigns.rules import Action, State, after
from api.campaigns.schemas import Campaign, ChangeCampaign, NewCampaign
from api.errors import Conflict, Invalid, NotFound
from api.ids import new_id
from api.paging import page_of
from dialer.store import events
from dialer.store.tables import campaigns

CHANNEL = "tianzhou_campaigns"


async def list_campaigns(
    connection: AsyncConnection, cursor: str | None, limit: int
) -> tuple[list[Campaign], str | None]:
    """One page, newest first. Raises Invalid on a bad cursor."""
    rows, following = await page_of(connection, select(campaigns), campaigns.c.id, cursor, limit)
    return _all(rows), following


async def get_campaign(connection: AsyncConnection, campaign_id: str) -> Campaign:
    """One campaign. Raises NotFound."""
    row = (await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id))).first()
    if row is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    return _one(row)


async def create_campaign(connection: AsyncConnection, new: NewCampaign, zone: str) -> Campaign:
    """Writes a draft. Raises Conflict when the name is taken."""
    values = {**new.model_dump(), "mode": new.mode.value, "id": new_id(), "zone": zone}
    made = insert(campaigns).values(values).on_conflict_do_nothing().returning(*campaigns.c)
    row = (await connection.execute(made)).first()
    if row is None:
        raise Conflict("name_taken", "Another campaign has this name.")
    await events.note_campaign(connection, row.id)
    return _one(row)


async def change_campaign(connection: AsyncConnection, campaign_id: str, change: ChangeCampaign) -> Campaign:
    """Writes what is sent and tells the engines. Raises NotFound, Conflict, Invalid."""
    held = await _held(connection, campaign_id)
    if held.state == State.STOPPED:
        raise Conflict("campaign_stopped", "A stopped campaign is not changed any more.")
    values = change.model_dump(exclude_unset=True)
    if values.get("opens_at", held.opens_at) >= values.get("closes_at", held.closes_at):
        raise Invalid("bad_hours", "opens_at must be before closes_at", "body")
    return await _write(connection, campaign_id, values) if values else _one(held)


async def order(connection: AsyncConnection, campaign_id: str, action: Action) -> Campaign:
    """Starts, pauses or stops a campaign and tells the engines. Raises NotFound, Conflict."""
    held = await _held(connection, campaign_id)
    following = after(State(held.state), action)
    if following is None:
        raise Conflict("wrong_transition", f"A campaign that is {held.state} cannot {action.value}.")
    return await _write(connection, campaign_id, {"state": following.value})


async def _held(connection: AsyncConnection, campaign_id: str) -> Row[Any]:
    """The row, kept from changing until the transaction ends. Raises NotFound."""
    row = (await connection.execute(select(campaigns).where(campaigns.c.id == campaign_id).with_for_update())).first()
    if row is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    return row


async def _write(connection: AsyncConnection, campaign_id: str, values: dict[str, Any]) -> Campaign:
    changed = update(campaigns).where(campaigns.c.id == campaign_id).values(values).returning(*campaigns.c)
    try:
        row = (await connection.execute(changed)).one()
    except IntegrityError as taken:
        raise Conflict("name_taken", "Another campaign has this name.") from taken
    await events.note_campaign(connection, campaign_id)
    await connection.execute(select(func.pg_notify(CHANNEL, campaign_id)))
    return _one(row)


def _one(row: Row[Any]) -> Campaign:
    return Campaign(**{name: row._mapping[name] for name in Campaign.model_fields})  # pacing has its own routes


def _all(rows: Sequence[Row[Any]]) -> list[Campaign]:
    return [_one(row) for row in rows]
