"""The do-not-call list: what holds for a number, and what a call adds to it."""

from datetime import datetime
from typing import Any

import uuid_utils
from sqlalchemy import ColumnElement, Table, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.gate_tables import dnc, dnc_prefixes


def holding(number: Any, campaign_id: Any) -> list[tuple[Table, ColumnElement[bool]]]:
    """Both tables, each with the condition of the rows that hold for a number in a campaign.

    The country's and the centre's entries hold for every campaign.
    """
    prefixed = func.starts_with(number, dnc_prefixes.c.prefix)
    matching = ((dnc, dnc.c.number == number), (dnc_prefixes, prefixed))
    return [(table, matches & _holds(table, campaign_id)) for table, matches in matching]


def _holds(table: Table, campaign_id: Any) -> ColumnElement[bool]:
    ours = or_(table.c.campaign_id.is_(None), table.c.campaign_id == campaign_id)
    return table.c.withdrawn_at.is_(None) & ours


async def refuse(connection: AsyncConnection, number: str, call_id: str, reason: str, at: datetime) -> bool:
    """A person said in a call: never again, whoever calls. False = it holds already, and was said once more."""
    entry = {"number": number, "reason": reason, "call_id": call_id, "created_at": at}
    kept = insert(dnc).values(id=str(uuid_utils.uuid7()), **entry).on_conflict_do_nothing().returning(dnc.c.id)
    if (await connection.execute(kept)).first() is not None:
        return True
    of_centre = (dnc.c.number == number, dnc.c.scope == "centre", dnc.c.withdrawn_at.is_(None))
    await connection.execute(update(dnc).where(*of_centre).values(said_at=at, asked=True))
    return False


async def entries(connection: AsyncConnection, number: str, campaign_id: str) -> list[Any]:
    """The rows that hold for the number in the campaign."""
    found: list[Any] = []
    for table, holds in holding(number, campaign_id):
        found += (await connection.execute(select(table).where(holds))).all()
    return found
