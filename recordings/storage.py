"""Where sealed recordings lie: a local folder or any S3, through obstore. Written once, never overwritten.

Every wait has a time-out; whatever the store raises comes out as StorageError.
"""

import asyncio
import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from dialer.core.ids import is_attempt_id
from dialer.machine import Paths
from dialer.settings import Settings
from recordings.audio import sync
from recordings.errors import MissingObjectError, StorageError

CALL_TIMEOUT_S = 10.0  # one short request
TRANSFER_TIMEOUT_S = 120.0  # one whole recording, 2 h of talk at 1 MB/s
MAX_RANGE = 4 * 1024 * 1024  # bytes a single read for playback may ask for
PIECE = 1024 * 1024
COPY_PREFIX, COPY_LIFE_S = "read-", 3600.0
FLAC_PREFIX = "seal-"
_OBJECT_NAME = re.compile(r"(?P<call>[0-9a-f-]{36})(-\d)?\.flac")
TRIES = 9  # <id>.flac, <id>-2.flac ... <id>-9.flac

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config


@dataclass(frozen=True)
class Listed:
    """An object as a listing shows it."""

    key: str
    size: int
    modified_at: datetime


class Storage:
    """One store of objects; `root` is the folder of a local store."""

    def __init__(self, store: ObjectStore, root: Path | None = None) -> None:
        self._store = store
        self._root = root

    async def put_new(self, key: str, source: Path) -> bool:
        """Writes the object only if the key is free; False = something lies there already. Raises StorageError."""
        async with _limit(TRANSFER_TIMEOUT_S, key):
            if self._root is not None:
                return await asyncio.to_thread(_put_local, self._root, key, source)
            try:
                await obstore.put_async(self._store, key, source, mode="create")
            except AlreadyExistsError:
                return False
        return True

    async def fetch(self, key: str, target: Path) -> None:
        """Copies an object to a file, piece by piece. Raises MissingObjectError, StorageError."""
        async with _limit(TRANSFER_TIMEOUT_S, key):
            found = await obstore.get_async(self._store, key)
            with target.open("wb") as out:
                async for piece in found.stream(min_chunk_size=PIECE):
                    out.write(piece)

    async def delete(self, key: str) -> None:
        """Takes an object away; one that is not there is as good. Raises StorageError."""
        with suppress(MissingObjectError):
            async with _limit(CALL_TIMEOUT_S, key):
                await obstore.delete_async(self._store, key)

    async def size(self, key: str) -> int:
        """The object's size in bytes. Raises MissingObjectError, StorageError."""
        async with _limit(CALL_TIMEOUT_S, key):
            return int((await obstore.head_async(self._store, key))["size"])

    async def digest(self, key: str) -> tuple[int, bytes]:
        """An object's size and SHA-256 as it lies. Raises MissingObjectError, StorageError."""
        async with _limit(TRANSFER_TIMEOUT_S, key):
            if self._root is not None:
                return await asyncio.to_thread(_digest, self._root / key)
            found, digest, size = await obstore.get_async(self._store, key), hashlib.sha256(), 0
            async for piece in found.stream(min_chunk_size=PIECE):
                await asyncio.to_thread(digest.update, piece)
                size += len(piece)
            return size, digest.digest()

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes start..end-1 of an object, at most MAX_RANGE of them. Raises ValueError, StorageError."""
        if not 0 <= start < end <= start + MAX_RANGE:
            raise ValueError(f"a range of 1 to {MAX_RANGE} bytes is read at a time")
        async with _limit(CALL_TIMEOUT_S, key):
            return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    async def listing(self, prefix: str = "") -> AsyncIterator[Listed]:
        """Every object below a prefix (whole path segments). Raises StorageError."""
        pages = aiter(obstore.list(self._store, prefix=prefix or None))
        while True:
            async with _limit(CALL_TIMEOUT_S, prefix or "the listing"):
                page = await anext(pages, None)
            if page is None:
                return
            for item in page:
                yield Listed(item["path"], item["size"], item["last_modified"])


def open_storage(settings: Settings) -> Storage:
    """The store that the settings name: `TIANZHOU_STORAGE_URL`, or the data folder's recordings. Touches the disk."""
    paths = Paths(settings.root)
    if not settings.storage_url:
        return local_storage(paths.recordings)
    if settings.storage_url.startswith(("s3://", "s3a://")):
        return Storage(_s3(settings.storage_url, settings.storage_endpoint))
    return Storage(from_url(settings.storage_url))


