"""Campaigns in the database; every change wakes the engines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.campaigns.rules import Action, State, after
from api.campaigns.schemas import Campaign, NewCampaign
from api.errors import Conflict, NotFound
from api.ids import new_id
from api.paging import page_of
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
    return _one(row)


async def order(connection: AsyncConnection, campaign_id: str, action: Action) -> Campaign:
    """Starts, pauses or stops a campaign and tells the engines. Raises NotFound, Conflict."""
    mine = campaigns.c.id == campaign_id
    held = (await connection.execute(select(campaigns.c.state).where(mine).with_for_update())).scalar_one_or_none()
    if held is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    following = after(State(held), action)
    if following is None:
        raise Conflict("wrong_transition", f"A campaign that is {held} cannot {action.value}.")
    changed = update(campaigns).where(mine).values(state=following.value).returning(*campaigns.c)
    row = (await connection.execute(changed)).one()
    await connection.execute(select(func.pg_notify(CHANNEL, campaign_id)))
    return _one(row)


def _one(row: Row[Any]) -> Campaign:
    return Campaign(**row._mapping)


def _all(rows: Sequence[Row[Any]]) -> list[Campaign]:
    return [_one(row) for row in rows]
