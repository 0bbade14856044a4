"""Remembers records in order, through every absence of the database: in a file, fsynced, until it is back."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from dialer.core.errors import StoreAway
from dialer.core.records import Record
from dialer.ports import CallLog

RETRY_S = 1.0
BATCH = 200
_records: TypeAdapter[Record] = TypeAdapter(Record)
log = structlog.get_logger()


class Journal:
    """One writer. `is_healthy` is False from the first failed write until the file is empty again."""

    def __init__(self, store: CallLog, file: Path, on_change: Callable[[], None] = lambda: None) -> None:
        self._store, self._file, self._on_change = store, file, on_change
        self._queue: asyncio.Queue[Record] = asyncio.Queue()
        self._lock = asyncio.Lock()
        self._in_file = 0
        self.is_healthy = True

    def put(self, record: Record) -> None:
        """Takes a record; never waits."""
        self._queue.put_nowait(record)

    async def run(self) -> None:
        """Writes for ever; a record taken is either in the database or in the file."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
            await asyncio.shield(self._keep(batch))
            for _ in batch:
                self._queue.task_done()

    async def retry(self) -> None:
        """Carries the file over whenever the database is back."""
        while True:
            if self._file.exists():
                async with self._lock:
                    await self._replay()
            await asyncio.sleep(RETRY_S)

    async def replay_now(self) -> None:
        """Carries over what an earlier process left. Raises StoreAway when the database is still away."""
        async with self._lock:
            if self._file.exists() and not await self._replay():
                raise StoreAway("the outbox could not be carried over")

    @property
    def waiting(self) -> int:
        """How many records are not in the database yet, in memory or in the file."""
        return self._queue.qsize() + self._in_file

    def is_idle(self) -> bool:
        """Whether everything taken is in the database."""
        return self.is_healthy and self._queue.empty() and not self._lock.locked()

    async def flush(self, timeout_s: float) -> None:
        """Waits until everything taken is kept."""
        async with asyncio.timeout(timeout_s):
            await self._queue.join()

    async def _keep(self, batch: list[Record]) -> None:
        async with self._lock:
            if not self._file.exists() and await self._write(batch):
                return
            await asyncio.to_thread(self._append, batch)
            self._set_health(False)

    async def _replay(self) -> bool:
        records = _whole(self._file.read_bytes())
        self._in_file = len(records)
        for start in range(0, len(records), BATCH):
            if not await self._write(records[start : start + BATCH]):
                self._set_health(False)
                return False
        self._file.unlink()
        self._in_file = 0
        self._set_health(True)
        log.info("the outbox is carried over", action="outbox_replayed", records=len(records))
        return True

    async def _write(self, batch: list[Record]) -> bool:
        try:
            await self._store.write(batch)
        except StoreAway as away:
            log.warning("PostgreSQL is away: outcomes go to the outbox", action="outbox", error=str(away))
            return False
        except Exception:  # a fault of ours must not cost the evidence: it waits in the file, and dialing stops
            log.exception("a record could not be written", action="outbox_fault")
            return False
        return True

    def _append(self, batch: list[Record]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            for record in batch:
                out.write(_records.dump_json(record) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        self._in_file += len(batch)

    def _set_health(self, healthy: bool) -> None:
        if self.is_healthy != healthy:
            self.is_healthy = healthy
            self._on_change()


def _whole(outbox: bytes) -> list[Record]:
    """The records of the file; a last line torn by a crash was never promised to anybody."""
    *lines, last = outbox.split(b"\n")
    records = [_records.validate_json(line) for line in lines]
    with contextlib.suppress(ValidationError):
        records.append(_records.validate_json(last))
    return records
