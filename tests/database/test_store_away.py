"""PostgreSQL that starts, goes or is full is away, not a fault of ours: the dialer waits for it."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.errors import StoreAway
from dialer.store import roster
from dialer.store.postgres import PostgresStore


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError("the database system is not yet accepting connections"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.InterfaceError("connection is closed"),
    ],
)
async def test_a_listener_that_cannot_be_made_means_that_the_store_is_away(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(asyncpg, "connect", refuse)
    monkeypatch.setattr(roster, "AGAIN_S", 0.05)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(StoreAway):
        await PostgresStore(engine).wait(0)  # an order that is due is asked for at once
    assert loop.time() - began >= 0.05  # without a pause a dialer whose database is away took a whole core


async def test_a_connection_that_never_closes_does_not_keep_the_dialer_alive(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(connection: asyncpg.Connection, **_: object) -> None:
        connection.terminate()
        await asyncio.Event().wait()

    monkeypatch.setattr(roster, "CLOSE_S", 0.01)
    store = PostgresStore(engine)
    assert await store.campaigns() == []
    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "close", never)
        async with asyncio.timeout(5):
            await store.close()
