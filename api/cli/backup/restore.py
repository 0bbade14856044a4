"""Puts a backup into an empty data folder: `tianzhou up` on it then goes on where the snapshot was taken.

Nothing is dialed by a restored centre until somebody says so: numbers may have opted out, and people may have been
called, since the backup. Its running campaigns are paused, its logins ended, its unanswered commands refused.
"""

import asyncio
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.tables import auth_sessions
from api.cli.backup import database, files
from api.cli.backup import manifest as book
from api.cli.backup.errors import DamagedError, RestoreError
from api.cli.backup.manifest import Manifest
from api.cli.backup.own import settings_in_force
from api.cli.backup.unseal import unseal
from api.cli.leftovers import Lock, lock_file
from api.cli.manager import supervisor_folder
from api.cli.probes import application_url, database_answers, owner_url
from api.cli.screen import Screen
from dialer.account import make_service_user, own
from dialer.machine import ANY_HOST, FOUND_PORTS, Paths, is_free, keep_ports, load_ports
from dialer.settings import Settings
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate, revisions
from dialer.store.tables import campaigns, commands
from recordings.vault import open_vault

HERE = (
    "TIANZHOU_DATA",
    "TIANZHOU_HTTP_",
    "TIANZHOU_BACKUP_",
    "TIANZHOU_METRICS_TOKEN",
)  # an installation's own places and secrets
SPARED = frozenset({"tools"})  # downloaded programs: nothing of anybody's
START_S, STOP_S = 60.0, 60.0
ROOM = 3  # a dump grows by about so much when it is loaded


@dataclass(frozen=True)
class Restoring:
    """One backup on its way into one data folder."""

    settings: Settings
    backup: Path
    manifest: Manifest
    screen: Screen

    @property
    def paths(self) -> Paths:
        """The new installation's folders."""
        return Paths(self.settings.root)


def restore(settings: Settings, backup: Path, screen: Screen) -> Manifest:
    """Restores the whole backup. Raises RestoreError or DamagedError; the backup is only read.

    Killed in the middle it leaves a folder that neither `up` nor another restore takes.
    """
    job = Restoring(settings, backup, book.read(backup), screen)
    _refuse_newer(job.manifest)
    _refuse_used(job.paths)
    with screen.step("check", "every file of the backup"):
        book.check(backup, job.manifest)
        _refuse_full(job)
    make_service_user()
    supervisor_folder(job.paths).mkdir(parents=True, exist_ok=True)
    with Lock(lock_file(job.paths)) as lock:
        lock.take()
        marker = files.folder(job.paths.root) / "restoring"
        marker.touch()
        _carry_out(job)
        own(job.paths.root)
        marker.unlink()
    return job.manifest


def _carry_out(job: Restoring) -> None:
    with job.screen.step("files", "keys, spool, recordings"):
        _put_files(job)
        own(job.paths.root)
    for line in _put_ports(job):
        job.screen.say(line)
    for line in _other_settings(job):
        job.screen.say(line)
    serving = nullcontext() if job.settings.database_url else _postgres(job.paths)
    with job.screen.step("database", "pg_restore"), serving:
        asyncio.run(_put_database(job))


def _refuse_newer(manifest: Manifest) -> None:
    if manifest.format > book.FORMAT or manifest.schema not in revisions():
        raise RestoreError(
            f"The backup was made by Tianzhou {manifest.version}, which is newer than this one: install that version."
        )


def _refuse_used(paths: Paths) -> None:
    found = paths.root.iterdir() if paths.root.exists() else ()
    held = sorted(item.name for item in found if item.name not in SPARED)
    if held:
        raise RestoreError(
            f"{paths.root} is not empty ({', '.join(held[:3])}{' ...' if len(held) > 3 else ''}): "
            "set TIANZHOU_DATA_DIR to an empty folder, then try again."
        )


def _refuse_full(job: Restoring) -> None:
    manifest, root = job.manifest, files.folder(job.paths.root)
    need = ROOM * manifest.database_bytes + sum(kept.size for kept in manifest.files.values())
    need += manifest.object_bytes if manifest.storage == "local" else 0
    free = shutil.disk_usage(root).free
    if free < need:
        raise RestoreError(f"{free >> 20} MB are free in {root}, and {need >> 20} MB are needed: make room there.")


