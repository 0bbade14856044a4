"""Broken input and broken stores on the worker's side: each is found, none is taken for a good recording."""

import asyncio
import os
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dialer.core.incidents import IncidentKind
from dialer.core.ledger import EntryKind
from recordings.errors import AudioError, KeyMissingError
from recordings.tables import recording_keys
from recordings.wav import HEADER
from tests.conftest import Postgres
from tests.database.recordings_world import RATE, World
from tests.database.test_recordings_main import wait_for_rows

REPOSITORY = Path(__file__).parents[2]


async def test_a_crash_is_marked_with_the_seconds_it_took(world: World) -> None:
    """Asterisk was killed: the headers were never closed, and a quarter of a second is missing."""
    call = await world.answered_call(samples=RATE * 3 // 4, closed=False)
    whole = await world.answered_call()
    worker = world.worker()
    await worker.sweep()
    world.clock.now += 6
    await worker.sweep()
    row, good = await world.row(call), await world.row(whole)
    assert row is not None and good is not None
    assert (row.status, row.repaired, row.lost_s) == ("present", True, Decimal("0.250"))
    assert (good.repaired, good.lost_s) == (False, None)
    assert (await world.witnesses(call))[0].body["lost_s"] == "0.250"
    assert await world.incidents(IncidentKind.CRASH_TRUNCATED) == [call]


async def test_a_file_of_no_byte_beside_a_good_one(world: World) -> None:
    call = await world.answered_call(which="customer")
    (world.spool / f"{call}-agent.wav").touch()
    worker = world.worker()
    await worker.sweep()
    world.clock.now += 6
    await worker.sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.samples, row.repaired) == ("present", RATE, True)


@pytest.mark.parametrize("seed", range(8))
async def test_a_header_with_a_flipped_bit_is_never_sealed_as_something_else(world: World, seed: int) -> None:
    """Either the header does not matter and every sample is there, or the call stays open and its files too."""
    call = await world.answered_call()
    leg = world.spool / f"{call}-customer.wav"
    content, at = bytearray(leg.read_bytes()), random.Random(seed).randrange(HEADER.size * 8)
    content[at // 8] ^= 1 << at % 8
    leg.write_bytes(content)
    worker = world.worker()
    await worker.sweep()
    world.clock.now += 6
    await worker.sweep()
    row = await world.row(call)
    if row is None:
        assert (worker.health.failed, len(world.left())) == (1, 2)
    else:
        assert (row.samples, row.rate, row.channels) == (RATE, RATE, 2)


async def test_every_flipped_bit_in_the_store_is_found(world: World) -> None:
    call = await world.answered_call(samples=50_000)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None
    stored = world.root / "recordings" / row.storage_key
    good, chance, found = stored.read_bytes(), random.Random(4), 0
    for _ in range(200):
        content, at = bytearray(good), chance.randrange(len(good) * 8)
        content[at // 8] ^= 1 << at % 8
        stored.write_bytes(content)
        try:
            await world.pcm(call)
        except AudioError:
            found += 1
    assert found == 200
    stored.write_bytes(good)
    assert (await world.pcm(call)).sha256 == row.sha256_pcm


async def test_without_the_key_nothing_is_heard_and_nothing_is_sealed(world: World) -> None:
    sealed, secrets = await world.answered_call(), world.root / "secrets.json"
    await world.worker().sweep()
    kept = secrets.read_text()
    secrets.unlink()
    call = await world.answered_call()
    worker = world.worker()
    await worker.sweep()
    with pytest.raises(KeyMissingError):
        await world.pcm(sealed)
    assert await world.row(call) is None and len(world.left()) == 2
    assert await world.incidents(IncidentKind.KEY_MISSING) == ["node-1"]
    secrets.write_text(kept)
    world.clock.now += 6
    await worker.sweep()
    assert (await world.pcm(call)).samples == RATE and world.left() == []
    assert await world.incidents(IncidentKind.KEY_MISSING) == []


async def test_a_key_that_changes_its_owner_opens_nothing(world: World) -> None:
    one, other = await world.answered_call(), await world.answered_call()
    await world.worker().sweep()
    async with world.engine.begin() as connection:
        keys = recording_keys.c
        stolen = await connection.scalar(select(keys.wrapped).where(keys.attempt_id == other))
        await connection.execute(update(recording_keys).where(keys.attempt_id == one).values(wrapped=stolen))
    with pytest.raises(AudioError):
        await world.pcm(one)


async def test_a_full_store_keeps_the_spool_and_goes_on_when_there_is_room(world: World, postgres: Postgres) -> None:
    """The worker may write no file beyond 100 kB; then it may."""
    call = await world.answered_call(samples=400_000)
    small = await world.answered_call(samples=0)
    names = {"TIANZHOU_DATA_DIR": str(world.root), "TIANZHOU_DATABASE_URL": postgres.url}

    def start(most: str) -> subprocess.Popen[bytes]:
        argv = ["prlimit", f"--fsize={most}", sys.executable, "-m", "recordings.main"]
        with (world.root / "worker.log").open("ab") as log:
            return subprocess.Popen(argv, env=os.environ | names, cwd=REPOSITORY, stdout=log, stderr=log)

    full = start("100000")
    try:
        await wait_for_rows(world, 1)
        async with asyncio.timeout(15):
            while len(world.left()) > 2:  # the row comes first, then the files go
                await asyncio.sleep(0.01)
    finally:
        full.kill()
        full.wait(10)
    assert await world.row(small) is not None and await world.row(call) is None
    assert len(world.left()) == 2 and [item async for item in world.storage.listing()] == []
    roomy = start("unlimited")
    try:
        await wait_for_rows(world, 2)
    finally:
        roomy.kill()
        roomy.wait(10)
    assert (await world.pcm(call)).samples == 400_000
    assert [entry.kind for entry in await world.witnesses(call)] == [EntryKind.SEAL]
