"""Makes and changes accounts. There are no default ones."""

import re
from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.passwords import hash_password
from api.auth.roles import Role
from api.auth.tables import auth_sessions, user_roles, users
from api.ids import new_id
from dialer.store.tables import phones

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PASSWORD_MIN, PASSWORD_MAX = 8, 256


class AccountReason(StrEnum):
    """Why an account was not made."""

    BAD_USERNAME = "bad_username"
    BAD_PASSWORD = "bad_password"  # noqa: S105 - the name of a reason  # nosec B105
    NO_ROLE = "no_role"
    USERNAME_TAKEN = "username_taken"
    UNKNOWN_EXTENSION = "unknown_extension"
    EXTENSION_TAKEN = "extension_taken"


SENTENCES = {
    AccountReason.BAD_USERNAME: "A user name is 1 to 64 of a-z, 0-9, dot, dash, underscore; a letter or digit first.",
    AccountReason.BAD_PASSWORD: f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.",
    AccountReason.NO_ROLE: "An account needs at least one role.",
    AccountReason.USERNAME_TAKEN: "This user name is taken.",
    AccountReason.UNKNOWN_EXTENSION: "No phone with this extension is set up.",
    AccountReason.EXTENSION_TAKEN: "Another account has this extension.",
}


class AccountRefused(Exception):
    """The account was not made; nothing was changed."""

    def __init__(self, reason: AccountReason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason


async def create_user(
    connection: AsyncConnection,
    username: str,
    name: str,
    password: str,
    roles: Collection[Role],
    extension: str | None = None,
) -> str:
    """Writes an account and its roles in the caller's transaction; returns its id. Raises AccountRefused."""
    reason = _check_words(username, password, roles) or await _check_rows(connection, username, extension)
    if reason is not None:
        raise AccountRefused(reason)
    user = {
        "id": new_id(),
        "username": username,
        "name": name,
        "password_hash": await hash_password(password),
        "extension": extension,
    }
    await connection.execute(insert(users).values(user))
    await connection.execute(insert(user_roles), [{"user_id": user["id"], "role": Role(r).value} for r in set(roles)])
    return str(user["id"])


async def set_password(connection: AsyncConnection, user_id: str, password: str) -> None:
    """Replaces a password and ends all the user's sessions. Raises AccountRefused."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise AccountRefused(AccountReason.BAD_PASSWORD)
    hashed = await hash_password(password)
    await connection.execute(update(users).where(users.c.id == user_id).values(password_hash=hashed))
    await connection.execute(delete(auth_sessions).where(auth_sessions.c.user_id == user_id))


async def find_user(connection: AsyncConnection, username: str) -> str | None:
    """The id of the account of that name."""
    found = await connection.execute(select(users.c.id).where(users.c.username == username))
    return found.scalar_one_or_none()


def _check_words(username: str, password: str, roles: Collection[Role]) -> AccountReason | None:
    if not USERNAME.fullmatch(username):
        return AccountReason.BAD_USERNAME
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return AccountReason.BAD_PASSWORD
    return None if roles else AccountReason.NO_ROLE


async def _check_rows(connection: AsyncConnection, username: str, extension: str | None) -> AccountReason | None:
    if await find_user(connection, username) is not None:
        return AccountReason.USERNAME_TAKEN
    return None if extension is None else await _check_extension(connection, extension)


async def _check_extension(connection: AsyncConnection, extension: str) -> AccountReason | None:
    query = select(phones.c.extension, users.c.id).outerjoin(users, users.c.extension == phones.c.extension)
    phone = (await connection.execute(query.where(phones.c.extension == extension))).first()
    if phone is None:
        return AccountReason.UNKNOWN_EXTENSION
    return None if phone.id is None else AccountReason.EXTENSION_TAKEN
