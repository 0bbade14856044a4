"""One dialer process from its lease to its end."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from dialer.core.errors import StoreAway
from dialer.core.retry import delays
from dialer.engine.dialing import Dialing
from dialer.engine.engine import Engine
from dialer.engine.watch import Watch
from dialer.engine.wishes import Wishes
from dialer.ports import Lease

STOP_S = 12.0
log = structlog.get_logger()


async def run(
    engine: Engine, watch: Watch, holder: str, is_dead: Callable[[str], bool], stop: asyncio.Future[bool]
) -> None:
    """Takes the lease, recovers, runs until `stop` has a result: True ends all calls first, False leaves them be.

    Raises LeaseLost (in a group) when another dialer takes over, StoreAway when the database goes during recovery.
    """
    engine.lease = await _take_lease(engine, watch, holder, is_dead)
    await engine.journal.replay_now()
    await engine.recover(watch.node)
    released = await engine.store.release_claims(engine.lease)
    log.info("the node is ours", action="lease", token=engine.lease.token, released=released)
    dialing = Dialing(engine)
    wishes = Wishes(engine, dialing, watch.node)
    await wishes.refresh()
    journal = (engine.journal.run, engine.journal.retry)
    others = (engine.optouts.run, engine.listen, dialing.run, wishes.run)
    clock = (watch.tick, watch.keep_lease, watch.look, watch.search, watch.beat)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part()) for part in (*journal, *clock, *others)]
        ending = await stop
        engine.stopping = True
        if ending:
            await end_calls(engine)
        await engine.journal.flush(STOP_S)
        for task in tasks:
            task.cancel()


async def end_calls(engine: Engine) -> None:
    """Hangs up every call and waits until all are closed, at most STOP_S."""
    engine.perform(engine.floor.stop_all(engine.now()))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            while engine.floor.attempts:
                await engine.closed.wait()
                engine.closed.clear()


async def _take_lease(engine: Engine, watch: Watch, holder: str, is_dead: Callable[[str], bool]) -> Lease:
    for delay in delays(longest_s=1.0):
        try:
            lease = await engine.store.acquire(watch.node, holder, watch.lease_s, is_dead)
        except StoreAway as away:
            log.warning("PostgreSQL is away; waiting for it", action="wait_store", why=str(away))
            lease = None
        if lease is not None:
            return lease
        await asyncio.sleep(delay)
    raise AssertionError("delays never end")
