"""The process itself: killed with -9 again and again, woken by NOTIFY, stopped by SIGTERM, alone on its data."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.wakeups import listen
from tests.conftest import Postgres
from tests.database.recordings_world import World

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def worker_process(world: World, postgres: Postgres) -> Iterator[subprocess.Popen[bytes]]:
    names = {"TIANZHOU_DATA_DIR": str(world.root), "TIANZHOU_DATABASE_URL": postgres.url}
    world.root.mkdir(parents=True, exist_ok=True)
    with (world.root / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "recordings.main"], env=os.environ | names, cwd=REPOSITORY, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def wait_for_rows(world: World, count: int, limit_s: float = 15) -> None:
    async with asyncio.timeout(limit_s):
        while await world.rows() < count:
            await asyncio.sleep(0.01)


async def test_killed_again_and_again_every_call_is_settled_once(world: World, postgres: Postgres) -> None:
    calls = [await world.answered_call(samples=40_000) for _ in range(30)]
    for kill_at in (1, 8, 15):
        with worker_process(world, postgres) as process:
            await wait_for_rows(world, kill_at)
            process.kill()
            process.wait(10)
    with worker_process(world, postgres) as process:
        await wait_for_rows(world, 30)
        async with asyncio.timeout(15):
            while world.left():
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
    for call in calls:
        row = await world.row(call)
        assert row is not None and (row.status, row.samples) == ("present", 40_000)
        assert len(await world.witnesses(call)) == 1
        assert (await world.pcm(call)).sha256 == row.sha256_pcm
    assert len([item async for item in world.storage.listing()]) == 30


async def test_a_second_one_is_refused_and_no_number_is_logged(world: World, postgres: Postgres) -> None:
    with worker_process(world, postgres) as process:
        call = await world.attempt(answered=False)
        await wait_for_rows(world, 1)
        with worker_process(world, postgres) as second:
            assert await asyncio.to_thread(second.wait, 15) == 1
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
    log = (world.root / "worker.log").read_text()
    assert "another worker runs on this data folder" in log
    assert "138000" not in log, "a phone number in the log"
    assert call in log


async def test_each_message_wakes_also_after_a_broken_connection(
    world: World, postgres: Postgres, owner: AsyncEngine
) -> None:
    woken = asyncio.Event()
    listening = asyncio.create_task(listen(postgres.url, woken.set))
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'"
    try:
        for statement in (kill, "select 1"):
            async with asyncio.timeout(5):
                await woken.wait()  # it listens
                woken.clear()
                await _send(owner, "select pg_notify('tianzhou_attempts', '')")
                await woken.wait()
                woken.clear()
                await _send(owner, statement)
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def _send(owner: AsyncEngine, statement: str) -> None:
    async with owner.begin() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_when_the_database_is_away(world: World, number: signal.Signals, tmp_path: Path) -> None:
    gone = Postgres(f"postgresql+asyncpg://x@/x?host={tmp_path}", "", None)  # type: ignore[arg-type]
    with worker_process(world, gone) as process:
        async with asyncio.timeout(10):
            while "trying again" not in (world.root / "worker.log").read_text():
                await asyncio.sleep(0.05)
        process.send_signal(number)
        assert await asyncio.to_thread(process.wait, 10) == 0
