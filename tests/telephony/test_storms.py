"""Two storms: processes killed at random points under load, and the recordings' disk filled under calls.

`make soak` kills 200 times; here it is a handful.
"""

import asyncio
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Row, func, insert, select, text
from uuid_utils.compat import uuid7

from dialer.core.incidents import IncidentKind
from dialer.settings import Settings
from dialer.store.tables import agent_sessions, attempts, commands, incidents, leads
from recordings import verify
from recordings.tables import recordings
from tests.telephony.conftest import make_stack, make_world
from tests.telephony.stack import NODE, Stack, eventually, remove
from tests.telephony.world import RATE, World

KILLS = int(os.environ.get("TIANZHOU_KILLS", "4"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))
AGENTS, CALLS = 10, 20
TALKS = "26"  # until somebody hangs up
LOST_S = 2.1  # reliability.md I1: one buffer of MixMonitor
NEAR_S = 0.2  # what our clocks and Asterisk's may differ in, on a loaded machine
SHORTEST_S, LONGEST_S = 3.0, 9.0
ALARM_S = 10.0
MEGABYTE = 2**20
VICTIMS = ("main", "dialer", "worker")


@dataclass
class Team:
    """Agents at work for ever: each talks for a while, hangs up, disposes, is ready again. Nobody waits for an
    answer: the dialer may be dead.
    """

    world: World
    chance: random.Random
    is_fed: bool = True
    _until: dict[str, float] = field(default_factory=dict)

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            if self.is_fed:
                await self._feed()
            sessions = select(agent_sessions).where(agent_sessions.c.ended_at.is_(None))
            for session in await self.world._rows(sessions):
                await self._act(session)
            await asyncio.sleep(0.2)

    async def _act(self, session: Row[Any]) -> None:
        call, agent_id = session.attempt_id, session.agent_id
        if session.state == "wrap_up" and call is not None:
            await self._wish("call.disposition", {"agent_id": agent_id, "call_id": call, "disposition": "other"})
        elif session.state == "paused":
            await self._wish("session.state", {"agent_id": agent_id, "state": "ready"})
        elif session.state == "on_call" and call is not None:
            until = self._until.setdefault(call, time.monotonic() + self.chance.uniform(SHORTEST_S, LONGEST_S))
            if time.monotonic() >= until:
                await self._wish("call.hangup", {"agent_id": agent_id, "call_id": call})

    async def _wish(self, kind: str, payload: dict[str, Any]) -> None:
        async with self.world.engine.begin() as connection:
            row = {"id": str(uuid7()), "node": NODE, "kind": kind, "payload": payload}
            await connection.execute(insert(commands).values(row))
            await connection.execute(text("notify tianzhou_commands"))

    async def _feed(self) -> None:
        """Always more numbers than anybody dials."""
        due = select(func.count()).select_from(leads).where(leads.c.state == "new")
        if (await self.world._rows(due))[0][0] < 2 * AGENTS:
            for _ in range(4 * AGENTS):
                await self.world.add_lead(TALKS)


@asynccontextmanager
async def at_work(world: World, is_fed: bool = True) -> AsyncIterator[None]:
    """Agents at work while the block runs; `is_fed`: with always more numbers than anybody dials."""
    team = asyncio.create_task(Team(world, random.Random(SEED), is_fed).work())
    try:
        yield
    finally:
        team.cancel()
        await asyncio.gather(team, return_exceptions=True)


async def talking(world: World) -> list[Row[Any]]:
    return await world._rows(
        select(attempts).where(attempts.c.connected_at.is_not(None), attempts.c.ended_at.is_(None))
    )