def _s3(url: str, endpoint: str) -> ObjectStore:
    """A bucket, or a folder of one; region and credentials come from AWS_* or the machine's role.

    It tries again only a little by itself: who asks waits for us, and the worker has its own patience.
    """
    limits: ClientConfig = {"connect_timeout": "5s", "timeout": f"{TRANSFER_TIMEOUT_S:.0f}s"}
    if endpoint.startswith("http://"):
        limits["allow_http"] = True
    where: S3Config = {"endpoint": endpoint} if endpoint else {}
    patience: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=8)}
    return from_url(url, config=where, client_options=limits, retry_config=patience)


def local_storage(folder: Path) -> Storage:
    """A store in a folder, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    return Storage(LocalStore(folder), folder)


def work_folder(paths: Paths) -> Path:
    """Where FLACs lie while they are written or read back; all of it may be deleted while nothing runs."""
    return paths.root / "work"


def day_prefix(moment: datetime) -> str:
    """The folder of the day (UTC) on which a call was opened."""
    return f"{moment.astimezone(UTC):%Y/%m/%d}"


def keys_of(attempt_id: str, opened_at: datetime) -> list[str]:
    """The keys a call's recording may have, the ordinary one first."""
    base = f"{day_prefix(opened_at)}/{attempt_id}"
    return [f"{base}.flac", *(f"{base}-{n}.flac" for n in range(2, TRIES + 1))]


def call_of_key(key: str) -> str | None:
    """The call whose recording has this key; None = not a name of ours."""
    found = _OBJECT_NAME.fullmatch(key.rpartition("/")[2])
    return found["call"] if found and is_attempt_id(found["call"]) else None


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        raise MissingObjectError(f"{what} is not in the store") from error
    except TimeoutError as error:
        raise StorageError(f"{what}: the store did not answer in time") from error
    except (BaseError, OSError) as error:
        raise StorageError(f"{what}: {str(error).partition(chr(10))[0]}") from error


def _put_local(root: Path, key: str, source: Path) -> bool:
    """Copied beside its place and linked to it: whole or not there, never over another, in little memory.

    obstore would read the whole file into memory: four hours of talk.
    """
    target = root / key
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f"{target.name}#{os.getpid()}{threading.get_ident()}")  # as obstore names them
    try:
        shutil.copyfile(source, staged)
        os.link(staged, target)
    except FileExistsError:
        return False
    finally:
        staged.unlink(missing_ok=True)
    _sync_up(target, root)
    return True


def _digest(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").digest()
        return os.fstat(source.fileno()).st_size, sha256


def _sync_up(path: Path, root: Path) -> None:
    for item in (path, *path.parents):
        sync(item)
        if item == root:
            return


@asynccontextmanager
async def _limit(seconds: float, what: str) -> AsyncIterator[None]:
    """One exchange with the store: a time-out around it, its faults translated."""
    with _translated(what):
        async with asyncio.timeout(seconds):
            yield


def sweep_work(work: Path) -> None:
    """Deletes what a killed worker left in the work folder; copies a verifier may be reading stay an hour."""
    for left in work.glob(f"{FLAC_PREFIX}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    for folder in work.glob(f"{COPY_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > COPY_LIFE_S:
            shutil.rmtree(folder, ignore_errors=True)
