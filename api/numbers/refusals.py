"""Numbers that an agent tried to call and may not: told to who leads him (seed L282: no calls that are not work)."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.ids import new_id
from api.numbers.holdings import visible_people
from api.numbers.ledger_rules import sees_all
from api.numbers.ledger_schemas import RefusedNumber
from api.numbers.tables import number_refusals
from api.paging import page_of
from dialer.core.compliance import RefusalReason
from dialer.core.numbers import canonical, mask

REPORTED = frozenset({RefusalReason.NOT_ISSUED.value, RefusalReason.MALFORMED_NUMBER.value})


async def report(
    connection: AsyncConnection, agent_id: str, campaign_id: str | None, typed: str, reason: str
) -> None:
    """Keeps that the agent tried it."""
    row = {"id": new_id(), "agent_id": agent_id, "campaign_id": campaign_id, "reason": reason}
    await connection.execute(insert(number_refusals).values(row | {"number": canonical(typed) or typed}))


async def list_refused(
    connection: AsyncConnection, who: Person, user_id: str | None, cursor: str | None, limit: int
) -> tuple[list[RefusedNumber], str | None]:
    """One page, newest first; a leader sees his team's. Raises Invalid on a bad cursor."""
    query = select(number_refusals, users.c.name.label("agent_name")).join(
        users, users.c.id == number_refusals.c.agent_id
    )
    if not sees_all(who.roles):
        query = query.where(number_refusals.c.agent_id.in_(await visible_people(connection, who)))
    if user_id is not None:
        query = query.where(number_refusals.c.agent_id == user_id)
    rows, following = await page_of(connection, query, number_refusals.c.id, cursor, limit)
    return [RefusedNumber(**dict(row._mapping) | {"number": mask(row.number)}) for row in rows], following