async def at_least(world: World, count: int, timeout_s: float = 60) -> None:
    async def look() -> bool:
        return len(await talking(world)) >= count

    try:
        await eventually(look, f"{count} calls with an agent", timeout_s)
    except AssertionError as error:
        now_open = select(incidents.c.kind, incidents.c.detail).where(incidents.c.closed_at.is_(None))
        found = await world._rows(now_open.where(incidents.c.kind != IncidentKind.CRASH_TRUNCATED))
        ends = await world._rows(select(attempts).order_by(attempts.c.id.desc()).limit(5))
        why = [await world.health(), *found, *ends, world.stack.log("dialer")[-2000:]]
        raise AssertionError("\n".join(map(str, why))) from error


# -- kills ---------------------------------------------------------------------------------------------------------


class Death(NamedTuple):
    """Between these two moments."""

    before: datetime
    after: datetime


async def kill(world: World, victim: str) -> Death:
    """kill -9 and a start at once, as supervisord does it; when it died."""
    before = datetime.now(UTC)
    world.stack.kill(victim)
    death = Death(before, datetime.now(UTC))
    if victim == "main":
        await asyncio.to_thread(world.stack.start_asterisk, "main")
    elif victim == "dialer":
        world.stack.start_dialer()
    else:
        world.stack.start_worker()
    return death


async def test_killed_at_random_points_under_load_no_recording_is_lost(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, chance = own_world, random.Random(SEED)
    world.stack.start_dialer()
    world.stack.start_worker()
    await world.make_campaign(max_attempts=1, wrap_up_s=60)
    for _ in range(AGENTS):
        await world.add_agent()
    deaths, victims, began = list[Death](), Counter[str](), time.monotonic()
    async with at_work(world):
        for n in range(KILLS):
            await at_least(world, 1 if n else AGENTS // 2)
            await asyncio.sleep(chance.uniform(0, 2.5))  # the point is random: nothing is waited for
            victim = VICTIMS[n] if n < len(VICTIMS) else chance.choice(VICTIMS)
            victims[victim] += 1
            died = await kill(world, victim)
            if victim == "main":
                deaths.append(died)
        took_s = time.monotonic() - began
        await at_least(world, 1)
        await world.stop_campaign("draining")
        await world.all_closed(120)
    await settled(world)
    rows = await outcome(world)
    lost, truncated = losses(rows, deaths)
    print(f"\n{KILLS} kills {dict(victims)} in {took_s:.0f} s ({took_s / KILLS:.1f} s each), {len(rows)} calls,")
    print(f"  {len(truncated)} cut by a death of Asterisk: {max(truncated, default=0):.2f} s lost at most")
    print(f"  incidents: {dict(await kinds(world))}")
    for found in await world._rows(select(incidents).where(incidents.c.kind != IncidentKind.CRASH_TRUNCATED)):
        print(f"  {found.kind}: {found.detail} (closed: {found.resolution})")
    assert lost == [] and max(truncated, default=0) <= LOST_S + NEAR_S
    marked = await world._rows(select(incidents.c.call_id).where(incidents.c.kind == IncidentKind.CRASH_TRUNCATED))
    assert {row.id for row in rows if row.lost_s} <= {row.call_id for row in marked}
    monkeypatch.setattr(verify, "IN_FLIGHT", timedelta(0))
    code, report = await verify.run(Settings(data_dir=world.stack.paths.root, node=NODE))
    differing = {each.call for each in report.differences}
    assert code == 0, (report.unchecked, report.differences, [row for row in rows if row.id in differing])


def losses(rows: list[Row[Any]], deaths: list[Death]) -> tuple[list[str], list[float]]:
    """Answered calls without a recording, or shorter than their talk for no death's sake; what each death took."""
    lost, truncated = [], []
    for row in rows:
        if row.answered_at is None:
            continue
        if row.status != "present":
            lost.append(f"{row.id}: {row.status} {row.reason}")
            continue
        death = next((at for at in deaths if row.answered_at < at.after and at.before <= row.ended_at), None)
        end = row.ended_at if death is None else death.before
        missing = (end - row.answered_at).total_seconds() - row.samples / RATE
        if death is not None:
            truncated.append(max(0.0, missing))
        elif missing > 1:
            lost.append(f"{row.id}: {missing:.2f} s of it, ended by {row.end_reason}")
    return lost, truncated


async def settled(world: World) -> None:
    async def look() -> bool:
        rows = await outcome(world)
        return all(row.status is not None for row in rows)

    await eventually(look, "every call settled", 60)


async def outcome(world: World) -> list[Row[Any]]:
    query = (
        select(attempts.c.id, attempts.c.answered_at, attempts.c.ended_at, attempts.c.end_reason)
        .add_columns(recordings.c.status, recordings.c.reason, recordings.c.samples, recordings.c.lost_s)
        .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
    )
    return await world._rows(query)


async def kinds(world: World) -> Counter[str]:
    return Counter(row.kind for row in await world._rows(select(incidents.c.kind)))


# -- the disk ------------------------------------------------------------------------------------------------------


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own under a folder; its size is a limit, no memory."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True, timeout=10)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True, timeout=10)


def resize(folder: Path, free_mb: float) -> None:
    """Leaves so much free: what another program's files would do, without writing them."""
    pages = os.statvfs(folder)
    used = (pages.f_blocks - pages.f_bfree) * pages.f_frsize
    size = int(used + free_mb * MEGABYTE)
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True, timeout=10)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Stack]:
    root = tmp_path / "own"
    with disk(root / "spool", 8000):
        running = make_stack(root)
        running.extra["TIANZHOU_DISK_RESERVE_MB"] = "64"
        try:
            yield running
        finally:
            running.close()
    remove(root)


