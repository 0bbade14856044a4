"""Login: an unknown user and a wrong password take the same way and end the same."""

from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth import sessions, tries
from api.auth.accounts import USERNAME
from api.auth.passwords import verify_password
from api.auth.rules import address_key, name_key
from api.auth.schemas import OwnSession
from api.auth.sessions import AGENT_MAX, Client, Issued, Session
from api.auth.tables import auth_sessions, users
from api.context import Context
from api.errors import LockedOut, NotFound, Unauthenticated
from api.paging import page_of

log = structlog.get_logger()


class _Account(NamedTuple):
    id: str | None = None
    password_hash: str | None = None


async def log_in(engine: AsyncEngine, username: str, password: str, client: Client) -> Issued:
    """A new session. Raises Unauthenticated, LockedOut. No connection is held while the hash is worked out.

    What was typed as a name is never logged: it may be a password.
    """
    account = await _begin(engine, username, client)
    fits = await verify_password(password, account.password_hash)
    async with engine.begin() as connection:
        if account.id is None or not fits:
            await tries.count_failure(connection, address_key(client.address), datetime.now(UTC))
        else:
            await tries.succeeded(connection, name_key(username))
            return await sessions.issue(connection, account.id, client)
    log.info("login failed", action="login_failed")
    raise Unauthenticated("The user name or the password is wrong.")


async def own_sessions(
    connection: AsyncConnection, here: Context, mine: Session, cursor: str | None, limit: int
) -> tuple[list[OwnSession], str | None]:
    """One page of the asker's live sessions, newest first. Raises Invalid on a bad cursor."""
    query = sessions.of_person(mine.person.id, here.session_idle)
    rows, following = await page_of(connection, query, auth_sessions.c.id, cursor, limit)
    names = ("id", "created_at", "last_seen_at", "expires_at", "address", "agent")
    items = [OwnSession(current=row.id == mine.id, **{name: row._mapping[name] for name in names}) for row in rows]
    return items, following


async def end_session(connection: AsyncConnection, mine: Session, session_id: str) -> None:
    """Ends one of the asker's own sessions. Raises NotFound."""
    if not await sessions.revoke(connection, mine.person.id, session_id):
        raise NotFound("unknown_session", "You have no live session with this id.")


async def _begin(engine: AsyncEngine, username: str, client: Client) -> _Account:
    """Counts the try and looks up the account of this name; an empty one when there is none. Raises LockedOut."""
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        wait = await tries.reserve(connection, name_key(username), address_key(client.address), now)
        if wait is None:
            name = username if USERNAME.fullmatch(username) else ""  # no account has this name
            query = select(users.c.id, users.c.password_hash).where(users.c.username == name, users.c.active)
            found = (await connection.execute(query)).first()
            return _Account(*found) if found else _Account()
    log.info("locked out", action="login_locked_out")
    raise LockedOut(wait - now)


def client_of(address: str | None, agent: str | None) -> Client:
    """Where a login comes from, as far as it is kept."""
    printable = "".join(char for char in agent or "" if char.isprintable())
    return Client(address, printable[:AGENT_MAX] or None)
