"""A backup is complete or it is not there; a restore is whole or it is refused, by the name of what is wrong."""

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.accounts import create_user
from api.auth.roles import Role
from api.auth.sessions import issue
from api.auth.tables import auth_sessions
from api.cli.backup import database, files, manifest
from api.cli.backup.errors import BackupError, DamagedError, RestoreError
from api.cli.backup.restore import restore
from api.cli.backup.shelf import complete
from api.cli.backup.take import take
from api.cli.screen import Screen
from dialer.machine import Paths, keep_ports, keep_secrets
from dialer.settings import Settings
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.tables import campaigns, commands
from recordings import verify
from tests.conftest import Postgres, start_postgres
from tests.database.recordings_world import World
from tests.database.test_recordings_verify import cdr_line

REPOSITORY = Path(__file__).parents[2]
QUIET = Screen(Console(quiet=True))


class Centre:
    """An installation with two sealed calls, its own files and an empty folder for backups."""

    def __init__(self, world: World, postgres: Postgres, tmp_path: Path) -> None:
        self.world, self.paths, self.where = world, Paths(world.root), tmp_path / "backups"
        self.settings = Settings(data_dir=world.root, database_url=postgres.owner_url, disk_reserve_mb=1)
        self.empty = Settings(data_dir=tmp_path / "restored")

    async def set_up(self) -> None:
        self.sealed = [await self.world.answered_call() for _ in range(2)]
        await self.world.worker().sweep()
        keep_secrets(self.paths)
        keep_ports(self.paths)
        self.paths.outbox.mkdir()
        (self.paths.outbox / "optout.jsonl").write_text('{"call": "x"}\n')
        self.paths.cdr("main").parent.mkdir(parents=True)
        self.in_cdr(*self.sealed)

    def in_cdr(self, *calls: str) -> None:
        with self.paths.cdr("main").open("a") as out:
            out.writelines(cdr_line(call) for call in calls)

    async def take(self) -> Path:
        return (await take(self.settings, self.where, QUIET))[0]

    async def restore(self, backup: Path) -> None:
        await asyncio.to_thread(restore, self.empty, backup, QUIET)

    def command(self, **more: str) -> tuple[list[str], dict[str, str]]:
        """How a person takes the backup."""
        ours = {"TIANZHOU_DATA_DIR": str(self.world.root), "TIANZHOU_DATABASE_URL": self.settings.database_url}
        argv = [sys.executable, "-m", "api.cli.main", "backup", "--to", str(self.where)]
        return argv, os.environ | ours | {"TIANZHOU_DISK_RESERVE_MB": "1"} | more


@pytest.fixture
async def centre(world: World, postgres: Postgres, tmp_path: Path) -> Centre:
    made = Centre(world, postgres, tmp_path)
    await made.set_up()
    return made


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The restored database while its server runs."""
    server = start_postgres(Paths(settings.root))
    await asyncio.to_thread(server.__enter__)
    engine = make_engine(embedded.url(Paths(settings.root)))
    try:
        yield engine
    finally:
        await engine.dispose()
        await asyncio.to_thread(server.__exit__)


async def test_what_is_signed_during_the_backup_is_left_out_and_signing_goes_on(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, dump = centre.world, database.dump
    await world.signer().sign()

    async def signing_dump(url: str, snapshot_id: str, target: Path) -> None:
        await dump(url, snapshot_id, target)
        await world.attempt(answered=False)
        await world.signer().sign()

    monkeypatch.setattr(database, "dump", signing_dump)
    await centre.restore(await centre.take())
    async with running(centre.empty) as engine:
        restored = World(engine, centre.empty.root)
        sources = verify.sources_of(centre.empty, engine)
        report = await verify.verify(sources)
        assert (report.checkpoints, [(d.kind, d.detail) for d in report.differences]) == (1, [])
        await restored.attempt(answered=False)
        made = await restored.signer().sign()
        assert made is not None and made.size == report.ledger_rows + 1


async def test_what_goes_on_during_the_backup_is_cut_at_the_snapshot(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls are sealed while pg_dump runs, one of them without a sound, and another begins and is sealed."""
    world, dump = centre.world, database.dump
    unsealed = [await world.answered_call(), await world.answered_call(samples=0)]
    talking = await world.attempt(ended_at=None)
    world.legs(talking, closed=False)

    async def busy_dump(url: str, snapshot_id: str, target: Path) -> None:
        await dump(url, snapshot_id, target)
        later = await world.answered_call()
        await world.worker().sweep()
        centre.in_cdr(*unsealed, later)

    monkeypatch.setattr(database, "dump", busy_dump)
    backup = await centre.take()
    kept = manifest.read(backup)
    assert (kept.tables["attempts"], kept.tables["recordings"], kept.objects) == (5, 2, 3)
    await centre.restore(backup)
    monkeypatch.setattr(verify, "IN_FLIGHT", timedelta(0))
    async with running(centre.empty) as engine:
        copy = World(engine, centre.empty.root)
        await copy.worker().sweep()
        rows = [await copy.row(call) for call in (*centre.sealed, *unsealed)]
        originals = [await world.row(call) for call in (*centre.sealed, *unsealed)]
        assert [row and row.sha256_pcm for row in rows] == [row and row.sha256_pcm for row in originals]
        assert [row and row.storage_key for row in rows] == [row and row.storage_key for row in originals]
        assert copy.left() == sorted(f"{talking}-{leg}.wav" for leg in ("agent", "customer"))
        code, report = await verify.run(centre.empty)
        assert (code, report.differences, report.objects) == (0, [], 3)