async def test_a_disk_that_fills_stops_dialing_before_and_no_truncation_is_silent(small_disk: Stack) -> None:
    async for world in make_world(small_disk):
        await fill(world)


async def fill(world: World) -> None:
    world.stack.start_dialer()
    world.stack.start_worker()
    spool = world.stack.paths.spool
    await world.make_campaign()
    for _ in range(CALLS):
        await world.add_agent()
    numbers = [await world.add_lead(TALKS) for _ in range(CALLS)]
    await at_least(world, CALLS)
    calls = [row.id for row in await talking(world)]
    await asyncio.gather(*(world.talk(call, 2) for call in calls))
    resize(spool, 3000)  # two hours of twenty calls are 4.4 GB
    health = await world.until_health("dialing stopped before the disk is full", ALARM_S, dialing=False)
    assert "reserve" in health["why"][0]
    await until_open(world, IncidentKind.DISK_RESERVE, {NODE})
    assert len(await talking(world)) == CALLS
    grew = [size(spool, call) for call in calls]
    await eventually(lambda: grown(spool, calls, grew), "every call recorded on")
    resize(spool, 0)
    full_at = time.monotonic()
    await until_open(world, IncidentKind.NOT_GROWING, set(calls), ALARM_S)
    flagged_s = time.monotonic() - full_at
    resize(spool, 7000)
    await world.until_health("dialing again", ALARM_S, dialing=True)
    print(f"\n{CALLS} calls on a disk that filled: all flagged in {flagged_s:.1f} s")
    for row in await talking(world):
        await world.wish("call.hangup", {"agent_id": row.agent_id, "call_id": row.id})
    await world.all_closed()
    await settled(world)
    assert len(await world._rows(select(attempts))) == len(numbers)
    assert all(row.status == "present" for row in await outcome(world))


def size(spool: Path, call: str) -> int:
    return (spool / f"{call}-customer.wav").stat().st_size


async def grown(spool: Path, calls: list[str], before: list[int]) -> bool:
    return all(size(spool, call) > was for call, was in zip(calls, before, strict=True))


async def until_open(world: World, kind: IncidentKind, subjects: set[str], timeout_s: float = ALARM_S) -> None:
    query = select(incidents.c.subject).where(incidents.c.kind == kind, incidents.c.closed_at.is_(None))

    async def look() -> bool:
        return subjects <= {row.subject for row in await world._rows(query)}

    await eventually(look, f"{kind.value} of {len(subjects)}", timeout_s)
