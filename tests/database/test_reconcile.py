"""The reconciler: gaps planted in a day of settled calls are all found, under their right name, and nothing else."""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import IncidentKind
from dialer.store.incidents import close_incident
from dialer.store.tables import incidents
from recordings.spool import SELF_TESTS
from tests.database.gaps import Centre, record
from tests.database.recordings_world import World

GAPS = int(os.environ.get("TIANZHOU_GAPS", "24"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "4"))


@pytest.fixture
def centre(world: World, owner: AsyncEngine) -> Iterator[Centre]:
    with ExitStack() as stack:
        yield Centre(world, owner, random.Random(SEED), stack)


async def test_every_planted_gap_is_found_under_its_name_and_nothing_else(centre: Centre) -> None:
    """The storm: `python -m tests.soak gaps` plants a thousand."""
    await centre.calls(GAPS, GAPS // 4)
    begun = time.perf_counter()
    day = datetime.now(UTC).date()
    before = await centre.reconciler().night(day)
    assert (before.gaps, before.opened) == ([], 0)
    night_s = time.perf_counter() - begun
    await centre.plant(GAPS)
    await centre.adopt()
    begun = time.perf_counter()
    night = await centre.reconciler().night(day)
    night_s = max(night_s, time.perf_counter() - begun)
    found = await centre.found()
    missed, false = centre.planted - found, found - centre.planted
    print(f"\n{centre.planted.total()} gaps planted (seed {SEED}): {dict(centre.by_hand)}")
    print(f"{found.total()} found, {missed.total()} missed, {false.total()} false")
    print(f"{night.calls} calls compared in {night_s:.1f} s, every byte of their audio with them")
    assert not missed and not false, (missed, false)
    again = await centre.reconciler().night(day)
    assert again.opened == again.closed == 0
    assert not os.listdir(centre.world.spool) and len(list(centre.adopted.glob("*.json"))) == centre.orphans


async def test_within_a_minute_without_a_night(centre: Centre) -> None:
    await centre.calls(8, 2)
    reconciler = centre.reconciler()
    assert (await reconciler.recent()).gaps == []
    await centre.row_removed()
    await centre.attempt_removed()
    await centre.cdr_extra()
    await centre.cdr_answered()
    await reconciler.recent()
    assert await centre.found() == centre.planted
    assert (await centre.reconciler().recent()).opened == 0  # a restart opens nothing twice


async def test_what_is_mended_is_closed_and_what_a_person_closed_stays_closed(centre: Centre) -> None:
    world = centre.world
    await centre.calls(3, 0)
    lost = await world.attempt()
    with centre.cdr.open("a") as out:
        out.write(record(lost))
    await world.worker().sweep()
    stored = await centre._object(centre.answered[0])
    kept = stored.read_bytes()
    stored.unlink()
    reconciler = centre.reconciler()
    await reconciler.recent()
    assert {kind for kind, _ in await centre.found()} == {IncidentKind.AUDIO_MISSING, IncidentKind.NOT_RECORDED}
    stored.write_bytes(kept)
    assert (await reconciler.recheck()).closed == 1
    async with world.engine.begin() as connection:
        [left] = (await connection.execute(select(incidents).where(incidents.c.closed_at.is_(None)))).all()
        assert left.subject == lost
        await close_incident(connection, left.id, datetime.now(UTC), "asked the customer", left.id)
    assert (await reconciler.recheck()).opened == (await centre.reconciler().recent()).opened == 0


async def test_without_asterisks_records_there_is_one_incident_until_they_are_back(centre: Centre) -> None:
    await centre.calls(4, 0)
    away = centre.cdr.rename(centre.cdr.with_suffix(".away"))
    reconciler = centre.reconciler()
    await reconciler.recent()
    assert list(await centre.found()) == [(IncidentKind.CDR_MISSING, centre.world.node)]
    away.rename(centre.cdr)
    await reconciler.recent()
    assert not await centre.found()


async def test_hostile_things_in_the_spool_are_moved_aside_unopened(centre: Centre, tmp_path: Path) -> None:
    spool, secret = centre.world.spool, tmp_path / "secret"
    secret.write_text("not ours to read")
    (spool / "link.wav").symlink_to(secret)
    (spool / "folder").mkdir()
    (spool / "folder" / "inside").write_text("kept")
    os.mkfifo(spool / "pipe")
    (spool / os.fsdecode(b"\xff\n\xfe.wav")).write_bytes(b"raw")
    await centre.calls(1, 0)
    young = await centre.world.attempt(ended_at=None)
    centre.world.legs(young, 100)
    async with asyncio.timeout(20):  # a pipe that is opened would wait for its writer
        await centre.adopt()
    assert centre.world.left() == [f"{young}-agent.wav", f"{young}-customer.wav"]
    async with centre.world.engine.connect() as connection:
        rows = (await connection.execute(select(incidents.c.facts))).scalars().all()
    facts = {row["what"]: row for row in rows}
    assert sorted(facts) == ["file", "folder", "link", "pipe"]
    assert facts["file"]["name"] == "\\udcff\\n\\udcfe.wav" and len(facts["file"]["sha256"]) == 64
    assert facts["link"]["sha256"] is None and secret.read_text() == "not ours to read"
    assert (centre.adopted / facts["link"]["kept_as"]).is_symlink()
    assert (centre.adopted / facts["folder"]["kept_as"] / "inside").read_text() == "kept"


async def test_the_folder_of_the_self_test_calls_is_nobody_s_orphan(centre: Centre) -> None:
    (centre.world.spool / SELF_TESTS).mkdir()
    await centre.adopt()
    assert not await centre.found() and (centre.world.spool / SELF_TESTS).is_dir()


async def test_killed_between_the_move_and_the_incident_it_is_told_by_the_next_look(centre: Centre) -> None:
    (centre.world.spool / "x").write_bytes(b"1")
    keeper = centre.keeper()
    keeper._ripe()
    centre.world.clock.now += 100
    [(name, call)] = keeper._ripe()
    keeper._adopt(name, call)
    assert not await centre.found()
    assert await centre.keeper().sweep() == 1
    assert await centre.keeper().sweep() == 0
