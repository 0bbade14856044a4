"""A backup taken while calls run, restored beside them into an empty folder: no row and no recording is missing."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.settings import Settings
from dialer.store.database import make_engine
from dialer.store.tables import attempts, campaigns, ledger
from recordings import verify
from recordings.tables import recordings
from tests.telephony.stack import NODE, REPO, Stack, eventually, remove
from tests.telephony.world import World

AGENTS = 6
SHORT, LONG = ["21"] * 18 + ["17"] * 4, ["26"] * 3
ZONE = "Asia/Shanghai"


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "restored")
    yield made
    made.close()
    remove(made.paths.root)


def tianzhou(root: Path, *arguments: str, **more: str) -> dict[str, Any]:
    """A command of ours on a data folder; what it printed as JSON."""
    env = os.environ | {"TIANZHOU_DATA_DIR": str(root), "TIANZHOU_NODE": NODE, "TIANZHOU_ZONE": ZONE} | more
    argv = [sys.executable, "-m", "api.cli.main", *arguments, "--json"]
    done = subprocess.run(argv, env=env, cwd=REPO, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def test_a_backup_under_load_is_restored_without_a_gap(
    own_world: World, restored: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = own_world
    backups = await back_up_under_load(world, tmp_path / "backups")
    chosen = backups[-1]
    assert chosen["tables"]["ledger"] > 10 and chosen["objects"] > 0 and not chosen["missing"]
    assert sorted(item.name for item in (tmp_path / "backups").iterdir()) == [b["name"] for b in backups[-2:]]
    said = await asyncio.to_thread(tianzhou, restored.paths.root, "restore", chosen["path"])
    assert said["tables"] == chosen["tables"]
    apart(world.stack, restored)
    await revive(restored)
    engine = make_engine(restored.url)
    monkeypatch.setattr(verify, "IN_FLIGHT", timedelta(0))  # nothing is in flight: nothing may be passed over
    try:
        await eventually(lambda: is_settled(engine), "every call of the snapshot closed and settled", 60)
        await eventually(lambda: asyncio.to_thread(is_empty, restored), "an empty spool")
        await agree(world.engine, engine, chosen)
    finally:
        await engine.dispose()
    for stack in (restored, world.stack):
        code, report = await verify.run(Settings(data_dir=stack.paths.root, node=NODE, zone=ZONE))
        assert code == 0, report
    assert (await asyncio.to_thread(tianzhou, restored.paths.root, "verify"))["code"] == 0


async def back_up_under_load(world: World, where: Path) -> list[dict[str, Any]]:
    """Three backups while calls are dialed, talk, end and are sealed; then the calls come to their end."""
    world.stack.start_dialer()
    world.stack.start_worker()
    await world.make_campaign(ring_s=15, max_attempts=1)
    agents = [await world.add_agent() for _ in range(AGENTS)]
    working = [asyncio.create_task(world.work(agent)) for agent in agents]
    for behaviour in LONG + SHORT:
        await world.add_lead(behaviour)
    taken = []
    for count in (3, 6, 9):
        await eventually(partial(is_sealed, world.engine, count), f"{count} calls sealed", 60)
        root = world.stack.paths.root
        say = ("backup", "--to", str(where))
        taken.append(await asyncio.to_thread(tianzhou, root, *say, TIANZHOU_BACKUP_KEEP="2"))
        assert await in_the_air(world.engine), "the load ended before the backup did"
    for row in await in_the_air(world.engine):
        if row.connected_at is not None:
            await world.wish("call.hangup", {"agent_id": row.agent_id, "call_id": row.id})
    count = len(LONG + SHORT)
    await eventually(partial(is_sealed, world.engine, count), "every call settled", 180)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    await eventually(lambda: asyncio.to_thread(is_empty, world.stack), "an empty spool")
    return taken


async def revive(stack: Stack) -> None:
    """What `tianzhou up` starts, without customers."""
    await asyncio.to_thread(stack.prepare)
    await asyncio.to_thread(stack.start_postgres)
    await asyncio.to_thread(stack.start_asterisk, "main")
    stack.start_dialer()
    stack.start_worker()


async def agree(original: AsyncEngine, restored: AsyncEngine, manifest: dict[str, Any]) -> None:
    """The restored ledger begins with the original's rows, hash by hash; its calls are the snapshot's."""
    count = manifest["tables"]["ledger"]
    query = select(ledger.c.seq, ledger.c.hash).where(ledger.c.seq <= count).order_by(ledger.c.seq)
    theirs, ours = await rows(original, query), await rows(restored, query)
    assert len(ours) == count and [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert (await rows(restored, select(func.count()).select_from(attempts)))[0][0] == manifest["tables"]["attempts"]
    assert [row.state for row in await rows(restored, select(campaigns.c.state))] == ["paused"]
    present = await rows(restored, select(recordings).where(recordings.c.status == "present"))
    originals = {row.attempt_id: row for row in await rows(original, select(recordings))}
    whole = [row for row in present if row.sha256_pcm == originals[row.attempt_id].sha256_pcm]
    assert len(whole) >= manifest["objects"] > 0


def apart(original: Stack, restored: Stack) -> None:
    """Nothing of the restored one listens where the original does."""
    kept = json.loads(restored.paths.ports_file.read_text())
    assert not [name for name in ("sip", "ari", "ami", "rtp") if kept[name] == getattr(original.ports, name)]


async def is_settled(engine: AsyncEngine) -> bool:
    query = (
        select(func.count())
        .select_from(attempts.outerjoin(recordings, recordings.c.attempt_id == attempts.c.id))
        .where(recordings.c.attempt_id.is_(None))
    )
    return bool((await rows(engine, query))[0][0] == 0)


async def is_sealed(engine: AsyncEngine, count: int) -> bool:
    return bool((await rows(engine, select(func.count()).select_from(recordings)))[0][0] >= count)


async def in_the_air(engine: AsyncEngine) -> list[Row[Any]]:
    return await rows(engine, select(attempts).where(attempts.c.ended_at.is_(None)))


def is_empty(stack: Stack) -> bool:
    return not list(stack.paths.spool.glob("*.wav"))


async def rows(engine: AsyncEngine, query: Any) -> list[Row[Any]]:
    async with engine.connect() as connection:
        return list((await connection.execute(query)).all())
