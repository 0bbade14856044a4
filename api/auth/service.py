"""Login: an unknown user and a wrong password take the same way and end the same."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.accounts import USERNAME
from api.auth.passwords import verify_password
from api.auth.sessions import Issued, issue
from api.auth.tables import users
from api.errors import Unauthenticated


async def log_in(engine: AsyncEngine, username: str, password: str) -> Issued:
    """A new session. Raises Unauthenticated. No connection is held while the hash is worked out."""
    async with engine.connect() as connection:
        name = username if USERNAME.fullmatch(username) else ""  # no account has this name
        query = select(users.c.id, users.c.password_hash).where(users.c.username == name, users.c.active)
        found = (await connection.execute(query)).first()
    fits = await verify_password(password, found.password_hash if found else None)
    if found is None or not fits:
        raise Unauthenticated("The user name or the password is wrong.")
    async with engine.begin() as connection:
        return await issue(connection, found.id)
