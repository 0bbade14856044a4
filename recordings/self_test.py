"""The recorder's test calls: sealed like any other, read back, taken away again; the answer lies beside their legs.

The engine makes a test call and waits for `<spool>/selftest/<test>.json`: `{"why": "", "took_s": 0.2}`, an empty
`why` meaning that all of it went well. A test call is nobody's: it has no row, no key of its own is kept, its object
lies under a prefix of its own, and whatever a killed worker left there is swept.
"""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from dialer.core.ids import is_attempt_id
from recordings.audio import holds_leg, write_flac
from recordings.errors import MissingObjectError, RecordingError, SpoolError, WavError
from recordings.peaks import Shape
from recordings.sealed import Sealed
from recordings.spool import AGENT, CHANNEL, CUSTOMER, SELF_TESTS, Pair, Spool
from recordings.storage import FLAC_PREFIX
from recordings.vault import Made, Stored, Vault

ANSWER = ".json"
LOOK_S = 0.3
OLD_S = 120.0  # nobody waits for an answer so long

log = structlog.get_logger(__name__)


class SelfTests:
    """One node's test calls, from their two closed files on."""

    def __init__(self, vault: Vault, spool: Path, work: Path) -> None:
        self._vault, self._work = vault, work
        self._folder = spool / SELF_TESTS
        self._spool = Spool(self._folder)

    async def run(self) -> None:
        """Answers every test call, for ever. Raises StorageError when the store cannot be swept."""
        await self.sweep()
        while True:
            await self.answer_all()
            await asyncio.sleep(LOOK_S)

    async def answer_all(self) -> None:
        """Seals those that wait, and removes what nobody came back for."""
        for test_id, pair in (await asyncio.to_thread(self._waiting)).items():
            began = time.monotonic()
            why = await self._why(test_id, pair)
            took_s = round(time.monotonic() - began, 3)
            await asyncio.to_thread(self._write, test_id, {"why": why, "took_s": took_s})
            log.info("a test call was sealed", action="self_test_sealed", id=test_id, why=why, took_s=took_s)

    async def sweep(self) -> None:
        """Takes away the objects of tests that were killed. Raises StorageError."""
        before = datetime.now(UTC) - timedelta(seconds=OLD_S)
        left = [item.key async for item in self._vault.storage.listing(SELF_TESTS) if item.modified_at < before]
        for key in left:
            await self._vault.storage.delete(key)

    async def _why(self, test_id: str, pair: Pair) -> str:
        """What went wrong; empty = nothing."""
        try:
            return await self._through(test_id, pair)
        except (RecordingError, OSError, TimeoutError) as error:
            return (
                f"the recordings worker could not seal it: {str(error).partition(chr(10))[0] or type(error).__name__}"
            )

    async def _through(self, test_id: str, pair: Pair) -> str:
        key = f"{SELF_TESTS}/{test_id}.flac"
        made = await self._made(test_id, pair)
        wrapped = self._vault.keys.make()
        try:
            stored = await self._vault.keep_under([key], test_id, made, wrapped)
            size, sha256 = stored.envelope.object_bytes, stored.envelope.object_sha256
            sealed = Sealed(test_id, key, size, sha256, stored.envelope.flac_bytes, made.pcm, wrapped)
            if not await self._is_in_place(sealed, pair):
                return "the stored recording does not hold the agent left and the customer right"
        finally:
            made.flac.unlink(missing_ok=True)
            await self._vault.storage.delete(key)
        return await self._still_there(stored)

    async def _made(self, test_id: str, pair: Pair) -> Made:
        self._work.mkdir(parents=True, exist_ok=True)
        flac, shape = self._work / f"{FLAC_PREFIX}{SELF_TESTS}-{test_id}.flac", Shape(pair.samples)
        pcm = await asyncio.to_thread(write_flac, pair.agent, pair.customer, flac, shape.add)
        return Made(flac, pcm, shape.kept())

    async def _is_in_place(self, sealed: Sealed, pair: Pair) -> bool:
        assert pair.agent is not None and pair.customer is not None
        async with self._vault.copy(sealed) as flac:
            left = await asyncio.to_thread(holds_leg, flac, pair.agent, CHANNEL[AGENT])
            return left and await asyncio.to_thread(holds_leg, flac, pair.customer, CHANNEL[CUSTOMER])

    async def _still_there(self, stored: Stored) -> str:
        try:
            await self._vault.storage.size(stored.key)
        except MissingObjectError:
            return ""
        return "the store kept what was taken away"

    def _waiting(self) -> dict[str, Pair]:
        """Test calls whose two files are closed and that have no answer yet."""
        try:
            names = [item.name for item in self._folder.iterdir()]
        except FileNotFoundError:
            return {}
        self._remove_old()
        ids = {name.removesuffix(CUSTOMER) for name in names if name.endswith(CUSTOMER)}
        new = [each for each in ids if is_attempt_id(each) and each + ANSWER not in names]
        return {each: pair for each in new if (pair := self._closed(each)) is not None}

    def _closed(self, test_id: str) -> Pair | None:
        """Its two files; None while one is still being written, or is no such file: then the engine says so."""
        try:
            pair = self._spool.look(test_id)
        except (WavError, SpoolError, OSError):
            return None
        return pair if len(pair.there) == 2 and all(leg.closed for leg in pair.there) else None

    def _remove_old(self) -> None:
        for item in self._folder.iterdir():
            try:
                if time.time() - item.stat().st_mtime > OLD_S:
                    item.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # the engine has just removed it

    def _write(self, test_id: str, answer: dict[str, object]) -> None:
        beside = self._folder / f"{test_id}.tmp"
        beside.write_text(json.dumps(answer))
        beside.rename(self._folder / f"{test_id}{ANSWER}")