def _put_files(job: Restoring) -> None:
    """Copies, never links: what is restored shares nothing with the backup."""
    for name in job.manifest.files:
        top, _, rest = name.partition("/")
        if top == book.KEYS:
            _copy(job.backup / name, job.paths.root / rest)
        elif top == book.SPOOL:
            _copy(job.backup / name, job.paths.spool / rest)
        elif name == book.CDR:
            _copy(job.backup / name, job.paths.cdr("main"))
    files.folder(job.paths.spool)
    if job.manifest.storage == "local":
        for item in book.objects(job.backup):
            _copy(job.backup / book.AUDIO / item.key, job.paths.recordings / item.key)


def _copy(source: Path, target: Path) -> None:
    files.write(target, files.pieces_of(source))


def _put_ports(job: Restoring) -> Iterator[str]:
    """The old ports, which the phones know; all new ones where another program, as the original, listens on any."""
    if book.PORTS not in job.manifest.files:
        return
    _copy(job.backup / book.PORTS, job.paths.ports_file)
    kept = asdict(load_ports(job.paths))
    if all(is_free(kept[name], ANY_HOST) for name in ("http", *FOUND_PORTS)):
        return
    job.paths.ports_file.unlink()
    keep_ports(job.paths)
    yield "  note     the ports of the backup are in use on this machine: new ones were found"


def _other_settings(job: Restoring) -> Iterator[str]:
    """What was set otherwise when the backup was made, secrets and places left out."""
    then = json.loads((job.backup / book.SETTINGS).read_text())
    for name, value in settings_in_force(job.settings).items():
        if name.startswith(HERE) or then.get(name, value) == value:
            continue
        yield f"  note     {name} was '{then[name]}' when the backup was made and is '{value}' now"


@contextmanager
def _postgres(paths: Paths) -> Iterator[None]:
    """Our own server while the block runs, its cluster made anew with a fresh one's access rules."""
    embedded.prepare(paths)
    url = embedded.url(paths, embedded.OWNER)
    files.folder(paths.log)
    with (paths.log / "postgres.log").open("ab") as log:
        server = subprocess.Popen(embedded.argv(paths), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_S
        while not database_answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RestoreError(f"PostgreSQL did not start: see {paths.log}/postgres.log.")
            time.sleep(0.1)
        asyncio.run(create_embedded_database(url))
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(STOP_S)


async def _put_database(job: Restoring) -> None:
    url = owner_url(job.settings)
    engine = make_engine(url, pool_size=1, statement_s=database.COUNT_S)
    try:
        await _refuse_filled(engine)
        await database.load(url, job.backup / book.DUMP)
        await _compare(engine, job.manifest)
        await migrate(url)
        for line in await _calm(engine):
            job.screen.say(line)
    finally:
        await engine.dispose()
    await _put_legs(job)


async def _refuse_filled(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        if await database.row_counts(connection):
            raise RestoreError("The database of TIANZHOU_DATABASE_URL has tables already: give an empty one.")


async def _compare(engine: AsyncEngine, manifest: Manifest) -> None:
    async with engine.connect() as connection:
        found = await database.row_counts(connection)
    if found != manifest.tables:
        wrong = sorted(name for name in found | manifest.tables if found.get(name) != manifest.tables.get(name))
        raise DamagedError(f"{manifest.name}: the rows of {', '.join(wrong)} are not as many as were counted.")


async def _calm(engine: AsyncEngine) -> list[str]:
    """Nothing goes on by itself: see this module's docstring."""
    running, waiting = campaigns.c.state == "running", commands.c.status.in_(("queued", "taken"))
    live = auth_sessions.c.revoked_at.is_(None)
    async with engine.begin() as connection:
        paused = await connection.execute(update(campaigns).where(running).values(state="paused"))
        answer = {"reason": "restored", "detail": "It was asked for before a restore."}
        refused = {"status": "refused", "result": answer, "ended_at": func.now()}
        await connection.execute(update(commands).where(waiting).values(**refused))
        await connection.execute(update(auth_sessions).where(live).values(revoked_at=func.now()))
    count = paused.rowcount
    return [f"  note     {count} running campaigns are paused: start them when it is right"] if count else []


async def _put_legs(job: Restoring) -> None:
    engine = make_engine(application_url(job.settings), pool_size=1)
    try:
        await database.put_keys(engine, book.late_keys(job.backup, job.manifest))
        count = await unseal(engine, open_vault(job.settings), job.paths.spool)
    finally:
        await engine.dispose()
    if count:
        job.screen.say(f"  note     {count} calls were sealed during the backup: the worker seals them again")
