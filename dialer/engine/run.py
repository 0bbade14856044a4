"""One dialer process from its lease to its end."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from dialer.core.errors import StoreAway
from dialer.core.retry import delays
from dialer.engine.callbacks import Callbacks
from dialer.engine.dialing import Dialing
from dialer.engine.engine import Engine
from dialer.engine.pacing import Pace
from dialer.engine.pauses import Pauses
from dialer.engine.recorder_watch import RecorderWatch
from dialer.engine.self_test import SelfTest
from dialer.engine.watch import Watch
from dialer.engine.wishes import Wishes
from dialer.ports import Lease

STOP_S = 12.0
POLL_S = 0.1
CANCEL_S = 1.0
log = structlog.get_logger()


@dataclass
class Stop:
    """The stop as it is ordered, stage by stage; again changes nothing."""

    no_new_calls: asyncio.Event = field(default_factory=asyncio.Event)
    ordered: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    ends_calls: bool = False

    def dial_no_more(self) -> None:
        """Nothing new is dialed; everything else goes on."""
        self.no_new_calls.set()

    def leave_calls(self) -> None:
        """Ends the process and leaves live calls to the next dialer."""
        self.no_new_calls.set()
        self.ordered.set()

    def end_calls(self) -> None:
        """Winds the calls down, then ends the process; ordered again, it does not wait for who talks."""
        if self.ordered.is_set():
            self.hurry.set()
        self.ends_calls = True
        self.no_new_calls.set()
        self.ordered.set()


async def run(engine: Engine, watch: Watch, holder: str, is_dead: Callable[[str], bool], stop: Stop) -> None:
    """Takes the lease, recovers, runs until it is told to stop, and winds the calls down first when asked to.

    Raises LeaseLost (in a group) when another dialer takes over, StoreAway when the database goes during recovery.
    """
    engine.lease = await _take_lease(engine, watch, holder, is_dead)
    await engine.journal.replay_now()
    await engine.recover(watch.node)
    released = await engine.store.release_claims(engine.lease)
    log.info("the node is ours", action="lease", token=engine.lease.token, released=released)
    pace = Pace(engine, watch.node)
    dialing = Dialing(engine, pace)
    tests = SelfTest(engine, watch.node, engine.limits.self_test_every_s)
    pauses = Pauses(engine, watch.node)
    wishes = Wishes(engine, dialing, tests, pauses, watch.node)
    await engine.refresh()
    journal = (engine.journal.run, engine.journal.retry)
    promises = Callbacks(engine)
    others = (promises.run, engine.optouts.run, engine.listen, dialing.run, wishes.run, tests.run, pauses.run)
    figures = (pace.count, pace.report)
    recorder = RecorderWatch(engine, watch.node)
    clock = (watch.tick, watch.keep_lease, watch.look, watch.search, watch.beat, recorder.run)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part()) for part in (*journal, *clock, *others, *figures)]
        await _until_stopped(engine, stop)
        if stop.ends_calls:
            await wind_down(engine, stop)
        await engine.journal.flush(STOP_S)
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancels until each has ended: a library may swallow the first cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_S)


async def _until_stopped(engine: Engine, stop: Stop) -> None:
    await stop.no_new_calls.wait()
    engine.stopping = True
    log.info("nothing new is dialed any more", action="stopping")
    await stop.ordered.wait()


async def wind_down(engine: Engine, stop: Stop) -> None:
    """Ends the calls in stages: what rings at once; who talks has `drain_s` to end by himself, then is ended too."""
    engine.perform(engine.floor.stop_unanswered(engine.now()))
    log.info("calls in the air go on to their end", action="drain", calls=len(engine.floor.attempts))
    await _until_closed(engine, engine.limits.drain_s, stop.hurry)
    log.info("the rest is ended", action="end_calls", calls=len(engine.floor.attempts))
    engine.perform(engine.floor.stop_all(engine.now()))
    await _until_closed(engine, STOP_S)


async def _until_closed(engine: Engine, timeout_s: float, hurry: asyncio.Event | None = None) -> None:
    """Returns when no call is left, at `hurry`, or after the time. Without a link no end would be heard of."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while engine.floor.attempts and engine.link_why is None and not (hurry and hurry.is_set()):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
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
