"""Pacing on real Asterisk: lines ahead of the agents, a change in force at once, and causes told as they are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select

from api.auth.sessions import Person
from api.auth.tables import users
from api.ids import new_id
from api.pacing import rules, service
from api.pacing.schemas import ChangePacing
from dialer.store.tables import attempts, leads, pacing_changes
from tests.telephony.stack import eventually
from tests.telephony.world import World

RINGS = "19"
AT_ONCE_S = 2.0  # a second, and the slowness of a loaded machine


async def operator(world: World) -> Person:
    user_id = new_id()
    async with world.engine.begin() as connection:
        row = {"id": user_id, "username": user_id, "name": "op", "password_hash": "-"}
        await connection.execute(insert(users).values(row))
    return Person(id=user_id, username=user_id, name="op", extension=None, roles=frozenset())


async def change(world: World, who: Person, body: ChangePacing) -> datetime:
    """As `PATCH` does it; when it was committed."""
    async with world.engine.begin() as connection:
        await service.change(connection, who, world.campaign_id, body)
    query = select(pacing_changes.c.at).where(pacing_changes.c.campaign_id == world.campaign_id)
    at: datetime = (await world._rows(query.order_by(pacing_changes.c.id.desc())))[0].at
    return at


async def causes(world: World) -> tuple[int, Collection[str]]:
    """Lines in the air and every cause of pacing that is told now."""
    due = select(func.count()).where(leads.c.campaign_id == world.campaign_id, leads.c.state == "new")
    async with world.engine.connect() as connection:
        told = await service.standing(connection, world.campaign_id)
        count = (await connection.execute(due)).scalar_one()
    return (told or {}).get("lines", 0), [each.reason for each in rules.causes(told, count, "running")]


async def until(world: World, lines: int, *reasons: str) -> None:
    async def look() -> bool:
        return await causes(world) == (lines, list(reasons))

    await eventually(look, f"{lines} lines because of {reasons}", 20)


async def test_a_change_is_in_force_at_once_and_every_cause_is_told(world: World) -> None:
    await world.make_campaign("ratio", ring_s=100, lines_per_agent=1.0)
    who = await operator(world)
    agents = [await world.add_agent() for _ in range(2)]
    for _ in range(7):
        await world.add_lead(RINGS)
    await until(world, 2, "lines_per_agent")
    at = await change(world, who, ChangePacing(lines_per_agent=3.0, most_lines=5, why="more"))
    await until(world, 5, "most_lines")
    third = select(attempts.c.opened_at).where(attempts.c.campaign_id == world.campaign_id)
    opened = (await world._rows(third.order_by(attempts.c.opened_at)))[2].opened_at
    assert (opened - at).total_seconds() < AT_ONCE_S
    await change(world, who, ChangePacing(most_lines=None, why="room"))
    await until(world, 6, "lines_per_agent")
    await world.wish("session.state", {"agent_id": agents[0], "state": "paused", "reason": "lunch"})
    await world.wish("session.state", {"agent_id": agents[1], "state": "paused", "reason": "lunch"})
    # everybody has gone: what rang fifteen seconds is given up
    await until(world, 0, "no_agent_ready", "all_paused")
    ended = await world._rows(select(attempts.c.end_reason).where(attempts.c.campaign_id == world.campaign_id))
    assert {row.end_reason for row in ended} == {"agents_gone"}
    await world.wish("session.state", {"agent_id": agents[0], "state": "ready"})
    await until(world, 1, "nothing_due")
