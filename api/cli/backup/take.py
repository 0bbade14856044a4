"""Takes one backup, step by step; the order and its reasons stand in this package's docstring."""

import asyncio
import csv
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from api.cli.backup import database, files
from api.cli.backup import manifest as book
from api.cli.backup.cut import Cut
from api.cli.backup.database import Snapshot
from api.cli.backup.errors import BackupError
from api.cli.backup.manifest import Manifest
from api.cli.backup.result import LAST
from api.cli.backup.rules import PART, merged, name_of, superfluous
from api.cli.backup.shelf import complete
from api.cli.probes import owner_url
from api.cli.screen import Screen
from dialer.account import service_user
from dialer.machine import Paths
from dialer.settings import Settings
from recordings.audio import sync
from recordings.cdr import call_of as call_of_record
from recordings.spool import AGENT, CUSTOMER
from recordings.spool import call_of as call_of_leg
from recordings.storage import call_of_key
from recordings.wav import header_of

# what a start makes anew, and what is kept in its own way
REMADE = frozenset(
    {"log", "tools", "prompts", "postgres", "recordings", "work", "spool", "supervisor", "asterisk", "backup"}
)
NOT_KEYS = REMADE | {"ports.json", LAST, "restoring"}
STAGED = "#"  # in the name of an object that is being written
SLACK = 64 << 20
MEBIBYTE = 1 << 20


@dataclass
class Job:
    """One backup of an installation into a folder of backups."""

    settings: Settings
    where: Path
    screen: Screen
    part: Path = field(init=False)
    earlier: Path | None = None  # the newest complete one: what did not change is linked from there
    kept: dict[str, files.Kept] = field(default_factory=dict)

    @property
    def paths(self) -> Paths:
        """The installation's folders."""
        return Paths(self.settings.root)

    @property
    def is_local(self) -> bool:
        """Whether the recordings lie in the data folder."""
        return not self.settings.storage_url

    def keep(self, name: str, source: Path | bytes) -> None:
        """Puts a file into the backup under this name. Raises FileNotFoundError when it is gone."""
        pieces = [source] if isinstance(source, bytes) else files.pieces_of(source)
        self.kept[name] = files.write(self.part / name, pieces)


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
        raise BackupError(f"{what} could not be written: {error.strerror}. {_advice(job)}") from error


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
    url, earlier_outbox = owner_url(job.settings), _outbox(job.paths)
    async with database.snapshot(url) as snapshot:
        outbox = _both(earlier_outbox, _outbox(job.paths))
        manifest = await _begin(job, name, snapshot)
        await asyncio.to_thread(_refuse_full, job, manifest.database_bytes)
        with job.screen.step("database", "pg_dump"):
            await database.dump(url, snapshot.id, job.part / book.DUMP)
            sync(job.part / book.DUMP)
            job.kept[book.DUMP] = await asyncio.to_thread(files.look_at, job.part / book.DUMP)
        cut, unsettled, stored = await snapshot.cut(), await snapshot.unsettled(), await snapshot.objects()
    with job.screen.step("keys", "keys, settings, outbox"):
        await asyncio.to_thread(_keep_own, job, outbox)
    with job.screen.step("spool", "calls in the air"):
        await asyncio.to_thread(_keep_spool, job, cut)
        await _keep_silent(job, url, unsettled)
    with job.screen.step("recordings", "stored audio"):
        await asyncio.to_thread(_keep_audio, job, cut, stored, manifest)
    with job.screen.step("call records", "Asterisk's CDR"):
        await asyncio.to_thread(_keep_cdr, job, cut)
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


def _refuse_full(job: Job, database_bytes: int) -> None:
    """Raises BackupError where the backup would not fit, or would take the space below which nothing is dialed."""
    paths = job.paths
    need = database_bytes + files.size_below(paths.spool) + SLACK
    need += paths.cdr("main").stat().st_size if paths.cdr("main").exists() else 0
    if job.is_local and paths.recordings.is_dir() and not _same_disk(paths.recordings, job.where):
        need += _to_copy(job)
    if paths.spool.is_dir() and _same_disk(paths.spool, job.where):
        need += job.settings.disk_reserve_mb * MEBIBYTE
    free = shutil.disk_usage(job.where).free
    if free < need:
        raise BackupError(
            f"{free // MEBIBYTE} MB are free in {job.where}, and {need // MEBIBYTE} MB are needed. {_advice(job)}"
        )


def _to_copy(job: Job) -> int:
    """Bytes of the recordings that the newest backup does not hold yet."""
    new = (key for key in _stored(job.paths.recordings) if _held(job, key) is None)
    return sum((job.paths.recordings / key).stat().st_size for key in new)


def _keep_own(job: Job, outbox: dict[str, bytes]) -> None:
    """All in the data folder that no start could make anew; what is new there one day is kept without being named."""
    for name, content in outbox.items():
        job.keep(f"{book.KEYS}/outbox/{name}", content)
    for source in _own_files(job):
        with suppress(FileNotFoundError):
            job.keep(f"{book.KEYS}/{source.relative_to(job.paths.root)}", source)
    if job.paths.ports_file.exists():
        job.keep(book.PORTS, job.paths.ports_file)
    job.keep(book.SETTINGS, json.dumps(settings_in_force(job.settings), indent=1).encode())


