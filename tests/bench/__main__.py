"""`python -m tests.bench`: what our ways cost beside the least that this machine could do, in one run.

Ratios, no thresholds: a machine under load slows both sides. The sides of a pair take turns, the median counts.
"""

import argparse
import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from dialer.core import events as ev
from dialer.core.attempt import DialResult
from dialer.core.disposition import Disposition
from dialer.core.floor import Floor
from dialer.core.ids import CampaignId, SessionId
from dialer.core.ledger import GENESIS, Entry, EntryKind, canonical, chain
from dialer.machine import Paths
from dialer.ports import Lead, Lease
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.postgres import PostgresStore
from dialer.store.tables import attempts, campaigns, leads
from recordings.audio import write_flac
from recordings.storage import local_storage
from recordings.wav import RATE, header_of, inspect
from tests.conftest import start_postgres
from tests.unit.core.build import NOW, attempt_id, make_agent, make_attempt, make_floor

NODE = "node-1"
CALL_S = 600
CALLS = 150  # of a repetition on the database
TURNS = 10  # what is quick is done so many times
Side = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Bench:
    """A pair: `count` units of ours, and so many of the least that its time can be measured."""

    name: str
    least: str
    unit: str
    ours: Side
    bare: Side
    count: int
    bare_count: int


@dataclass(frozen=True)
class Result:
    """Seconds for one unit, of each repetition."""

    bench: Bench
    ours: list[float]
    bare: list[float]

    def ratios(self) -> list[float]:
        """How many times the least each repetition of ours took."""
        return [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]


async def measure(bench: Bench, repetitions: int) -> Result:
    """Each side once unmeasured, then in turns."""
    result = Result(bench, [], [])
    for n in range(repetitions + 1):
        bare_s, ours_s = await timed(bench.bare), await timed(bench.ours)
        if n:
            result.bare.append(bare_s / bench.bare_count)
            result.ours.append(ours_s / bench.count)
    return result


async def timed(side: Side) -> float:
    """Seconds that one side takes."""
    began = time.perf_counter()
    await side()
    return time.perf_counter() - began


# -- the floor: events of whole calls ------------------------------------------------------------------------------


def floor_bench(calls: int = 2000) -> Bench:
    """Calls of one agent, one after the other: opened, ringing, answered, joined, ended, disposed of."""
    agent = make_agent(1)
    lives = [_life(n, agent.session_id) for n in range(calls)]

    async def ours() -> None:
        floor = make_floor(agent)
        for life in lives:
            _live(floor, life)
        assert not floor.attempts

    async def bare() -> None:
        states: dict[str, tuple[str, datetime]] = {}
        for life in lives * TURNS:
            for event in life:
                states[_id_of(event)] = (type(event).__name__, NOW)
            del states[_id_of(life[0])]

    count = calls * len(lives[0])
    return Bench("floor.receive", "a dict", "events", ours, bare, count, count * TURNS)


def _life(n: int, session_id: SessionId) -> list[ev.Event]:
    attempt = make_attempt(n)
    return [
        ev.Opened(attempt),
        ev.Rang(attempt.id),
        ev.Answered(attempt.id),
        ev.Joined(attempt.id, session_id),
        ev.Ended(attempt.id, DialResult.ANSWERED, 16, None),
    ]


def _live(floor: Floor, life: list[ev.Event]) -> None:
    for event in life:
        floor.receive(event, NOW)
    agent = next(iter(floor.agents.values()))
    floor.dispose(agent, attempt_id(int(_id_of(life[0])[-12:], 16)), Disposition.OTHER, NOW)


def _id_of(event: ev.Event) -> str:
    return event.attempt.id if isinstance(event, ev.Opened) else getattr(event, "attempt_id", "")


# -- the ledger ----------------------------------------------------------------------------------------------------


