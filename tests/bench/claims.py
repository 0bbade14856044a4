"""Claims of leads by eight dialers at once, each a process of its own, from a small and from a large table.

Aims: 2,000 leads/s in total; a claim at most 20 ms (p99) while that many are claimed; from 10 million leads a claim
costs at most 1.3 times what it does from 100,000.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import text

from dialer.core.ids import CampaignId
from dialer.core.selection import Choice
from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.postgres import PostgresStore
from tests.bench.meters import load
from tests.bench.stage import quantile
from tests.unit.core.build import ANYWHERE

DIALERS, LISTS = 8, 4
ROUNDS, ROUND_S = 5, 2.5  # 100,000 leads last for both halves up to 5,000 leads/s
WARM = 10  # claims of each dialer, not measured
MEET_S = 60.0  # until every dialer is warm
RATE = 2000  # leads a second of all dialers together, where they do not hurry
FILL_S = 3600
CAMPAIGN = CampaignId("01900000-0000-7000-8000-00000000000c")
_MAKE = (
    """insert into campaigns (id, name, product, region, caller_id, mode, state)
    values (cast(:campaign as uuid), 'bench', 'bench', '', '10010', 'progressive', 'running')""",
    """insert into lists (id, campaign_id, name, priority, weight)
    select ('01900000-0000-7000-8000-0000000001' || lpad(to_hex(n), 2, '0'))::uuid, cast(:campaign as uuid),
        n::text, 50, 20 * n
    from generate_series(1, cast(:lists as int)) n""",
    """insert into leads
        (id, campaign_id, list_id, number, state, next_at, consent_source, consent_basis, consent_proof)
    select ('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, cast(:campaign as uuid),
        ('01900000-0000-7000-8000-0000000001' || lpad(to_hex(1 + n % cast(:lists as int)), 2, '0'))::uuid,
        '+861' || lpad((3000000000 + n)::text, 10, '0'),
        case when n % 10 < 7 then 'new' else 'attempted' end, now() - make_interval(secs => n % 100000),
        'form', 'consent', 'scan'
    from generate_series(cast(:first as int), cast(:last as int)) n""",
)


@dataclass(frozen=True)
class Round:
    """Eight dialers for some seconds: leads they claimed, milliseconds of each claim."""

    leads: int
    seconds: float
    claims: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.claims)

    @property
    def p99(self) -> float:
        return quantile(self.claims, 0.99)


async def fill(paths: Paths, rows: int) -> None:
    """A campaign with so many leads that are due, on four lists, three of ten to be tried again."""
    owner_url = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner_url)
    await migrate(owner_url)
    owner, began, step = make_engine(owner_url, pool_size=1, statement_s=FILL_S), time.monotonic(), 500_000
    async with owner.begin() as connection:
        for statement in _MAKE[:2]:
            await connection.execute(text(statement), {"campaign": CAMPAIGN, "lists": LISTS})
    for first in range(1, rows + 1, step):
        span = {"first": first, "last": min(rows, first + step - 1)}
        async with owner.begin() as connection:
            await connection.execute(text(_MAKE[2]), {"campaign": CAMPAIGN, "lists": LISTS} | span)
    async with owner.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze leads"))
    await owner.dispose()
    print(f"{rows:,} leads made in {time.monotonic() - began:.0f} s; {load()}", flush=True)


_meeting: Barrier  # of a dialer's process: all begin at once


def _join(meeting: Barrier) -> None:
    global _meeting  # noqa: PLW0603  # a pool hands it to a process only so
    _meeting = meeting


def dialer(url: str, batch: int, rate: float, n: int) -> list[float]:
    """One dialer's claims, each in milliseconds. Raises AssertionError when the table does not last."""
    return asyncio.run(_dial(url, batch, rate, n))


async def _dial(url: str, batch: int, rate: float, n: int) -> list[float]:
    store = PostgresStore(make_engine(url))
    lease = await store.acquire(f"node-{n}", "bench", 3600, lambda _holder: True)
    assert lease is not None
    turns, took = count(lease.token * 1_000_000 + n * 1000), []
    for _ in range(WARM):
        await store.claim(lease, CAMPAIGN, Choice(next(turns), ANYWHERE), batch)
    _meeting.wait(MEET_S)
    began_at = time.monotonic()
    due_at = began_at + (n / DIALERS * batch / rate if rate else 0.0)
    while time.monotonic() < began_at + ROUND_S:
        if rate:
            await asyncio.sleep(max(0.0, due_at - time.monotonic()))
            due_at += batch / rate
        began = time.perf_counter()
        found = await store.claim(lease, CAMPAIGN, Choice(next(turns), ANYWHERE), batch)
        took.append((time.perf_counter() - began) * 1000)
        assert len(found) == batch, "the table is empty"
    await store.close()
    return took


def one_round(pool: Pool, paths: Paths, batch: int, rate: float) -> Round:
    """Every dialer at once."""
    took = pool.map(partial(dialer, embedded.url(paths), batch, rate / DIALERS), range(DIALERS), chunksize=1)
    claims = [each for part in took for each in part]
    return Round(len(claims) * batch, ROUND_S, claims)


def measure(root: Path, sizes: Sequence[int], batch: int) -> None:
    """Fills, then claims from each table in turns."""
    places = {rows: Paths(root / str(rows)) for rows in sizes}
    for rows, paths in places.items():
        asyncio.run(fill(paths, rows))
    print(f"{DIALERS} dialers at once, {batch} leads a claim; {ROUNDS} rounds of {ROUND_S:.0f} s each, in turns")
    print(f"{'':<32}{'leads':>12}{'leads/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'cost to the first':>19}")
    context = multiprocessing.get_context("spawn")
    with context.Pool(DIALERS, _join, [context.Barrier(DIALERS)]) as pool:
        for name, rate in (("as fast as they can", 0.0), (f"at {RATE:,} leads/s", float(RATE))):
            tried = [{n: one_round(pool, place, batch, rate) for n, place in places.items()} for _ in range(ROUNDS)]
            for rows in sizes:
                _show(name, rows, [each[rows] for each in tried], [each[sizes[0]] for each in tried])
            print(load(), flush=True)


def _show(name: str, rows: int, mine: Sequence[Round], first: Sequence[Round]) -> None:
    speed = statistics.median(each.leads / each.seconds for each in mine)
    p50, p99 = (statistics.median(values) for values in ([r.p50 for r in mine], [r.p99 for r in mine]))
    ratio = statistics.median(a.p50 / b.p50 for a, b in zip(mine, first, strict=True))
    print(f"{name:<32}{rows:>12,}{speed:>10,.0f}{p50:>9.1f}{p99:>9.1f}{ratio:>19.2f}")
