"""Teams as the number ledger needs them: locked, so that two orders cannot both use the last of a quota."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.errors import Conflict, Forbidden
from api.numbers.ledger_rules import commands_leaders
from api.teams.tables import team_members, teams
from dialer.core.holding import PERSONS
from dialer.store.tables import leads


@dataclass(frozen=True)
class Team:
    """A leader and his agents; he may sell himself, so he is one of the people."""

    id: str
    leader_id: str
    quota: int
    people: tuple[str, ...]


async def led_by(connection: AsyncConnection, who: Person, named: UUID | None) -> Team:
    """The person's own team, or for a supervisor the named leader's; locked. Raises Forbidden, Conflict `no_team`."""
    leader_id = str(named) if named is not None else who.id
    if leader_id != who.id and not commands_leaders(who.roles):
        raise Forbidden
    return await _locked(connection, leader_id)


async def of_agent(connection: AsyncConnection, agent_id: str) -> Team:
    """The team whose agent the person is, or whose leader; locked. Raises Conflict `no_team`."""
    mine = select(teams.c.leader_id).join(team_members, team_members.c.team_id == teams.c.id)
    found = (await connection.execute(mine.where(team_members.c.agent_id == agent_id))).scalar_one_or_none()
    return await _locked(connection, found or agent_id)


async def both(connection: AsyncConnection, giver: str, taker: str) -> tuple[Team, Team]:
    """The teams of two leaders, locked in one order whoever asks. Raises Conflict `no_team`."""
    found = {leader_id: await _locked(connection, leader_id) for leader_id in sorted((giver, taker))}
    return found[giver], found[taker]


async def open_numbers(connection: AsyncConnection, team: Team) -> int:
    """How many numbers the leader and his agents have now."""
    holders = tuple(holder.value for holder in PERSONS)
    query = select(func.count()).where(leads.c.holder.in_(holders), leads.c.holder_id.in_(team.people))
    count: int = (await connection.execute(query)).scalar_one()
    return count


async def people_of(connection: AsyncConnection, leader_id: str) -> list[str]:
    """The leader and his agents; only himself where he leads nobody."""
    mine = select(team_members.c.agent_id).join(teams, teams.c.id == team_members.c.team_id)
    found = await connection.execute(mine.where(teams.c.leader_id == leader_id))
    return sorted({leader_id, *found.scalars()})


async def _locked(connection: AsyncConnection, leader_id: str) -> Team:
    query = select(teams).where(teams.c.leader_id == leader_id).with_for_update()
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Conflict("no_team", "There is no team that this person leads, or is in.")
    return Team(row.id, row.leader_id, row.quota, tuple(await people_of(connection, leader_id)))
