"""Teams in the database. Who holds numbers stays in his team until they are taken back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import user_roles, users
from api.errors import Conflict, NotFound
from api.ids import new_id
from api.paging import page_of
from api.teams.schemas import ChangeTeam, Mate, Members, NewTeam, Seller, Team
from api.teams.tables import team_members, teams
from dialer.store.tables import leads

OVERSEEING = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR, Role.HR_SUPERVISOR})


async def list_teams(
    connection: AsyncConnection, who: Person, cursor: str | None, limit: int
) -> tuple[list[Team], str | None]:
    """One page, newest first; a leader sees his own. Raises Invalid on a bad cursor."""
    query = _teams()
    if OVERSEEING.isdisjoint(who.roles):
        query = query.where(teams.c.leader_id == who.id)
    rows, following = await page_of(connection, query, teams.c.id, cursor, limit)
    mates = await _mates(connection, [row.id for row in rows])
    return [_team(row, mates) for row in rows], following


async def create_team(connection: AsyncConnection, new: NewTeam) -> Team:
    """Makes an empty team. Raises NotFound, Conflict."""
    await _check_leader(connection, str(new.leader_id))
    team_id = new_id()
    row = {"id": team_id, "name": new.name, "leader_id": str(new.leader_id), "quota": new.quota}
    try:
        await connection.execute(insert(teams).values(row))
    except IntegrityError as taken:
        raise _taken(taken) from taken
    return await _get(connection, team_id)


async def change_team(connection: AsyncConnection, team_id: str, change: ChangeTeam) -> Team:
    """Writes what is sent. Raises NotFound, Conflict when the leader before still has numbers, or a name is taken."""
    held = await _held(connection, team_id)
    values: dict[str, Any] = change.model_dump(exclude_unset=True)
    if change.leader_id is not None:
        values["leader_id"] = str(change.leader_id)
        await _check_leader(connection, values["leader_id"])
        if values["leader_id"] != held.leader_id:
            await _check_nothing_open(connection, [held.leader_id])
    try:
        if values:
            await connection.execute(update(teams).where(teams.c.id == team_id).values(values))
    except IntegrityError as taken:
        raise _taken(taken) from taken
    return await _get(connection, team_id)


async def set_members(connection: AsyncConnection, team_id: str, members: Members) -> Team:
    """Makes these the team's agents. Raises NotFound; Conflict when one who leaves a team still has numbers."""
    await _held(connection, team_id)
    wanted = {str(agent_id) for agent_id in members.agent_ids}
    await _check_sellers(connection, wanted)
    now_in = await connection.execute(select(team_members).with_for_update())
    moved = {
        row.agent_id for row in now_in if (row.team_id == team_id) != (row.agent_id in wanted)
    }  # out of this team, or out of another into this one
    await _check_nothing_open(connection, sorted(moved))
    gone = (team_members.c.team_id == team_id) | team_members.c.agent_id.in_(wanted)
    await connection.execute(delete(team_members).where(gone))
    if wanted:
        rows = [{"agent_id": agent_id, "team_id": team_id} for agent_id in sorted(wanted)]
        await connection.execute(insert(team_members), rows)
    return await _get(connection, team_id)


async def list_sellers(
    connection: AsyncConnection, cursor: str | None, limit: int
) -> tuple[list[Seller], str | None]:
    """Everybody who sells or leads, newest first, and whose agent each is. Raises Invalid on a bad cursor."""
    held = select(user_roles.c.role).where(user_roles.c.user_id == users.c.id)
    leads_one = held.where(user_roles.c.role == Role.TEAM_LEADER.value).exists().label("may_lead")
    sells = held.where(user_roles.c.role.in_((Role.AGENT.value, Role.TEAM_LEADER.value))).exists()
    query = (
        select(users.c.id, users.c.username, users.c.name, leads_one, team_members.c.team_id)
        .outerjoin(team_members, team_members.c.agent_id == users.c.id)
        .where(users.c.active, sells)
    )
    rows, following = await page_of(connection, query, users.c.id, cursor, limit)
    same = ("username", "name", "may_lead", "team_id")
    return [Seller(user_id=row.id, **{name: row._mapping[name] for name in same}) for row in rows], following


async def _held(connection: AsyncConnection, team_id: str) -> Row[Any]:
    row = (await connection.execute(select(teams).where(teams.c.id == team_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("unknown_team", "There is no team with this id.")
    return row


async def _get(connection: AsyncConnection, team_id: str) -> Team:
    row = (await connection.execute(_teams().where(teams.c.id == team_id))).one()
    return _team(row, await _mates(connection, [team_id]))


async def _check_leader(connection: AsyncConnection, user_id: str) -> None:
    role = (user_roles.c.user_id == users.c.id) & (user_roles.c.role == Role.TEAM_LEADER.value)
    known = select(users.c.id).join(user_roles, role).where(users.c.id == user_id, users.c.active)
    if (await connection.execute(known)).first() is None:
        raise NotFound("unknown_user", "There is no team leader with this id.")


async def _check_sellers(connection: AsyncConnection, wanted: set[str]) -> None:
    sells = user_roles.c.role.in_((Role.AGENT.value, Role.TEAM_LEADER.value))
    known = select(users.c.id).join(user_roles, user_roles.c.user_id == users.c.id)
    found = await connection.execute(known.where(users.c.id.in_(wanted), users.c.active, sells))
    if set(found.scalars()) != wanted:
        raise NotFound("unknown_user", "One of these ids is no agent's.")


async def _check_nothing_open(connection: AsyncConnection, people: Sequence[str]) -> None:
    held = (leads.c.holder_id == users.c.id) & users.c.id.in_(people)
    names = select(users.c.name).join(leads, held).distinct().order_by(users.c.name).limit(5)
    found = list((await connection.execute(names)).scalars())
    if found:
        raise Conflict("numbers_open", f"Still with numbers: {', '.join(found)}.")


def _taken(error: IntegrityError) -> Conflict:
    if "leader_id" in str(error.orig):
        return Conflict("leads_already", "This person leads another team.")
    return Conflict("name_taken", "Another team has this name.")


def _teams() -> Select[Any]:
    return select(teams, users.c.name.label("leader_name")).join(users, users.c.id == teams.c.leader_id)


async def _mates(connection: AsyncConnection, team_ids: Sequence[str]) -> dict[str, list[Mate]]:
    query = (
        select(team_members.c.team_id, users.c.id.label("user_id"), users.c.username, users.c.name)
        .join(users, users.c.id == team_members.c.agent_id)
        .where(team_members.c.team_id.in_(team_ids))
        .order_by(users.c.username)
    )
    found: dict[str, list[Mate]] = {team_id: [] for team_id in team_ids}
    for row in await connection.execute(query):
        found[row.team_id].append(Mate(user_id=row.user_id, username=row.username, name=row.name))
    return found


def _team(row: Row[Any], mates: dict[str, list[Mate]]) -> Team:
    return Team(**row._mapping, members=mates[row.id])
