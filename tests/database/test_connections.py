"""What the pool hands out: connections whose server is there, and few of them."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

END_THEM = "select pg_terminate_backend(pid) from pg_stat_activity where pid = any(:pids)"


async def backend(engine: AsyncEngine) -> int:
    async with engine.begin() as connection:
        return int((await connection.execute(text("select pg_backend_pid()"))).scalar_one())


async def test_a_connection_that_the_server_ended_is_made_anew_unseen(
    engine: AsyncEngine, owner: AsyncEngine
) -> None:
    async with engine.begin() as one, engine.begin() as other:  # two in the pool afterwards
        pids = [(await each.execute(text("select pg_backend_pid()"))).scalar_one() for each in (one, other)]
        closed = [(await each.get_raw_connection()).driver_connection for each in (one, other)]
    async with owner.begin() as connection:
        await connection.execute(text(END_THEM), {"pids": pids})
    async with asyncio.timeout(10):
        while not all(each is not None and each.is_closed() for each in closed):
            await asyncio.sleep(0.01)
    async with engine.begin() as one, engine.begin() as other:
        anew = [(await each.execute(text("select pg_backend_pid()"))).scalar_one() for each in (one, other)]
    assert not set(anew) & set(pids)


async def test_the_connection_last_used_is_used_again(engine: AsyncEngine) -> None:
    async with engine.begin() as one, engine.begin() as other:
        await asyncio.gather(*(each.execute(text("select 1")) for each in (one, other)))
    assert len({await backend(engine) for _ in range(4)}) == 1
