"""Verification finds what was changed, removed or added, on every side; and says nothing when all is well."""

import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import Certificate
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.machine import Paths
from dialer.settings import Settings
from recordings.audio import Pcm, decode_flac
from recordings.keys import Keyring
from recordings.report import Finding, Report
from recordings.retention import Keeper
from recordings.storage import local_storage
from recordings.verify import Sources, run, verify
from tests.conftest import Postgres
from tests.database.recordings_world import World

ZONE = "Asia/Shanghai"


def cdr_line(call: str, disposition: str = "ANSWERED") -> str:
    return ",".join([*[f'"{n}"' for n in range(14)], f'"{disposition}"', '"3"', f'"{call}"', '""']) + "\n"


class Scene:
    """A world with three settled calls: two recorded, one not answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cdr = world.root / "Master.csv"

    async def set_up(self) -> None:
        self.good, self.other = [await self.world.answered_call(samples=n) for n in (8000, 8000)]
        self.silent = await self.world.attempt(answered=False)
        await self.world.worker().sweep()
        self.cdr.write_text(cdr_line(self.good) + cdr_line(self.other) + cdr_line(self.silent, "NO ANSWER"))

    roots: tuple[Certificate, ...] = ()

    @property
    def sources(self) -> Sources:
        world = self.world
        checkpoints, key = world.paths.checkpoints, world.signer().public
        return Sources(
            world.engine, world.vault, self.cdr, world.spool, world.node, ZONE, checkpoints, key, (), self.roots
        )

    async def verify(self, elsewhere: tuple[Path, ...] = (), **scope: Any) -> Report:
        return await verify(replace(self.sources, elsewhere=elsewhere), **scope)

    async def found(self, elsewhere: tuple[Path, ...] = (), **scope: Any) -> set[tuple[Finding, str | None]]:
        report = await self.verify(elsewhere, **scope)
        assert report.unchecked == []
        assert report.code == (1 if report.differences else 0)
        return {(difference.kind, difference.call) for difference in report.differences}

    async def flac(self, call: str) -> Path:
        row = await self.world.row(call)
        assert row is not None
        return self.world.root / "recordings" / str(row.storage_key)


@pytest.fixture
async def scene(world: World) -> Scene:
    made = Scene(world)
    await made.set_up()
    return made


async def change(owner: AsyncEngine, statement: str, **values: Any) -> None:
    async with owner.begin() as connection:
        assert (await connection.execute(text(statement), values)).rowcount == 1


async def test_all_is_well(scene: Scene) -> None:
    report = await scene.verify()
    assert (report.code, report.differences, report.unchecked) == (0, [], [])
    assert (report.calls, report.present, report.absent, report.objects, report.cdr_calls) == (3, 2, 1, 2, 2)
    assert report.ledger_rows == 6
    assert report.as_json()["code"] == 0


async def test_a_flipped_bit(scene: Scene) -> None:
    flac = await scene.flac(scene.good)
    content = bytearray(flac.read_bytes())
    content[len(content) // 2] ^= 1
    flac.write_bytes(content)
    assert await scene.found() == {(Finding.OBJECT_DIFFERS, scene.good)}


async def test_a_deep_look_decodes_what_a_quick_one_only_hashes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def decode(flac: Path) -> Pcm:
        decoded.append(flac)
        return decode_flac(flac)

    monkeypatch.setattr("recordings.vault.decode_flac", decode)
    for deep, count in ((False, 0), (True, 2)):
        report = await scene.verify(deep=deep)
        assert (report.code, report.objects, len(decoded)) == (0, 2, count)
    content = bytearray((await scene.flac(scene.good)).read_bytes())
    content[-1] ^= 1
    (await scene.flac(scene.good)).write_bytes(content)
    for deep in (False, True):
        assert await scene.found(deep=deep) == {(Finding.OBJECT_DIFFERS, scene.good)}


async def test_without_its_key_a_recording_is_no_recording(scene: Scene) -> None:
    vault = scene.world.vault
    vault.keys = Keyring(lambda: {"2": "A" * 43})
    differences = (await verify(replace(scene.sources, vault=vault))).differences
    assert {(found.kind, found.call) for found in differences} == {
        (Finding.KEY_MISSING, scene.good),
        (Finding.KEY_MISSING, scene.other),
    }


async def test_what_was_taken_away_has_its_tombstone(scene: Scene, owner: AsyncEngine) -> None:
    keeper = Keeper(scene.world.engine, scene.world.storage, 30)
    assert await keeper.round(datetime.now(UTC) + timedelta(days=1826)) == 2
    report = await scene.verify()
    assert (report.code, report.differences, report.present, report.objects) == (0, [], 0, 0)
    put_back = "update recordings set status = 'present', reason = null where attempt_id = :call"
    await change(owner, put_back, call=scene.good)
    assert (Finding.TOMBSTONE_DIFFERS, scene.good) in await scene.found()


async def test_a_recording_taken_away_by_hand_is_found(scene: Scene, owner: AsyncEngine) -> None:
    taken = "update recordings set status = 'absent', reason = 'erased' where attempt_id = :call"
    await change(owner, taken, call=scene.good)
    assert (Finding.TOMBSTONE_DIFFERS, scene.good) in await scene.found()


async def test_other_audio_in_its_place(scene: Scene) -> None:
    (await scene.flac(scene.good)).write_bytes((await scene.flac(scene.other)).read_bytes())
    [difference] = (await scene.verify()).differences
    assert (difference.kind, difference.call) == (Finding.OBJECT_DIFFERS, scene.good)
    assert "is not what was sealed" in difference.detail or "bytes instead of" in difference.detail


async def test_a_deleted_file(scene: Scene) -> None:
    (await scene.flac(scene.good)).unlink()
    assert await scene.found() == {(Finding.OBJECT_MISSING, scene.good)}


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger set body = replace(body, 'practice', 'other') where seq = 2",
        "update ledger set body = '{}' where seq = 2",
        "update ledger set body = 'no json' where seq = 2",
        "update ledger set kind = 'nothing' where seq = 2",
        "update ledger set event_at = event_at + interval '1 microsecond' where seq = 2",
        "delete from ledger where seq = 2",
        "delete from ledger where seq = 6",
        "update ledger_head set seq = 7",
    ],
)
async def test_a_changed_ledger(scene: Scene, owner: AsyncEngine, statement: str) -> None:
    if "practice" in statement:
        statement = statement.replace("'practice', 'other'", "'progressive', 'manual'")
    await change(owner, statement)
    kinds = {kind for kind, _call in await scene.found()}
    assert Finding.LEDGER_BROKEN in kinds


async def test_a_removed_recordings_row(scene: Scene, owner: AsyncEngine) -> None:
    old = time.time() - 3600
    os.utime(await scene.flac(scene.good), (old, old))
    await change(owner, "delete from recordings where attempt_id = :call", call=scene.good)
    assert await scene.found() == {
        (Finding.ROW_MISSING, scene.good),
        (Finding.SEAL_WITHOUT_ROW, scene.good),
        (Finding.OBJECT_WITHOUT_ROW, scene.good),
    }


async def test_a_whole_call_removed(scene: Scene, owner: AsyncEngine) -> None:
    for table, column in (("recordings", "attempt_id"), ("attempts", "id")):
        await change(owner, f"delete from {table} where {column} = :call", call=scene.good)
    (await scene.flac(scene.other)).with_name(f"{scene.good}.flac").unlink()
    assert (Finding.ATTEMPT_MISSING, scene.good) in await scene.found()


@pytest.mark.parametrize("change_to", ["samples = 1", "sha256_pcm = ''", "reason = 'x'", "status = 'absent'"])
async def test_a_changed_row(scene: Scene, owner: AsyncEngine, change_to: str) -> None:
    await change(owner, f"update recordings set {change_to} where attempt_id = :call", call=scene.good)
    assert (Finding.SEAL_DIFFERS, scene.good) in await scene.found()


async def test_an_answered_call_that_is_absent(scene: Scene) -> None:
    call = await scene.world.attempt()
    await scene.world.worker().sweep()
    with scene.cdr.open("a") as out:
        out.write(cdr_line(call))
    assert await scene.found() == {(Finding.NOT_RECORDED, call)}


async def test_calls_in_flight_are_no_difference(scene: Scene) -> None:
    await scene.world.attempt(ended_s_ago=1)
    running = await scene.world.attempt(ended_at=None)
    scene.world.legs(running)
    with scene.cdr.open("a") as out:
        out.write(cdr_line(running))
    assert await scene.found() == set()


async def test_files_that_are_nobodys(scene: Scene) -> None:
    stranger, left = "01930000-0000-7000-8000-000000000001", await scene.world.attempt()
    scene.world.legs(stranger)
    scene.world.legs(left)
    (scene.world.spool / "what.txt").touch()
    with scene.cdr.open("a") as out:
        out.write(cdr_line(left))
    flac = await scene.flac(scene.good)
    odd = flac.with_name("odd.flac")
    odd.write_bytes(flac.read_bytes())
    os.utime(odd, (0, 0))
    assert await scene.found() == {
        (Finding.SPOOL_ORPHAN, stranger),
        (Finding.SPOOL_ORPHAN, None),
        (Finding.SPOOL_LEFT, left),
        (Finding.ROW_MISSING, left),
        (Finding.OBJECT_WITHOUT_ROW, None),
    }


async def test_asterisks_records_both_ways(scene: Scene) -> None:
    stranger = "01930000-0000-7000-8000-000000000001"
    scene.cdr.write_text(cdr_line(scene.good) + cdr_line(scene.silent) + cdr_line(stranger))
    assert await scene.found() == {
        (Finding.CDR_MISSING, scene.other),
        (Finding.CDR_NOT_ANSWERED, scene.silent),
        (Finding.ATTEMPT_MISSING, stranger),
    }


async def test_one_day_and_one_call(scene: Scene) -> None:
    (await scene.flac(scene.good)).unlink()
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    assert await scene.found(day=today) == {(Finding.OBJECT_MISSING, scene.good)}
    assert await scene.found(day=today - timedelta(days=3)) == set()
    assert await scene.found(call=scene.good) == {(Finding.OBJECT_MISSING, scene.good)}
    assert await scene.found(call=scene.other) == set()
    assert (await scene.verify(call=scene.other)).calls == 1


@pytest.mark.parametrize("call", ["nothing", "../../etc/passwd", "01930000-0000-7000-8000-000000000009"])
async def test_an_unknown_call_cannot_be_checked(scene: Scene, call: str) -> None:
    report = await scene.verify(call=call)
    assert (report.code, report.differences, len(report.unchecked)) == (2, [], 1)


async def test_what_cannot_be_read_is_said(scene: Scene) -> None:
    scene.cdr.unlink()
    scene.world.spool.rmdir()
    report = await scene.verify()
    assert (report.code, report.differences, len(report.unchecked)) == (2, [], 2)


async def test_without_a_database_nothing_could_be_checked(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    away = Settings(data_dir=tmp_path, database_url=f"postgresql+asyncpg://x@/x?host={tmp_path}")
    code, report = await run(away, date(2026, 11, 24))
    assert code == 2
    assert [reason.partition(":")[0] for reason in report.unchecked] == ["the database could not be read"]


async def test_run_finds_everything_by_the_settings(scene: Scene, postgres: Postgres) -> None:
    paths = Paths(scene.world.root)
    paths.cdr("main").parent.mkdir(parents=True)
    paths.cdr("main").write_text(scene.cdr.read_text())
    code, report = await run(Settings(data_dir=scene.world.root, database_url=postgres.url))
    assert (code, report.objects) == (0, 2)
    assert local_storage(paths.recordings)
