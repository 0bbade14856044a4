"""Passwords: argon2id, always in a thread, because one hash takes a tenth of a second."""

import asyncio
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_hasher = PasswordHash((Argon2Hasher(),))


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits; with nothing stored it works as long and says no."""
    fits = await asyncio.to_thread(lambda: _hasher.verify(password, stored or _nobody()))
    return fits and stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this account")
