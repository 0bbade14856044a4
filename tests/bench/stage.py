"""The floor that is measured: PostgreSQL as it runs in earnest, both Asterisks, dialer, worker, agents at work."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, text
from uuid_utils.compat import uuid7

from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.tables import commands, leads
from tests.telephony.stack import NODE, START_S, Stack
from tests.telephony.world import World

CALLS_PER_S = 5
AGENTS = 20
RING_S, TALK_S = 1, 2  # short: 20 agents have to take 5 calls in every second
PROCESSES = ("dialer", "worker", "postgres", "main", "carrier")
LOOK_S = 0.1
IN_WRAP_UP = "select agent_id::text, attempt_id::text from agent_sessions where state = 'wrap_up'"
ENDED = "select count(*) from attempts where ended_at is not null"
COMMITS = "select xact_commit from pg_stat_database where datname = current_database()"


class EarnestStack(Stack):
    """The tests' stack with PostgreSQL as supervisord starts it: what is committed is on disk."""

    def start_postgres(self) -> None:
        embedded.prepare(self.paths)
        self.start("postgres", "dialer.store.embedded")

    def make_customers_talk(self, seconds: int) -> None:
        """Everybody rings RING_S, answers, speaks for so long, and hangs up."""
        self.set_customers(TALK_MIN_S=seconds, TALK_MAX_S=seconds, PATIENCE_S=seconds)

    def pids(self) -> dict[str, int]:
        return {name: self._running[name].pid for name in PROCESSES}


@dataclass
class Stage:
    """A running floor. `observer` is our own connection: its backend is left out of every figure."""

    stack: EarnestStack
    world: World
    observer: asyncpg.Connection
    looks: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def left_out(self) -> set[int]:
        """The process of PostgreSQL that works for nobody but us."""
        return {self.observer.get_server_pid()}

    async def add_leads(self, count: int) -> None:
        """So many more customers, who answer, speak, and hang up."""
        first = await self.ask("select count(*) from leads")
        rows = [
            {"id": str(uuid7()), "campaign_id": self.world.campaign_id, "number": f"+86138{first + n:08d}"}
            for n in range(count)
        ]
        async with self.world.engine.begin() as connection:
            consent = dict.fromkeys(("consent_source", "consent_basis", "consent_proof"), "bench")
            await connection.execute(insert(leads), [row | consent for row in rows])

    async def ask(self, query: str) -> Any:
        """One value."""
        return (await self.rows(query))[0][0]

    async def rows(self, query: str) -> Sequence[Any]:
        """Rows, by the connection that is left out of the figures; one query at a time."""
        async with self._turn:
            self.looks += 1
            return list(await self.observer.fetch(query, timeout=10))

    async def commits(self) -> int:
        """Transactions so far but for our own looks."""
        return int(await self.ask(COMMITS)) - self.looks

    async def ended(self) -> int:
        """How many calls have ended."""
        return int(await self.ask(ENDED))

    async def until_ended(self, count: int, timeout_s: float) -> None:
        """Returns when so many calls have ended. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while await self.ended() < count:
                await asyncio.sleep(LOOK_S)

    async def work(self) -> None:
        """Every agent disposes of every call at once, for ever; the row is written as the api writes it."""
        done: set[tuple[str, str]] = set()
        while True:
            rows = await self.rows(IN_WRAP_UP)
            found = {(row["agent_id"], row["attempt_id"]) for row in rows if row["attempt_id"]}
            for agent_id, call_id in found - done:
                await self._dispose(agent_id, call_id)
            done = found
            await asyncio.sleep(LOOK_S)

    async def _dispose(self, agent_id: str, call_id: str) -> None:
        payload = {"agent_id": agent_id, "call_id": call_id, "disposition": "other"}
        row = {"id": str(uuid7()), "node": NODE, "kind": "call.disposition", "payload": payload}
        async with self.world.engine.begin() as connection:
            await connection.execute(insert(commands).values(**row))
            await connection.execute(text("notify tianzhou_commands"))


@asynccontextmanager
async def stage(root: Path) -> AsyncIterator[Stage]:
    """The floor, nobody there yet; everything is ended afterwards."""
    stack = EarnestStack(root)
    stack.extra = {"TIANZHOU_TRUNK_CPS": str(CALLS_PER_S)}
    try:
        await asyncio.to_thread(stack.prepare)
        stack.start_postgres()
        await _answers(stack)
        await create_embedded_database(stack.owner_url)
        await migrate(stack.owner_url)
        await asyncio.to_thread(_start_rest, stack)
        yield await _open(stack)
    finally:
        stack.close()


def _start_rest(stack: EarnestStack) -> None:
    for role in ("main", "carrier"):
        stack.start_asterisk(role)
    stack.start_dialer()
    stack.start_worker()
    stack.set_customers(ANSWER_PCT=100, RING_MIN_S=RING_S, RING_MAX_S=RING_S, **dict.fromkeys(OTHERS, 0))
    stack.make_customers_talk(TALK_S)


OTHERS = ("BUSY_PCT", "NOANSWER_PCT", "INVALID_PCT", "MACHINE_PCT", "SILENT_PCT", "HANGUP_PCT")


async def _open(stack: EarnestStack) -> Stage:
    engine = make_engine(stack.url, pool_size=1)
    return Stage(stack, World(stack, engine), await _connect(stack))


async def _connect(stack: EarnestStack, database: str = embedded.DATABASE) -> asyncpg.Connection:
    folder = str(embedded.socket_folder(stack.paths))
    return await asyncpg.connect(host=folder, user=embedded.OWNER, database=database, timeout=5)


async def _answers(stack: EarnestStack) -> None:
    async with asyncio.timeout(START_S):
        while True:
            with suppress(OSError, asyncpg.CannotConnectNowError):
                await (await _connect(stack, "postgres")).close()
                return
            await asyncio.sleep(LOOK_S)


async def seat(place: Stage, agents: int = AGENTS) -> None:
    """A campaign, and so many agents ready for it."""
    world = place.world
    await world.make_campaign(max_attempts=1)
    ids = [str(uuid7()) for _ in range(agents)]
    for n, agent_id in enumerate(ids):
        start = {"agent_id": agent_id, "extension": str(1001 + n), "campaign_ids": [world.campaign_id]}
        await _granted(world, "session.start", start)
    await world.phones_up(agents)
    for agent_id in ids:
        await _granted(world, "session.state", {"agent_id": agent_id, "state": "ready"})


async def _granted(world: World, kind: str, payload: dict[str, Any]) -> None:
    status, result = await world.wish(kind, payload)
    assert status == "done", result


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are not above: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
