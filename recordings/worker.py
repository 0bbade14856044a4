"""The recordings worker: settles every ended call of its node, whatever was killed, and wherever, before.

Order of a seal: FLAC on disk, object stored and read back, row and ledger committed, spool files removed. A kill
between any two of them is mended by doing it again: the object is found to be ours, the row is found to be there.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any, assert_never

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings import records
from recordings.alarms import Alarms
from recordings.audio import Pcm, hash_legs, write_flac
from recordings.errors import (
    AudioError,
    KeyMissingError,
    MissingObjectError,
    RecordingError,
    SpoolError,
    StorageError,
    StorageLiesError,
)
from recordings.peaks import Shape
from recordings.records import Attempt, Settled
from recordings.rules import Absent, Seal, Wait, delays, judge
from recordings.spool import Pair, Spool, lie_in
from recordings.storage import FLAC_PREFIX
from recordings.vault import Made, Stored, Vault

AT_ONCE = 2
POLL_S = 1.0
SPOOL_EVERY_S = 5.0
WHOLE_EVERY_S = 600.0  # how often all calls are looked at, not only the recent ones
HEARTBEAT_S = 2.0
GRACE_S = 10.0

AWAY = (StorageError, SpoolError, TimeoutError, ConnectionError, InterfaceError, OperationalError)

log = structlog.get_logger(__name__)


class Outcome(Enum):
    """What became of one call in one sweep."""

    SETTLED = auto()
    WAITING = auto()
    FAILED = auto()
    AWAY = auto()  # the database, the storage or the spool folder does not answer


class AwayError(RecordingError):
    """Something that every call needs is away: the sweep ends and backs off."""


@dataclass
class Health:
    """What the heartbeat tells."""

    backlog: int = 0
    orphans: int = 0
    failed: int = 0
    last_sealed_at: datetime | None = None
    spool_calls: int = 0
    spool_oldest_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The heartbeat's row: times in RFC 3339."""

        def moment(at: datetime | None) -> str | None:
            return at.isoformat() if at else None

        return {
            "backlog": self.backlog,
            "orphans": self.orphans,
            "failed": self.failed,
            "last_sealed_at": moment(self.last_sealed_at),
            "spool_calls": self.spool_calls,
            "spool_oldest_at": moment(self.spool_oldest_at),
        }


@dataclass
class Retry:
    """A failed call's next try."""

    waits: Iterator[float] = field(default_factory=delays)
    due: float = 0.0


