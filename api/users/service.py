"""People: read from their accounts; their sessions ended by those who may."""

from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import sessions
from api.auth.sessions import Person, live
from api.auth.tables import auth_sessions, user_roles, users
from api.errors import NotFound
from api.paging import page_of
from api.users.schemas import User

log = structlog.get_logger()

_ROLES = select(func.array_agg(user_roles.c.role)).where(user_roles.c.user_id == users.c.id).scalar_subquery()
_SAME = ("id", "username", "name", "extension", "active", "created_at")


async def list_users(
    connection: AsyncConnection, idle: timedelta, cursor: str | None, limit: int
) -> tuple[list[User], str | None]:
    """One page of all accounts, newest first. Raises Invalid on a bad cursor."""
    rows, following = await page_of(connection, accounts(idle), users.c.id, cursor, limit)
    return [_user(row) for row in rows], following


async def end_sessions(connection: AsyncConnection, who: Person, user_id: str) -> None:
    """Logs a person out everywhere. Raises NotFound when there is no such person."""
    known = select(users.c.id).where(users.c.id == user_id)
    if (await connection.execute(known)).first() is None:
        raise NotFound("unknown_user", "There is no account with this id.")
    ended = await sessions.revoke(connection, user_id)
    log.info("sessions ended", action="sessions_ended", user=user_id, by=who.id, count=ended)


class Account(NamedTuple):
    """An account as the command line shows it."""

    username: str
    name: str
    roles: list[str]
    extension: str | None
    active: bool


async def all_accounts(connection: AsyncConnection) -> list[Account]:
    """Every account, by user name."""
    wanted = (users.c.username, users.c.name, _ROLES.label("roles"), users.c.extension, users.c.active)
    rows = await connection.execute(select(*wanted).order_by(users.c.username))
    return [Account(row.username, row.name, sorted(row.roles or ()), row.extension, row.active) for row in rows]


def accounts(idle: timedelta) -> Select[Any]:
    """The query for all accounts, with their roles and live sessions."""
    mine = select(func.count().label("count"), func.max(auth_sessions.c.last_seen_at).label("seen"))
    alive = mine.where(auth_sessions.c.user_id == users.c.id, live(idle)).lateral("alive")
    wanted = select(*(users.c[name] for name in _SAME), _ROLES.label("roles"), alive.c.count, alive.c.seen)
    return wanted.select_from(users.join(alive, true()))


def _user(row: Row[Any]) -> User:
    values = {name: row._mapping[name] for name in _SAME}
    return User(roles=sorted(row.roles or ()), sessions=row._mapping["count"], last_seen_at=row.seen, **values)