def settings_in_force(settings: Settings) -> dict[str, str]:
    """Every setting as its environment variable, secrets in clear: the file is for its owner only."""
    return {f"TIANZHOU_{name.upper()}": _clear(value) for name, value in settings}


def _clear(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _own_files(job: Job) -> Iterator[Path]:
    for item in sorted(job.paths.root.iterdir()):
        if item.name in NOT_KEYS or item.name.endswith(PART) or item in (job.paths.outbox, job.where):
            continue
        found = [item] if item.is_file() else sorted(item.rglob("*"))
        yield from (path for path in found if path.is_file() and not path.is_symlink())


def _outbox(paths: Paths) -> dict[str, bytes]:
    found = {}
    for item in sorted(paths.outbox.iterdir()) if paths.outbox.is_dir() else ():
        with suppress(FileNotFoundError):
            found[item.name] = item.read_bytes()
    return found


def _both(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, bytes]:
    names = before.keys() | after.keys()
    return {name: merged(before.get(name, b""), after.get(name, b"")) for name in sorted(names)}


def _keep_spool(job: Job, cut: Cut) -> None:
    for leg in sorted(job.paths.spool.iterdir()) if job.paths.spool.is_dir() else ():
        if leg.is_file() and not leg.name.startswith(".") and not cut.is_later(call_of_leg(leg.name)):
            with suppress(FileNotFoundError):  # sealed this moment: its object is kept next
                job.keep(f"{book.SPOOL}/{leg.name}", leg)


async def _keep_silent(job: Job, url: str, unsettled: list[str]) -> None:
    for call in await database.settled_silent(url, unsettled):
        for suffix in (CUSTOMER, AGENT):
            name = f"{book.SPOOL}/{call}{suffix}"
            if name not in job.kept:
                job.keep(name, header_of(0))


def _keep_audio(job: Job, cut: Cut, stored: dict[str, int], manifest: Manifest) -> None:
    lines = _linked(job, cut, stored, manifest) if job.is_local else _listed(stored, manifest)
    job.kept[book.OBJECTS] = files.write(job.part / book.OBJECTS, lines)
    if not job.is_local:
        job.screen.say(f"  note     recordings stay in {job.settings.storage_url}: the backup only lists them")
    if manifest.missing:
        job.screen.say(f"  MISSING  {len(manifest.missing)} recordings are not in the store: `tianzhou verify`")


def _linked(job: Job, cut: Cut, stored: dict[str, int], manifest: Manifest) -> Iterator[bytes]:
    """Every object of the local store that is not later than the snapshot.

    One that the store has lost is carried on from the newest backup, lest the backups lose it too.
    """
    missing = set(stored)
    for key in _stored(job.paths.recordings):
        if not cut.is_later(call_of_key(key)):
            files.link_or_copy(_sources(job, key), job.part / book.AUDIO / key)
            missing.discard(key)
            yield _line(key, (job.part / book.AUDIO / key).stat().st_size, manifest)
    manifest.missing = sorted(missing)
    for key in manifest.missing:
        if (held := _held(job, key)) is not None:
            files.link_or_copy([held], job.part / book.AUDIO / key)
            yield _line(key, held.stat().st_size, manifest)


def _listed(stored: dict[str, int], manifest: Manifest) -> Iterator[bytes]:
    for key, size in stored.items():
        yield _line(key, size, manifest)


def _line(key: str, size: int, manifest: Manifest) -> bytes:
    manifest.objects += 1
    manifest.object_bytes += size
    return json.dumps({"key": key, "size": size}).encode() + b"\n"


def _sources(job: Job, key: str) -> Iterator[Path]:
    """The object, or the newest backup's link to it where only that is on the backup's file system."""
    current, held = job.paths.recordings / key, _held(job, key)
    other_disk = not _same_disk(job.paths.recordings, job.where)
    if held and other_disk and held.stat().st_size == current.stat().st_size:
        yield held
    yield current


def _held(job: Job, key: str) -> Path | None:
    found = job.earlier / book.AUDIO / key if job.earlier else None
    return found if found and found.exists() else None


def _stored(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if STAGED not in name:
                yield str(Path(folder, name).relative_to(root))


def _keep_cdr(job: Job, cut: Cut) -> None:
    with suppress(FileNotFoundError):
        source = job.paths.cdr("main")
        job.kept[book.CDR] = files.write(job.part / book.CDR, _records(source, cut))


def _records(source: Path, cut: Cut) -> Iterator[bytes]:
    """Whole lines of calls that the snapshot knows, byte for byte."""
    with source.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and not cut.is_later(call_of_record(_fields(line))):
                yield line


def _fields(line: bytes) -> list[str]:
    return next(csv.reader([line.decode("utf-8", "replace")]), [])


def _same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _advice(job: Job) -> str:
    return (
        f"See that {job.where} has room and that {service_user()} may write there, or set TIANZHOU_BACKUP_DIR to "
        "another folder."
    )
