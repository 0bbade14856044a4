"""Takes one backup, step by step; the order and its reasons stand in this package's docstring."""

import asyncio
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from api.cli.backup import database, files
from api.cli.backup import manifest as book
from api.cli.backup.audio import keep_audio
from api.cli.backup.database import Snapshot
from api.cli.backup.errors import BackupError
from api.cli.backup.job import Job
from api.cli.backup.manifest import Manifest
from api.cli.backup.own import both, keep_cdr, keep_own, keep_silent, keep_spool, read_outbox
from api.cli.backup.room import refuse_full
from api.cli.backup.rules import PART, name_of, superfluous
from api.cli.backup.shelf import complete
from api.cli.probes import owner_url
from api.cli.screen import Screen
from dialer.settings import Settings
from recordings.audio import sync


async def take(settings: Settings, where: Path, screen: Screen) -> tuple[Path, Manifest]:
    """One complete backup in `where`; the oldest beyond those to keep are deleted after it. Raises BackupError.

    Whatever goes wrong, complete backups stay as they were and what was begun is deleted.
    """
    job = Job(settings, where, screen)
    try:
        files.folder(where)
        with files.alone(where):
            return await _alone(job)
    except (SQLAlchemyError, ConnectionError, TimeoutError) as error:
        raise BackupError(
            f"PostgreSQL does not answer ({type(error).__name__}): start Tianzhou, then try again."
        ) from error
    except OSError as error:
        what = error.filename or where
        raise BackupError(f"{what} could not be written: {error.strerror}. {job.advice()}") from error


async def _alone(job: Job) -> tuple[Path, Manifest]:
    for name in files.sweep_parts(job.where):
        job.screen.say(f"  removed  {name}: left by a backup that was killed")
    names = complete(job.where)
    job.earlier = job.where / names[-1] if names else None
    name = name_of(datetime.now(UTC))
    done, job.part = job.where / name, job.where / f"{name}{PART}"
    if done.exists():
        raise BackupError(f"{done} was made in this second: try again.")
    job.part.mkdir(mode=files.FOLDER_MODE)
    try:
        manifest = await _fill(job, name)
        await asyncio.to_thread(files.sync_tree, job.part)
        job.part.rename(done)
        sync(job.where)
    except BaseException:
        shutil.rmtree(job.part, ignore_errors=True)
        raise
    for old in superfluous(complete(job.where), job.settings.backup_keep):
        files.remove(job.where / old)
        job.screen.say(f"  removed  {old}: {job.settings.backup_keep} are kept")
    return done, manifest


async def _fill(job: Job, name: str) -> Manifest:
    url, earlier_outbox = owner_url(job.settings), read_outbox(job.paths)
    async with database.snapshot(url) as snapshot:
        outbox = both(earlier_outbox, read_outbox(job.paths))
        manifest = await _begin(job, name, snapshot)
        await asyncio.to_thread(refuse_full, job, manifest.database_bytes)
        with job.screen.step("database", "pg_dump"):
            await database.dump(url, snapshot.id, job.part / book.DUMP)
            sync(job.part / book.DUMP)
            job.kept[book.DUMP] = await asyncio.to_thread(files.look_at, job.part / book.DUMP)
        cut, unsettled, stored = await snapshot.cut(), await snapshot.unsettled(), await snapshot.objects()
    with job.screen.step("keys", "keys, settings, outbox"):
        await asyncio.to_thread(keep_own, job, outbox, cut)
    with job.screen.step("spool", "calls in the air"):
        await asyncio.to_thread(keep_spool, job, cut)
        await keep_silent(job, url, unsettled)
    with job.screen.step("recordings", "stored audio"):
        await asyncio.to_thread(keep_audio, job, cut, stored, manifest)
        late = await database.keys_of(url, unsettled)  # after the audio: what was kept can be opened
        job.keep(book.LATE_KEYS, b"".join(key.as_line() for key in late))
    with job.screen.step("call records", "Asterisk's CDR"):
        await asyncio.to_thread(keep_cdr, job, cut)
    manifest.files = job.kept
    book.put(job.part, manifest)
    return manifest


async def _begin(job: Job, name: str, snapshot: Snapshot) -> Manifest:
    with job.screen.step("count", "rows of every table"):
        return Manifest(
            name=name,
            version=version("tianzhou"),
            schema=await snapshot.schema(),
            taken_at=snapshot.taken_at,
            node=job.settings.node,
            storage="local" if job.is_local else job.settings.storage_url,
            database_bytes=await snapshot.size(),
            tables=await snapshot.counts(),
        )
