"""Passwords: argon2id, always in a thread, because one hash takes a tenth of a second and 64 MB."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

_hasher = PasswordHash((Argon2Hasher(),))
_threads = ThreadPoolExecutor(2, "argon2")  # so many logins at once, and no more, whoever knocks


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits; with nothing stored it works as long and says no."""
    fits = await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, stored)
    return fits and stored is not None


def _verify(password: str, stored: str | None) -> bool:
    try:
        return _hasher.verify(password, stored or _nobody())
    except UnknownHashError:  # an account that was given no password yet: nothing fits
        return _hasher.verify(password, _nobody()) and False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this account")
