"""Who may watch, asked again while the stream is open."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.roles import Role
from api.auth.sessions import SEEN_EVERY, live
from api.auth.tables import auth_sessions, user_roles, users
from api.floor.rules import WATCHING


def may_watch(roles: Collection[Role], everything: bool) -> bool:
    """Whether these roles may see everything, or an agent's own changes."""
    return not WATCHING.isdisjoint(roles) if everything else Role.AGENT in roles


async def roles_of_live(
    connection: AsyncConnection, session_ids: Collection[str], idle: timedelta
) -> dict[str, frozenset[Role]]:
    """The roles of the people behind those of the sessions that are still live; one query for all."""
    query = (
        select(auth_sessions.c.id, func.array_agg(user_roles.c.role).label("roles"))
        .join(users, users.c.id == auth_sessions.c.user_id)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .where(auth_sessions.c.id.in_(session_ids), live(idle), users.c.active)
        .group_by(auth_sessions.c.id)
    )
    return {row.id: frozenset(map(Role, row.roles)) for row in await connection.execute(query)}


async def keep_in_use(connection: AsyncConnection, session_ids: Collection[str]) -> None:
    """Watching is use: a screen on the wall is not logged out for being idle."""
    stale = auth_sessions.c.last_seen_at < func.now() - SEEN_EVERY
    mine = update(auth_sessions).where(auth_sessions.c.id.in_(session_ids), stale)
    await connection.execute(mine.values(last_seen_at=func.now()))
