"""What needs PostgreSQL or a disk: the path of a lead to a call, and a seal."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from dialer.core.ids import CampaignId
from dialer.ports import Lead, Lease
from dialer.store.database import make_engine
from dialer.store.postgres import PostgresStore
from dialer.store.tables import attempts, campaigns, leads
from recordings.audio import write_flac
from recordings.keys import Keyring
from recordings.peaks import Shape
from recordings.storage import local_storage
from recordings.vault import Made, Vault
from recordings.wav import RATE, header_of, inspect
from tests.bench.pair import TURNS, Bench
from tests.unit.core.build import ANY, make_attempt

NODE = "node-1"
CALL_S = 600
CALLS = 150  # of a repetition on the database


@dataclass(frozen=True)
class Desk:
    """A store with a lease and a campaign of its own."""

    engine: AsyncEngine
    store: PostgresStore
    lease: Lease
    campaign_id: CampaignId


def open_bench(desk: Desk) -> Bench:
    """Claim, gates' facts, attempt, ledger intent: two transactions against one of one row."""
    serial = iter(range(10**9))

    async def ours() -> None:
        for _ in range(CALLS):
            found = await desk.store.claim(desk.lease, desk.campaign_id, ANY, 1)
            await desk.store.open_attempt(desk.lease, _attempt(desk, found[0]))

    async def bare() -> None:
        for _ in range(CALLS):
            row = _bare_row(desk, next(serial))
            async with desk.engine.begin() as connection:
                await connection.execute(insert(attempts).values(**row))

    return Bench("claim + open_attempt", "one INSERT", "calls", ours, bare, CALLS, CALLS)


@asynccontextmanager
async def desk(url: str, count: int) -> AsyncIterator[Desk]:
    """A desk with that many leads."""
    engine = make_engine(url)
    store = PostgresStore(engine)
    lease = await store.acquire(NODE, "bench", 3600, lambda _holder: True)
    assert lease is not None
    made = Desk(engine, store, lease, CampaignId(str(uuid7())))
    async with engine.begin() as connection:
        row = {"id": made.campaign_id, "name": "bench", "product": "bench", "region": "", "caller_id": "10010"}
        await connection.execute(insert(campaigns).values(**row, mode="progressive", state="running"))
        many = [
            {"id": str(uuid7()), "campaign_id": made.campaign_id, "number": f"+86138{n:08d}", "consent_basis": "x"}
            for n in range(count)
        ]
        await connection.execute(insert(leads), many)
    yield made
    await store.close()


def _attempt(place: Desk, lead: Lead) -> Any:
    wanted = {"campaign_id": place.campaign_id, "lead_id": lead.id, "number": lead.facts.number}
    return make_attempt(1, id=str(uuid7()), opened_at=datetime.now(UTC), **wanted)


def _bare_row(place: Desk, n: int) -> dict[str, Any]:
    row = {"id": str(uuid7()), "campaign_id": place.campaign_id, "number": f"+86137{n:08d}", "node": "bench"}
    return row | {"mode": "progressive", "trunk": "practice", "token": 1, "opened_at": datetime.now(UTC)}


def seal_bench(folder: Path) -> Bench:
    """FLAC made, encrypted, stored, read back and compared, against reading and hashing the same two files."""
    legs = [_leg(folder / f"{name}.wav", seed) for seed, name in enumerate(("agent", "customer"))]
    keys = Keyring(lambda: {"1": "A" * 43})
    vault = Vault(local_storage(folder / "recordings"), keys, folder / "work")
    (folder / "work").mkdir(exist_ok=True)

    async def ours() -> None:
        pair = [inspect(leg) for leg in legs]
        flac, shape = folder / "work" / "call.flac", Shape(pair[0].samples)
        pcm = await asyncio.to_thread(write_flac, pair[0], pair[1], flac, shape.add)
        await vault.keep(str(uuid7()), datetime.now(UTC), Made(flac, pcm, shape.kept()), keys.make())

    async def bare() -> None:
        for leg in legs * TURNS:
            hashlib.sha256(leg.read_bytes()).digest()

    return Bench("seal 10 minutes", "reading, hashing the legs", "calls", ours, bare, 1, TURNS)


def _leg(file: Path, seed: int) -> Path:
    """Ten minutes of something that packs like speech: noise whose strength goes up and down."""
    strength = np.abs(np.sin(np.arange(CALL_S * RATE) * (seed + 2) / RATE)) * 3000
    sound = np.random.default_rng(seed).standard_normal(CALL_S * RATE) * strength
    file.write_bytes(header_of(CALL_S * RATE) + sound.astype("<i2").tobytes())
    return file
