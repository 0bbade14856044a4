"""What is remembered of failed logins: a row each for the typed name and for the client's address.

Nothing here tells a known name from an unknown one. A row is locked while it is looked at, and a try with a name is
counted before its password is looked at: fifty guesses at once are fifty guesses.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rules import BY_ADDRESS, BY_NAME, Limit, Tries, failed
from api.auth.tables import login_tries

FORGOTTEN_AFTER = timedelta(days=1)


async def reserve(connection: AsyncConnection, name: bytes, address: bytes, now: datetime) -> datetime | None:
    """Counts a try with this name as failed, to be taken back by `succeeded`; or says until when there is none."""
    of_address = await _read(connection, address)
    if of_address is not None and of_address.wait_until(now) is not None:
        return of_address.blocked_until
    tries = await _lock(connection, name, now)
    wait = tries.wait_until(now)
    if wait is None:
        await _write(connection, name, failed(tries, BY_NAME, now))
    return wait


async def count_failure(connection: AsyncConnection, address: bytes, now: datetime) -> None:
    """Counts a wrong password against the address; the name's is counted already."""
    await _count(connection, address, BY_ADDRESS, now)
    old = login_tries.c.since < now - FORGOTTEN_AFTER
    await connection.execute(delete(login_tries).where(old, func.coalesce(login_tries.c.blocked_until, now) <= now))


async def succeeded(connection: AsyncConnection, name: bytes) -> None:
    """Forgets the name's failures. Those of the address stay: one's own account must not clear them."""
    await connection.execute(delete(login_tries).where(login_tries.c.key == name))


async def _count(connection: AsyncConnection, key: bytes, limit: Limit, now: datetime) -> None:
    await _write(connection, key, failed(await _lock(connection, key, now), limit, now))


async def _lock(connection: AsyncConnection, key: bytes, now: datetime) -> Tries:
    """The row of the key, made when there is none, locked until the transaction ends."""
    await connection.execute(insert(login_tries).values(key=key, since=now).on_conflict_do_nothing())
    return await _read(connection, key, locked=True) or Tries(0, now)


async def _read(connection: AsyncConnection, key: bytes, locked: bool = False) -> Tries | None:
    columns = (login_tries.c.failures, login_tries.c.since, login_tries.c.blocked_until)
    query = select(*columns).where(login_tries.c.key == key)
    row = (await connection.execute(query.with_for_update() if locked else query)).first()
    return None if row is None else Tries(row.failures, row.since, row.blocked_until)


async def _write(connection: AsyncConnection, key: bytes, tries: Tries) -> None:
    values = {"failures": tries.failures, "since": tries.since, "blocked_until": tries.blocked_until}
    await connection.execute(update(login_tries).where(login_tries.c.key == key).values(values))
