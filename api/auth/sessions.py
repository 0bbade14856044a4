"""Sessions: opaque random tokens of which we keep only the SHA-256, so a copy of the database logs nobody in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.roles import Role
from api.auth.tables import auth_sessions, user_roles, users

LIFETIME = timedelta(hours=12)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Person:
    """Who is asking."""

    id: str
    username: str
    name: str
    roles: frozenset[Role]
    extension: str | None

    def has_any(self, *roles: Role) -> bool:
        """Whether the person holds one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Issued:
    """A fresh token, shown this once."""

    token: str
    expires_at: datetime


async def issue(connection: AsyncConnection, user_id: str) -> Issued:
    """Opens a session of LIFETIME for the user."""
    issued = Issued(secrets.token_urlsafe(TOKEN_BYTES), datetime.now(UTC) + LIFETIME)
    row = {"token_hash": _digest(issued.token), "user_id": user_id, "expires_at": issued.expires_at}
    await connection.execute(insert(auth_sessions).values(row))
    return issued


async def holder(connection: AsyncConnection, token: str) -> Person | None:
    """Who holds the token: None when it is unknown, expired, revoked, or its account is closed."""
    query = (
        select(users.c.id, users.c.username, users.c.name, users.c.extension, func.array_agg(user_roles.c.role))
        .join(auth_sessions, auth_sessions.c.user_id == users.c.id)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .where(
            auth_sessions.c.token_hash == _digest(token),
            auth_sessions.c.revoked_at.is_(None),
            auth_sessions.c.expires_at > func.now(),
            users.c.active,
        )
        .group_by(users.c.id)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    user_id, username, name, extension, roles = row
    return Person(user_id, username, name, frozenset(map(Role, roles)), extension)


async def revoke(connection: AsyncConnection, token: str) -> None:
    """Ends the session of this token."""
    mine = auth_sessions.c.token_hash == _digest(token)
    await connection.execute(update(auth_sessions).where(mine).values(revoked_at=func.now()))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
