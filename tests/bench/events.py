"""`python -m tests.bench.events`: what open streams cost. A real api process, a real PostgreSQL, CALLS_PER_S calls.

Aims: 50 viewers under a tenth of a core, and the same number of statements for one viewer and for fifty.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from sqlalchemy import func, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from api.auth.roles import Role
from api.auth.sessions import issue
from api.auth.tables import user_roles, users
from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, DialResult, EndReason
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.records import AttemptAnswered, AttemptClosed, AttemptConnected, SessionChanged
from dialer.core.recycle import LeadNext, LeadState
from dialer.machine import Paths, keep_ports
from dialer.ports import Lease
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.postgres import PostgresStore
from dialer.store.tables import campaigns, nodes
from tests.conftest import start_postgres
from tests.unit.core.build import make_attempt

CALLS_PER_S = 5
CHANGES_PER_CALL = 6
VIEWERS = (0, 1, 50)
SETTLE_S = 4.0
START_S = 30.0
NODE = "node-1"
STATEMENT = re.compile(rb"LOG:  (statement|execute)")
TODAY = """
insert into attempts
  (id, campaign_id, number, mode, trunk, node, token, opened_at, answered_at, ended_at, dial_result)
select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
  :campaign, '+8613812341234', 'progressive', 't', 'elsewhere', 1, at,
  case when n % 3 = 0 then at end, at + interval '30 seconds', case when n % 3 = 0 then 'answered' else 'busy' end
from (
  select n, greatest(now() - n * interval '0.3 seconds', date_trunc('day', now(), 'Asia/Shanghai')) as at
  from generate_series(1, :count) as n
) as calls
"""


@dataclass(frozen=True)
class Watched:
    """What so many viewers cost, CPU as a share of one core; the database's holds the writers' too."""

    viewers: int
    cpu: float
    database_cpu: float
    statements_per_s: float
    frames_per_s: float
    changes_per_s: float


@dataclass(frozen=True)
class Place:
    """The running api and the database, by the owner's engine: its statements are not counted."""

    url: str
    api: psutil.Process
    postmaster: psutil.Process
    owner: AsyncEngine
    log: Path
    headers: dict[str, str]
    campaign: CampaignId


# -- the load ------------------------------------------------------------------------------------------------------


async def calls(place: Place) -> None:
    """CALLS_PER_S whole calls per second, for ever, written as the engine writes them."""
    store = PostgresStore(place.owner)
    lease = await store.acquire(NODE, "bench", 3600, lambda _name: True)
    assert lease is not None
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(one_call(store, lease, place.campaign))
            await asyncio.sleep(1 / CALLS_PER_S)


async def one_call(store: PostgresStore, lease: Lease, campaign: CampaignId) -> None:
    """A call with its agent: CHANGES_PER_CALL changes."""
    now = datetime.now(UTC)
    session, agent = SessionId(str(uuid7())), AgentId(str(uuid7()))
    call = replace(make_attempt(), id=AttemptId(str(uuid7())), campaign_id=campaign, lead_id=None, opened_at=now)
    await store.open_attempt(lease, call)
    await asyncio.sleep(0.3)
    await store.write([AttemptAnswered(call.id, now)])
    await store.write([AttemptConnected(call.id, session, agent, now), _shift(session, agent, call, None)])
    await asyncio.sleep(0.5)
    await store.write([_closed(call, session, agent), _shift(session, agent, call, now)])


def _shift(session: SessionId, agent: AgentId, call: Attempt, ended_at: datetime | None) -> SessionChanged:
    state = AgentState.LOGGED_OUT if ended_at else AgentState.ON_CALL
    now = call.opened_at
    return SessionChanged(session, agent, NODE, "1001", call.campaign_id, state, None, call.id, now, now, ended_at)


def _closed(call: Attempt, session: SessionId, agent: AgentId) -> AttemptClosed:
    at = call.opened_at
    after = LeadNext(LeadState.DONE, at, "answered")
    how = (DialResult.ANSWERED, EndReason.CUSTOMER_HUNG_UP, 16, None, False)
    return AttemptClosed(call.id, None, at, *how, at, at, session, agent, after)


# -- the viewers ---------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """What all viewers got."""

    frames: int = 0
    changes: int = 0