async def test_everything_of_the_data_folder_comes_back_private(centre: Centre) -> None:
    (centre.paths.root / "keys").mkdir()
    (centre.paths.root / "keys" / "ledger.key").write_text("one day")
    backup = await centre.take()
    assert all(not path.stat().st_mode & 0o077 for path in (backup, *backup.rglob("*")) if "audio" not in path.parts)
    await centre.restore(backup)
    new = Paths(centre.empty.root)
    for name in ("secrets.json", "keys/ledger.key", "outbox/optout.jsonl"):
        assert (new.root / name).read_bytes() == (centre.paths.root / name).read_bytes()
    assert new.cdr("main").read_text() == centre.paths.cdr("main").read_text()
    assert not (new.root / "restoring").exists()


async def test_a_restored_centre_does_nothing_by_itself(centre: Centre, owner: AsyncEngine) -> None:
    campaign = {"id": str(centre.sealed[0]), "name": "n", "product": "p", "region": "r", "mode": "progressive"}
    async with owner.begin() as connection:
        await connection.execute(insert(campaigns).values(**campaign, state="running", caller_id="10010"))
        await connection.execute(insert(commands).values(id=centre.sealed[0], node="n", kind="call.dial", payload={}))
        person = await create_user(connection, "li", "Li", "a long password", [Role.MANAGER], None)
        await issue(connection, person)
    await centre.restore(await centre.take())
    async with running(centre.empty) as engine, engine.connect() as connection:
        assert await connection.scalar(select(campaigns.c.state)) == "paused"
        assert await connection.scalar(select(commands.c.status)) == "refused"
        assert await connection.scalar(select(auth_sessions.c.revoked_at)) is not None
        assert not await connection.scalar(text("select has_table_privilege('tianzhou_app', 'ledger', 'UPDATE')"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shorten(path: Path) -> None:
    """In a file of its own: the backup's is a link to the store's."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1])


def first_object(backup: Path) -> Path:
    return next(path for path in (backup / "audio").rglob("*.flac"))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "database.dump": lambda backup: flip(backup / "database.dump"),
    "manifest.json": lambda backup: flip(backup / "manifest.json"),
    "manifest.sha256": lambda backup: (backup / "manifest.sha256").unlink(),
    "secrets.json": lambda backup: (backup / "keys" / "secrets.json").unlink(),
    "objects.jsonl": lambda backup: flip(backup / "objects.jsonl"),
    "flac is missing": lambda backup: first_object(backup).unlink(),
    "flac is damaged": lambda backup: shorten(first_object(backup)),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_backup_is_refused_by_name(centre: Centre, damage: str) -> None:
    backup = await centre.take()
    DAMAGES[damage](backup)
    with pytest.raises(DamagedError, match=damage):
        await centre.restore(backup)
    assert not list(centre.empty.root.glob("*"))


async def test_rows_that_do_not_come_back_are_noticed(centre: Centre) -> None:
    backup = await centre.take()
    said = manifest.read(backup)
    said.tables["ledger"] += 1
    (backup / manifest.MANIFEST).unlink()
    (backup / manifest.SEAL).unlink()
    manifest.put(backup, said)
    with pytest.raises(DamagedError, match="ledger"):
        await centre.restore(backup)
    assert (centre.empty.root / "restoring").exists()


async def test_a_folder_in_use_is_refused_and_downloads_are_no_use(centre: Centre) -> None:
    backup = await centre.take()
    (centre.empty.root / "tools").mkdir(parents=True)
    (centre.empty.root / "recordings").mkdir()
    with pytest.raises(RestoreError, match="not empty \\(recordings\\)"):
        await centre.restore(backup)
    (centre.empty.root / "recordings").rmdir()
    await centre.restore(backup)


async def test_a_database_in_use_is_refused(centre: Centre, tmp_path: Path) -> None:
    backup = await centre.take()
    there = Settings(data_dir=tmp_path / "other", database_url=centre.settings.database_url)
    with pytest.raises(RestoreError, match="empty one"):
        await asyncio.to_thread(restore, there, backup, QUIET)


async def test_a_backup_of_a_newer_version_is_refused(centre: Centre) -> None:
    backup = await centre.take()
    said = manifest.read(backup)
    said.schema, said.version = "9999", "7.0"
    for name in (manifest.MANIFEST, manifest.SEAL):
        (backup / name).unlink()
    manifest.put(backup, said)
    with pytest.raises(RestoreError, match=r"Tianzhou 7\.0"):
        await centre.restore(backup)


async def test_a_full_disk_leaves_the_earlier_backup_and_no_half_one(centre: Centre) -> None:
    earlier = await centre.take()
    big = centre.paths.root / "big.key"
    big.write_bytes(bytes(4 << 20))
    argv, env = centre.command()

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))

    done = await asyncio.to_thread(
        subprocess.run, argv, env=env, cwd=REPOSITORY, capture_output=True, text=True, preexec_fn=small_files
    )
    assert done.returncode == 1
    assert "could not be written" in done.stderr and "has room" in done.stderr and "Traceback" not in done.stderr
    assert [item.name for item in centre.where.iterdir()] == [earlier.name]


async def test_no_room_is_said_before_anything_is_written(centre: Centre) -> None:
    centre.settings = centre.settings.model_copy(update={"disk_reserve_mb": 1 << 40})
    with pytest.raises(BackupError, match="MB are needed"):
        await centre.take()
    assert not list(centre.where.iterdir())


async def test_killed_in_the_middle_the_next_one_clears_up(centre: Centre, owner: AsyncEngine) -> None:
    """pg_dump waits for a table that somebody has locked; then the backup is killed with -9."""
    argv, env = centre.command()
    async with owner.begin() as connection:
        await connection.execute(text("create schema held create table held.still (n int)"))
    try:
        async with owner.begin() as holder:
            await holder.execute(text("lock table held.still in access exclusive mode"))
            with subprocess.Popen(argv, env=env, cwd=REPOSITORY, stdout=subprocess.PIPE) as child:
                await dumping(centre, 1)
                with pytest.raises(BackupError, match="Another backup"):
                    await centre.take()
                child.kill()
            await dumping(centre, 0)
        assert [item.suffix for item in centre.where.iterdir()] == [".part"]
        backup = await centre.take()
        assert [item.name for item in centre.where.iterdir()] == [backup.name]
    finally:
        async with owner.begin() as connection:
            await connection.execute(text("drop schema held cascade"))


async def dumping(centre: Centre, count: int) -> None:
    """Waits until so many pg_dumps write into the folder of backups."""
    async with asyncio.timeout(20):
        while len([line for line in map(command_line, psutil.process_iter()) if is_dump(line, centre)]) != count:
            await asyncio.sleep(0.05)


def command_line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def is_dump(line: list[str], centre: Centre) -> bool:
    return line[:1] == [str(embedded.binary("pg_dump"))] and any(str(centre.where) in word for word in line)


async def test_a_recording_that_the_store_lost_is_said_and_kept_from_the_last_backup(centre: Centre) -> None:
    first = await centre.take()
    lost = next(manifest.objects(first))
    (centre.paths.recordings / lost.key).unlink()
    first.rename(first.with_name("tianzhou-20200101T000000Z"))  # names are by the second
    backup, said = await take(centre.settings, centre.where, QUIET)
    assert said.missing == [lost.key]
    assert lost.key in {item.key for item in manifest.objects(backup)}
    await centre.restore(backup)
    assert (Paths(centre.empty.root).recordings / lost.key).exists()


async def test_only_the_newest_are_kept(centre: Centre) -> None:
    centre.settings = centre.settings.model_copy(update={"backup_keep": 1})
    files.folder(centre.where / "tianzhou-20200101T000000Z")
    backup = await centre.take()
    assert complete(centre.where) == [backup.name]


async def test_recordings_elsewhere_are_listed_only(centre: Centre) -> None:
    centre.settings = centre.settings.model_copy(update={"storage_url": "s3://bucket/audio"})
    backup = await centre.take()
    assert not (backup / "audio").exists()
    assert len(list(manifest.objects(backup))) == 2


async def test_without_a_database_there_is_a_sentence(centre: Centre, tmp_path: Path) -> None:
    away = f"postgresql+asyncpg://x@/x?host={tmp_path}"
    centre.settings = centre.settings.model_copy(update={"database_url": away})
    with pytest.raises(BackupError, match="start Tianzhou"):
        await centre.take()


async def test_the_nightly_program_makes_up_for_a_missed_night(centre: Centre) -> None:
    old = centre.paths.secrets_file.stat().st_mtime - 27 * 3600
    os.utime(centre.paths.secrets_file, (old, old))
    _, env = centre.command(TIANZHOU_BACKUP_DIR=str(centre.where))
    argv = [sys.executable, "-m", "api.cli.backup.nightly"]
    with subprocess.Popen(argv, env=env, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as program:
        try:
            lines: list[str] = []
            async with asyncio.timeout(30):
                while not any("backup_done" in line for line in lines):
                    lines.append(await asyncio.to_thread(readline, program))
        finally:
            program.kill()
    assert len(complete(centre.where)) == 1


def readline(program: "subprocess.Popen[Any]") -> str:
    assert program.stdout is not None
    return str(program.stdout.readline())
