"""Sessions: opaque random tokens of which we keep only the SHA-256, so a copy of the database logs nobody in.

A session ends twelve hours after its login, after a while in which it was not used, or when somebody ends it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.roles import Role
from api.auth.tables import auth_sessions, user_roles, users
from api.ids import new_id

LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=2)  # the default of TIANZHOU_SESSION_IDLE_S
SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=1)
TOKEN_BYTES = 32
AGENT_MAX = 200


@dataclass(frozen=True)
class Person:
    """Who is asking."""

    id: str
    username: str
    name: str
    roles: frozenset[Role]
    extension: str | None


@dataclass(frozen=True)
class Issued:
    """A fresh token, shown this once."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Client:
    """Where a login came from; told to the person who looks at the own sessions."""

    address: str | None = None
    agent: str | None = None


@dataclass(frozen=True)
class Session:
    """A live session and its person."""

    id: str
    person: Person
    expires_at: datetime
    is_stale: bool  # its last use is noted more than SEEN_EVERY ago


async def issue(connection: AsyncConnection, user_id: str, client: Client | None = None) -> Issued:
    """Opens a session of LIFETIME for the user; the user's long ended ones are cleared away."""
    client = client or Client()
    issued = Issued(secrets.token_urlsafe(TOKEN_BYTES), datetime.now(UTC) + LIFETIME)
    row = {
        "id": new_id(),
        "token_hash": _digest(issued.token),
        "user_id": user_id,
        "expires_at": issued.expires_at,
        "address": client.address,
        "agent": client.agent,
    }
    old = and_(auth_sessions.c.user_id == user_id, auth_sessions.c.expires_at < datetime.now(UTC) - KEPT)
    await connection.execute(delete(auth_sessions).where(old))
    await connection.execute(insert(auth_sessions).values(row))
    return issued


async def find(connection: AsyncConnection, token: str, idle: timedelta = IDLE) -> Session | None:
    """The session of the token: None when it is unknown, expired, idle, revoked, or its account is closed."""
    row = (await connection.execute(_by_token(idle), {"sought": _digest(token)})).first()
    return None if row is None else Session(row.session_id, _person(row), row.expires_at, row.is_stale)


async def holder(connection: AsyncConnection, token: str, idle: timedelta = IDLE) -> Person | None:
    """Who holds the token: None when its session is not live."""
    found = await find(connection, token, idle)
    return None if found is None else found.person


def live(idle: timedelta) -> ColumnElement[bool]:
    """The condition for sessions that can be used now."""
    return and_(
        auth_sessions.c.revoked_at.is_(None),
        auth_sessions.c.expires_at > func.now(),
        auth_sessions.c.last_seen_at > func.now() - idle,
    )


async def touch(connection: AsyncConnection, session_id: str) -> None:
    """Notes that the session is in use."""
    mine = auth_sessions.c.id == session_id
    await connection.execute(update(auth_sessions).where(mine).values(last_seen_at=func.now()))


def of_person(user_id: str, idle: timedelta) -> Select[Any]:
    """The query for a person's live sessions."""
    return select(auth_sessions).where(auth_sessions.c.user_id == user_id, live(idle))


async def revoke(connection: AsyncConnection, user_id: str, session_id: str | None = None) -> int:
    """Ends one session of the user, or all; says how many were ended."""
    wanted = [auth_sessions.c.user_id == user_id, auth_sessions.c.revoked_at.is_(None)]
    if session_id is not None:
        wanted.append(auth_sessions.c.id == session_id)
    ended = update(auth_sessions).where(*wanted).values(revoked_at=func.now()).returning(auth_sessions.c.id)
    return len((await connection.execute(ended)).all())


@cache
def _by_token(idle: timedelta) -> Select[Any]:
    """The query of every request, built once."""
    return (
        select(auth_sessions.c.id.label("session_id"), auth_sessions.c.expires_at)
        .add_columns((auth_sessions.c.last_seen_at < func.now() - SEEN_EVERY).label("is_stale"))
        .add_columns(users.c.id, users.c.username, users.c.name, users.c.extension)
        .add_columns(func.array_agg(user_roles.c.role).label("roles"))
        .join(users, users.c.id == auth_sessions.c.user_id)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .where(auth_sessions.c.token_hash == bindparam("sought"), live(idle), users.c.active)
        .group_by(users.c.id, auth_sessions.c.token_hash)
    )


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.username, row.name, frozenset(map(Role, row.roles)), row.extension)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