def ledger_bench(rows: int = 5000) -> Bench:
    """The chain over entries as large as an outcome's."""
    body = {"result": "answered", "reason": "customer_hung_up", "cause": 16, "agent_id": str(uuid7())}
    entries = [Entry(EntryKind.OUTCOME, attempt_id(n), NOW, body) for n in range(rows)]
    ready = [canonical(n, entry, NOW) for n, entry in enumerate(entries)]

    async def ours() -> None:
        chain(0, GENESIS, entries, NOW)

    async def bare() -> None:
        head = GENESIS
        for row in ready * TURNS:
            head = hashlib.sha256(head + hashlib.sha256(row).digest()).digest()

    return Bench("ledger.chain", "SHA-256 of the same bytes", "rows", ours, bare, rows, rows * TURNS)


# -- the path of a lead to a call ----------------------------------------------------------------------------------


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
            found = await desk.store.claim(desk.lease, desk.campaign_id, 1)
            await desk.store.open_attempt(desk.lease, _attempt(desk, found[0]))

    async def bare() -> None:
        for _ in range(CALLS):
            row = _bare_row(desk, next(serial))
            async with desk.engine.begin() as connection:
                await connection.execute(insert(attempts).values(**row))

    return Bench("claim + open_attempt", "one INSERT", "calls", ours, bare, CALLS, CALLS)


@asynccontextmanager
async def desk(url: str, count: int) -> Any:
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


# -- sealing -------------------------------------------------------------------------------------------------------


def seal_bench(folder: Path) -> Bench:
    """FLAC made, stored, read back and compared, against reading and hashing the same two files."""
    legs = [_leg(folder / f"{name}.wav", seed) for seed, name in enumerate(("agent", "customer"))]
    storage = local_storage(folder / "recordings", folder / "work")
    (folder / "work").mkdir(exist_ok=True)

    async def ours() -> None:
        pair = [inspect(leg) for leg in legs]
        flac = folder / "work" / "call.flac"
        pcm = await asyncio.to_thread(write_flac, pair[0], pair[1], flac)
        await storage.keep(str(uuid7()), datetime.now(UTC), flac, pcm)

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


# -- all of it -----------------------------------------------------------------------------------------------------


async def run(folder: Path, url: str, repetitions: int) -> list[Result]:
    """Every pair."""
    results = [await measure(bench, repetitions) for bench in (floor_bench(), ledger_bench())]
    async with desk(url, CALLS * (repetitions + 1)) as place:
        results.append(await measure(open_bench(place), repetitions))
    results.append(await measure(seal_bench(folder), repetitions))
    return results


def show(results: list[Result]) -> None:
    """A line for each pair; the median of the ratios and how far they were apart."""
    print(f"{'what':<22}{'against':<28}{'ours':>18}{'the least':>20}{'ratio':>9}  lowest..highest")
    for result in results:
        bench, ratios = result.bench, result.ratios()
        speeds = [_speed(bench.unit, times) for times in (result.ours, result.bare)]
        line = f"{bench.name:<22}{bench.least:<28}{speeds[0]:>18}{speeds[1]:>20}"
        print(f"{line}{statistics.median(ratios):>9.2f}  {min(ratios):.2f}..{max(ratios):.2f}")


def _speed(unit: str, times: list[float]) -> str:
    each = statistics.median(times)
    return f"{1 / each:,.0f} {unit}/s" if each < 0.01 else f"{each:.3f} s each"


async def _prepare(paths: Paths) -> None:
    owner = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner)
    await migrate(owner)


def main() -> None:
    """Measures in a folder of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    with tempfile.TemporaryDirectory() as name:
        paths = Paths(Path(name))
        with start_postgres(paths):
            asyncio.run(_prepare(paths))
            results = asyncio.run(run(Path(name), embedded.url(paths), repetitions))
    print(f"{repetitions} repetitions after one unmeasured; ratio = time of ours / time of the least\n")
    show(results)


if __name__ == "__main__":
    main()