@asynccontextmanager
async def viewer(place: Place, count: Count) -> AsyncIterator[None]:
    """One open stream, read and counted."""
    port = int(place.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "".join(f"{name}: {value}\r\n" for name, value in place.headers.items())
    writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: bench\r\n{head}\r\n".encode())
    assert b" 200 " in await reader.readline()
    reading = asyncio.create_task(_read(reader, count))
    try:
        yield
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        writer.close()


async def _read(reader: asyncio.StreamReader, count: Count) -> None:
    while chunk := await reader.read(1 << 16):
        count.frames += chunk.count(b"event: ")
        count.changes += chunk.count(b'{"kind":')


async def watch(place: Place, viewers: int, seconds: float) -> Watched:
    """The cost of so many viewers, after a while to settle."""
    count = Count()
    async with AsyncExitStack() as open_streams:
        for _ in range(viewers):
            await open_streams.enter_async_context(viewer(place, count))
        await asyncio.sleep(SETTLE_S)
        before = _meters(place, count)
        await asyncio.sleep(seconds)
        after = _meters(place, count)
    cpu, database, statements, frames, changes = ((b - a) / seconds for a, b in zip(before, after, strict=True))
    each = max(viewers, 1)
    return Watched(viewers, cpu, database, statements, frames / each, changes / each)


def _meters(place: Place, count: Count) -> tuple[float, ...]:
    database = sum(_cpu_s(process) for process in place.postmaster.children())
    return _cpu_s(place.api), database, _statements(place.log), count.frames, count.changes


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _statements(log: Path) -> int:
    return len(STATEMENT.findall(log.read_bytes()))


# -- the place -----------------------------------------------------------------------------------------------------


async def prepare(paths: Paths, today: int) -> None:
    """An empty database with `today` calls of today already in it; the api's own statements are logged."""
    owner = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner)
    await migrate(owner)
    engine = make_engine(owner)
    async with engine.begin() as connection:
        await connection.execute(text(f"alter role {embedded.APPLICATION} set log_statement = 'all'"))
        if today:
            await connection.execute(text(TODAY), {"campaign": str(uuid7()), "count": today})
            await connection.execute(text("analyze attempts"))
    await engine.dispose()


@contextmanager
def api_process(paths: Paths) -> Iterator[subprocess.Popen[bytes]]:
    """The api as it is started in earnest."""
    environment = os.environ | {"TIANZHOU_DATA_DIR": str(paths.root), "TIANZHOU_NODE": NODE}
    with (paths.root / "api.log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "-m", "api.main"], env=environment, stdout=log, stderr=log)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(START_S)


@asynccontextmanager
async def place_of(paths: Paths) -> AsyncIterator[Place]:
    """The api answering, with a manager's token and a campaign."""
    owner = make_engine(embedded.url(paths, embedded.OWNER), pool_size=20)
    url = f"http://127.0.0.1:{keep_ports(paths).http}"
    with api_process(paths) as running:
        await _answers(url)
        token, campaign = await _seed(owner)
        headers = {"Authorization": f"Bearer {token}"}
        log = paths.root / "postgres.log"
        postmaster = int((paths.postgres / "data" / "postmaster.pid").read_text().split()[0])
        processes = (psutil.Process(running.pid), psutil.Process(postmaster))
        yield Place(url, *processes, owner, log, headers, CampaignId(campaign))
    await owner.dispose()


async def _answers(url: str) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient() as http:
        while True:
            with suppress(httpx.HTTPError):
                await http.get(f"{url}/health")
                return
            await asyncio.sleep(0.1)


async def _seed(owner: AsyncEngine) -> tuple[str, str]:
    user, campaign = str(uuid7()), str(uuid7())
    async with owner.begin() as connection:
        row = {"id": user, "username": "boss", "name": "boss", "password_hash": "-"}
        await connection.execute(insert(users).values(row))
        await connection.execute(insert(user_roles).values(user_id=user, role=Role.MANAGER.value))
        values = {"id": campaign, "name": "bench", "product": "p", "region": "r", "mode": "progressive"}
        await connection.execute(insert(campaigns).values(values | {"caller_id": "10010", "state": "running"}))
        await connection.execute(insert(nodes).values(name=NODE, heartbeat_at=func.now(), health={"dialing": True}))
        return (await issue(connection, user)).token, campaign


async def measure(paths: Paths, seconds: float, today: int, viewers: Sequence[int] = VIEWERS) -> list[Watched]:
    """Each number of viewers in turn, over one api, while calls are written."""
    await prepare(paths, today)
    async with place_of(paths) as place:
        writing = asyncio.create_task(calls(place))
        try:
            return [await watch(place, number, seconds) for number in viewers]
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


def show(results: Sequence[Watched]) -> None:
    """A line for each number of viewers."""
    print(
        f"/events at {CALLS_PER_S} calls/s ({CALLS_PER_S * CHANGES_PER_CALL} changes/s); CPU as a share of one core"
    )
    print(f"{'viewers':>8}{'api':>8}{'database':>10}{'statements/s':>14}{'frames/s each':>15}{'changes/s each':>16}")
    for row in results:
        line = f"{row.viewers:>8}{row.cpu:>8.1%}{row.database_cpu:>10.1%}{row.statements_per_s:>14.1f}"
        print(f"{line}{row.frames_per_s:>15.2f}{row.changes_per_s:>16.1f}")


def main() -> None:
    """Measures in a folder of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.events", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--today", type=int, default=100_000, help="calls of today that are there already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        paths = Paths(Path(name))
        with start_postgres(paths):
            results = asyncio.run(measure(paths, options.seconds, options.today))
    show(results)


if __name__ == "__main__":
    main()
