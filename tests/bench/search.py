"""The search of recordings over an archive, and an export of a million rows, through the api's own functions.

Aims: by agent and day at most 20 ms (p99) over 10 million recordings, and at most 1.2 times what it takes over one.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import paging
from api.auth.roles import Role
from api.auth.sessions import Person
from api.exports.columns import Sight
from api.exports.schemas import Form
from api.exports.service import Exports, Order
from api.exports.words import Language
from api.ids import new_id
from api.recordings.listing import choices, list_recordings, understood
from api.recordings.schemas import ListSearch
from api.recordings.search import _listed, with_names
from api.recordings.search_rules import Filters
from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from recordings.tables import recordings
from tests.bench.archive import Archive
from tests.bench.meters import load

ZONE = ZoneInfo("Asia/Shanghai")
WHO = Person(new_id(), "boss", "boss", frozenset({Role.MANAGER}), None)
WARM, PAGE, FILL_S = 20, 50, 900
FEW, SLOW = 30, ("nothing matches, 92 days", "choices")
SEED = 20261125
Ask = Callable[[AsyncConnection, random.Random], Awaitable[int]]


@dataclass(frozen=True)
class Timed:
    """One kind of search, in milliseconds."""

    name: str
    p50: float
    p99: float
    rows: float


@dataclass(frozen=True)
class Exported:
    """One export; lag is how late the event loop came to others, MB what the process grew by."""

    form: str
    rows: int
    seconds: float
    megabytes: float
    lag_ms: float
    beside_ms: float
    grown_mb: float


@dataclass(frozen=True)
class Place:
    """An archive, and what is asked of it."""

    archive: Archive
    engine: AsyncEngine
    searches: dict[str, Ask]


def searches(archive: Archive, numbers: Sequence[str]) -> dict[str, Ask]:
    """Each kind of search, drawn anew each time."""

    def day(chance: random.Random) -> dict[str, str]:
        one = (archive.start + timedelta(days=chance.randrange(archive.days))).date().isoformat()
        return {"from": one, "to": one}

    def somewhere(chance: random.Random) -> str:
        at = archive.start + timedelta(days=chance.random() * archive.days)
        digits = f"{int(at.timestamp() * 1000):012x}"
        return paging.encode(f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000")

    def by(make: Callable[[random.Random], dict[str, Any]]) -> Ask:
        async def ask(connection: AsyncConnection, chance: random.Random) -> int:
            asked = ListSearch.model_validate({"limit": PAGE} | make(chance))
            return len((await list_recordings(connection, WHO, asked, ZONE)).items)

        return ask

    async def offered(connection: AsyncConnection, _chance: random.Random) -> int:
        return len((await choices(connection, WHO)).agents)

    return {
        "agent and day": by(lambda chance: {"agent": chance.choice(archive.agents)} | day(chance)),
        "number": by(lambda chance: {"phone": chance.choice(numbers)}),
        "last four digits": by(lambda chance: {"phone": chance.choice(numbers)[-4:]}),
        "campaign and day": by(lambda chance: {"campaign": chance.choice(archive.campaigns)} | day(chance)),
        "a problem": by(lambda _chance: {"problem": "any"}),
        "a problem, deep": by(lambda chance: {"problem": "any", "cursor": somewhere(chance)}),
        "first page": by(lambda _chance: {}),
        "deep page": by(lambda chance: {"cursor": somewhere(chance)}),
        "agent, deep": by(lambda chance: {"agent": chance.choice(archive.agents), "cursor": somewhere(chance)}),
        "rare disposition": by(lambda _chance: {"disposition": "nuisance"}),
        "agent, sale, length": by(
            lambda chance: {"agent": chance.choice(archive.agents), "disposition": "sale", "min_s": 60}
        ),
        "nothing matches, 92 days": by(lambda _chance: {"min_s": 80_000}),
        "choices": offered,
    }


async def timed(places: Sequence[Place], name: str, times: int) -> list[Timed]:
    """The search so often in each archive, turn and turn about: what else the machine does slows all of them.

    Each in a transaction of its own, as a request has it.
    """
    chance, took = random.Random(SEED), [list[float]() for _ in places]
    rows = [0] * len(places)
    for n in range(times + WARM):
        for at, place in enumerate(places):
            began = time.perf_counter()
            async with place.engine.begin() as connection:
                found = await place.searches[name](connection, chance)
            if n >= WARM:
                took[at].append((time.perf_counter() - began) * 1000)
                rows[at] += found
    cuts = [statistics.quantiles(one, n=100) for one in took]
    return [Timed(name, cut[49], cut[98], found / times) for cut, found in zip(cuts, rows, strict=True)]


async def explained(engine: AsyncEngine, archive: Archive) -> str:
    """What PostgreSQL does for the search by agent and day."""
    day = (archive.start + timedelta(days=archive.days // 2)).date().isoformat()
    asked = ListSearch.model_validate({"agent": archive.agents[3], "from": day, "to": day})
    filters, _ = understood(asked, None, ZONE, "query")
    query = _listed(with_names(select(recordings)), filters, None, PAGE + 1)
    sql = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    async with engine.connect() as connection:
        plan = await connection.execute(text(f"explain (analyze, buffers, costs off) {sql}".replace(":", "\\:")))
        return "\n".join(row[0] for row in plan)


async def export(engine: AsyncEngine, archive: Archive, form: Form, rows: int) -> Exported:
    """The newest days of about so many rows, while somebody else pages through the list."""
    days = max(1, int(rows / (archive.rows / archive.days)))
    start = archive.start + timedelta(days=archive.days - days)
    exports, process = Exports(engine), psutil.Process()
    order = Order(WHO, None, Filters(start=start), form, Sight(WHO.roles, Language.ZH, ZONE), "bench")
    grown, lags, beside, size = process.memory_info().rss, [0.0], [0.0], 0

    async def watch() -> None:
        while True:
            for _ in range(20):
                began = time.perf_counter()
                await asyncio.sleep(0.01)
                lags.append(time.perf_counter() - began - 0.01)
            began = time.perf_counter()
            async with engine.begin() as connection:
                await list_recordings(connection, WHO, ListSearch(), ZONE)
            beside.append(time.perf_counter() - began)

    async def send(message: Any) -> None:
        nonlocal size
        size += len(message.get("body", b""))

    async def receive() -> Any:
        await asyncio.Event().wait()

    watching, began = asyncio.create_task(watch()), time.perf_counter()
    response = await exports.take(order)
    await response({"type": "http", "asgi": {"version": "3.0"}}, receive, send)
    seconds = time.perf_counter() - began
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await exports.close()
    count = int(response.headers["x-total-rows"])
    late, page = statistics.quantiles(lags, n=100)[98] * 1000, statistics.quantiles(beside, n=100)[98] * 1000
    more = (process.memory_info().rss - grown) / 2**20
    return Exported(form.value, count, seconds, size / 2**20, late, page, more)


async def opened(paths: Paths, rows: int, fill_s: float) -> Place:
    """An archive, filled."""
    owner_url = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner_url)
    await migrate(owner_url)
    archive, owner = Archive(rows), make_engine(owner_url, pool_size=1, statement_s=FILL_S)
    took = await archive.fill(owner, fill_s)
    await owner.dispose()
    print(f"{archive.rows:,} recordings and attempts made in {took:.0f} s; {load()}", flush=True)
    engine = make_engine(embedded.url(paths))
    async with engine.connect() as connection:
        sample = text("select number from recordings tablesample system (0.5) limit 2000")
        numbers = list(await connection.scalars(sample))
    return Place(archive, engine, searches(archive, numbers))


async def measure(root: Path, sizes: Sequence[int], fill_s: float, times: int, export_rows: int) -> None:
    """Fills an archive of each size, searches them, exports from the last; prints as it goes: it takes minutes."""
    places = [await opened(Paths(root / str(rows)), rows, fill_s) for rows in sizes]
    heads = (f"{place.archive.rows:>14,} rows: p50     p99 found" for place in places)
    print(f"{'ms':<28}{''.join(heads)}   p99 to the first")
    for name in places[0].searches:
        results = await timed(places, name, FEW if name in SLOW else times)
        columns = "".join(f"{row.p50:>24.1f}{row.p99:>8.1f}{row.rows:>6.1f}" for row in results)
        print(f"{name:<28}{columns}{results[-1].p99 / results[0].p99:>10.2f}   {load()}", flush=True)
    for place in places:
        print(await explained(place.engine, place.archive), flush=True)
    for form in Form if export_rows else ():
        done = await export(places[-1].engine, places[-1].archive, form, export_rows)
        print(
            f"{done.form}: {done.rows:,} rows, {done.megabytes:.0f} MB in {done.seconds:.0f} s"
            f" ({done.rows / done.seconds:,.0f} rows/s); p99 of others meanwhile: the event loop comes"
            f" {done.lag_ms:.0f} ms late, a page takes {done.beside_ms:.0f} ms; memory +{done.grown_mb:.0f} MB;"
            f" {load()}",
            flush=True,
        )
    for place in places:
        await place.engine.dispose()