class Worker:
    """One node's worker; `run` until `stop`. `monotonic` and `now` are its clocks."""

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Vault,
        spool: Path,
        work: Path,
        node: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._vault, self._node = engine, vault, node
        self._monotonic = monotonic
        self._spool = Spool(spool, monotonic)
        self._work = work
        self._alarms = Alarms(engine, node, monotonic)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._retries: dict[str, Retry] = {}
        self._odd: dict[str, Pair] = {}  # settled calls whose files in the spool are not what was settled
        self._floor, self._whole_due, self._spool_due = records.LOWEST_ID, 0.0, 0.0
        self.health = Health()

    def wake(self) -> None:
        """A call ended: sweep now rather than at the next poll."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is in hand and return from `run`."""
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """Sweeps until `stop`; then up to 10 s for the calls in hand. A dying heartbeat ends it too."""
        async with asyncio.TaskGroup() as group:
            sweeps = group.create_task(self._sweeps())
            beats = group.create_task(self._heartbeats())
            await self._stopped.wait()
            await asyncio.wait({sweeps}, timeout=GRACE_S)
            for task in (sweeps, beats):
                task.cancel()

    async def sweep(self) -> None:
        """Settles what can be settled now, then compares the spool with the database. Raises when away."""
        unsettled = await self._settle_all()
        left = set(unsettled)
        self._retries = {key: retry for key, retry in self._retries.items() if key in left}
        self.health.backlog, self.health.failed = len(unsettled), len(self._retries)
        if self._monotonic() >= self._spool_due:
            await self._lift_floor(unsettled)
            await self.sweep_spool()
            self._spool_due = self._monotonic() + SPOOL_EVERY_S

    async def sweep_spool(self) -> None:
        """Removes files whose call is sealed and verified; counts the others that no call accounts for.

        Nothing else is ever deleted here: an orphan may be the only trace of a call.
        """
        listing = await asyncio.to_thread(self._spool.listing)  # before the query: intents precede files
        self.health.spool_calls = len(listing.calls)
        self.health.spool_oldest_at = records.moment_of(min(listing.calls)) if listing.calls else None
        state = await records.spool_state(self._engine, listing.calls)
        self._odd = {key: pair for key, pair in self._odd.items() if key in listing.calls}
        for settled in state.settled:
            await self._clean(settled)
        self._count_orphans([*listing.unknown, *sorted(listing.calls - state.known)])

    async def settle(self, attempt: Attempt) -> Outcome:
        """Judges one call and carries the judgement out."""
        pair = await asyncio.to_thread(self._spool.look, attempt.id)
        facts = (self._spool.facts(pair.customer), self._spool.facts(pair.agent))
        verdict = judge(attempt.call, *facts, datetime.now(UTC))
        match verdict:
            case Wait():
                return Outcome.WAITING
            case Absent():
                written = await records.record_absent(self._engine, attempt, verdict.reason)
                log.info("no recording", action="absent", call=attempt.id, reason=verdict.reason)
            case Seal():
                written = await self._seal(attempt, pair, verdict)
            case _:
                assert_never(verdict)
        if written:  # else another run settled it: sweep_spool compares before it removes
            await self.remove(pair)
        return Outcome.SETTLED

    async def make_flac(self, attempt: Attempt, pair: Pair) -> Made:
        """The stereo FLAC on our own disk, and its peaks."""
        self._work.mkdir(parents=True, exist_ok=True)
        flac, shape = self._work / f"{FLAC_PREFIX}{os.getpid()}-{attempt.id}.flac", Shape(pair.samples)
        pcm = await asyncio.to_thread(write_flac, pair.agent, pair.customer, flac, shape.add)
        return Made(flac, pcm, shape.kept())

    async def store(self, attempt: Attempt, made: Made) -> Stored:
        """The object in the store, encrypted by a key of its own that is kept before, read back and verified."""
        key = await records.own_key(self._engine, attempt.id, self._vault.keys.make())
        stored = await self._vault.keep(attempt.id, attempt.opened_at, made, key)
        await self._alarms.sealed()
        return stored

    async def commit(self, attempt: Attempt, seal: Seal, pcm: Pcm, stored: Stored | None) -> bool:
        """Row and ledger entry."""
        return await records.record_present(self._engine, attempt, seal, pcm, stored)

    async def remove(self, pair: Pair) -> None:
        """The spool files of a settled call."""
        try:
            await asyncio.to_thread(self._spool.remove, pair)
        except SpoolError as error:
            log.error("a file changed after it was settled", action="spool_changed", detail=str(error))

    async def _seal(self, attempt: Attempt, pair: Pair, seal: Seal) -> bool:
        if pair.samples:
            made = await self.make_flac(attempt, pair)
            try:
                stored = await self.store(attempt, made)
            finally:
                made.flac.unlink(missing_ok=True)
            written = await self.commit(attempt, seal, made.pcm, stored)
        else:
            written = await self.commit(attempt, seal, hash_legs(None, None), None)
        self.health.last_sealed_at = datetime.now(UTC)
        log.info("sealed", action="seal", call=attempt.id, repaired=seal.repaired, reason=seal.reason)
        return written

    async def _settle_all(self) -> list[str]:
        """One pass over every unsettled call, oldest first; the ids of those that stay unsettled."""
        unsettled: list[str] = []
        after = self._start()
        while not self._stopped.is_set():
            batch = await records.pending(self._engine, self._node, after)
            outcomes = await asyncio.gather(*(self._guarded(attempt) for attempt in batch))
            pairs = zip(batch, outcomes, strict=True)
            unsettled += [attempt.id for attempt, outcome in pairs if outcome != Outcome.SETTLED]
            if Outcome.AWAY in outcomes:
                raise AwayError("the database, the storage or the spool is away")
            if len(batch) < records.BATCH:
                break
            after = batch[-1].id
        return unsettled

    async def _guarded(self, attempt: Attempt) -> Outcome:
        """`settle`, two at once; a fault of one call never stops the others and is tried again, ever more slowly."""
        retry = self._retries.get(attempt.id)
        if self._stopped.is_set() or (retry and self._monotonic() < retry.due):
            return Outcome.FAILED if retry else Outcome.WAITING
        async with self._gate:
            try:
                with structlog.contextvars.bound_contextvars(call=attempt.id):
                    outcome = await self.settle(attempt)
            except Exception as error:
                return await self._failed(attempt.id, error)
        self._retries.pop(attempt.id, None)
        return outcome

    async def _failed(self, attempt_id: str, error: Exception) -> Outcome:
        retry = self._retries.setdefault(attempt_id, Retry())
        retry.due = self._monotonic() + next(retry.waits)
        detail = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        log.error("a call could not be settled", action="settle_failed", call=attempt_id, detail=detail)
        await self._alarms.seal_failed(attempt_id, error)
        return Outcome.AWAY if is_away(error) else Outcome.FAILED

    def _start(self) -> str:
        if self._monotonic() < self._whole_due:
            return self._floor
        self._whole_due = self._monotonic() + WHOLE_EVERY_S
        return records.LOWEST_ID

    async def _lift_floor(self, unsettled: list[str]) -> None:
        """Below the floor every call is settled: a sweep each second must not read years of calls."""
        oldest = [key for key in (await records.oldest_open(self._engine, self._node), *unsettled[:1]) if key]
        lowest = min(map(records.moment_of, oldest), default=datetime.now(UTC))
        self._floor = records.lowest_id(min(lowest, datetime.now(UTC)))

    async def _clean(self, settled: Settled) -> None:
        pair = await asyncio.to_thread(self._spool.look, settled.attempt_id)
        if self._odd.get(settled.attempt_id) == pair:
            return
        if await self._is_kept(settled, pair):
            await self.remove(pair)
            log.info("left over from a run that ended early", action="spool_cleaned", call=settled.attempt_id)
            return
        self._odd[settled.attempt_id] = pair
        log.error("the spool holds other audio than was settled", action="spool_differs", call=settled.attempt_id)

    async def _is_kept(self, settled: Settled, pair: Pair) -> bool:
        """Whether all sound in these files lies verified in the store."""
        if settled.sealed is None:
            return pair.samples == 0
        try:
            async with self._vault.copy(settled.sealed) as flac:
                return await asyncio.to_thread(lie_in, flac, pair, settled.sealed.pcm)
        except (AudioError, MissingObjectError, KeyMissingError) as error:
            log.error("a sealed recording is bad", action="object_bad", call=settled.attempt_id, detail=str(error))
            await self._alarms.sealed_is_bad(settled.attempt_id, error)
            return False

    def _count_orphans(self, names: list[str]) -> None:
        count = len(names) + len(self._odd)
        if count != self.health.orphans:
            log.warning("files in the spool that no call accounts for", action="orphans", count=count)
        self.health.orphans = count

    async def _sweeps(self) -> None:
        waits = delays()
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                await self.sweep()
            except Exception as error:
                await self._back_off(error, next(waits))
                continue
            waits = delays()
            await self._woken()

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _back_off(self, error: Exception, seconds: float) -> None:
        detail = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        log.warning("cannot work now, trying again", action="back_off", wait_s=seconds, detail=detail)
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _heartbeats(self) -> None:
        while True:
            try:
                await records.heartbeat(self._engine, f"worker:{self._node}", self.health.as_json())
            except Exception as error:
                log.warning("no heartbeat", action="heartbeat_failed", detail=type(error).__name__)
            await asyncio.sleep(HEARTBEAT_S)


def is_away(error: Exception) -> bool:
    """Whether a fault is everybody's (database, storage, spool folder) and not this call's alone."""
    return isinstance(error, AWAY) and not isinstance(error, StorageLiesError)
