"""The vault: recordings kept encrypted in a store and given back plain, the whole, a range, or their shape.

It never gives a wrong byte: what is not what was sealed is an AudioError, a key that is not there a KeyMissingError.
Old objects, plain FLAC of before encryption (rows without a key), are given back as they lie.
"""

import asyncio
import hashlib
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from dialer.machine import Paths
from dialer.settings import Settings
from recordings.audio import Pcm, decode_flac
from recordings.envelope import CHUNK, HEADER, Cipher, Envelope, Header, decrypt, encrypt, read_header, span_of
from recordings.errors import AudioError, MissingObjectError, StorageError, StorageLiesError
from recordings.keys import Keyring, Wrapped, keyring_of
from recordings.peaks import Peaks, peaks_from, peaks_of
from recordings.sealed import Sealed
from recordings.storage import COPY_PREFIX, FLAC_PREFIX, PIECE, Storage, keys_of, open_storage, work_folder

HEADERS_KEPT = 1000  # of objects lately read from: a seek then costs one read, not two

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Made:
    """A recording on its way into the vault: the FLAC on our disk, its hash, its kept peaks."""

    flac: Path
    pcm: Pcm
    peaks: bytes


@dataclass(frozen=True)
class Stored:
    """An object as it lies in the store, read back, opened and decoded."""

    key: str
    key_id: str
    envelope: Envelope


class Vault:
    """Recordings over one store and one ring of keys; `work` takes temporary files."""

    def __init__(self, storage: Storage, keys: Keyring, work: Path) -> None:
        self.storage, self.keys = storage, keys
        self._work = work
        self._headers: OrderedDict[str, Header] = OrderedDict()

    async def keep(self, call: str, opened_at: datetime, made: Made, wrapped: Wrapped) -> Stored:
        """Encrypts and stores a recording under the first key of its own, and verifies it where it lies.

        An object that is there already and holds the same audio under the same key is ours, from a run that was
        killed: we go on with it. Anything else there stays, and the next key is tried. What the store kept just now
        as something else is taken away again: the next try is to find the place free.
        Raises StorageError, StorageLiesError, KeyMissingError.
        """
        return await self.keep_under(keys_of(call, opened_at), call, made, wrapped)

    async def keep_under(self, keys: Sequence[str], call: str, made: Made, wrapped: Wrapped) -> Stored:
        """As `keep`, under the first of these keys that is free."""
        data_key = self.keys.unwrap(wrapped)
        async with self._folder(FLAC_PREFIX) as folder:
            source = folder / "object"
            await asyncio.to_thread(encrypt, made.flac, made.peaks, source, data_key, call, wrapped.key_id)
            for key in keys:
                is_new = await self.storage.put_new(key, source)
                envelope = await self._read_back(call, key, data_key, made, folder)
                if envelope is not None:
                    return Stored(key, wrapped.key_id, envelope)
                if is_new:
                    with suppress(StorageError):  # it stays, and the next try takes the next key
                        await self.storage.delete(key)
                    raise StorageLiesError(f"the store took {key} and keeps something else")
                log.error("something else lies under this key", action="storage_conflict", call=call, key=key)
        raise StorageError(f"no key is left for call {call}: {len(keys)} objects lie there with other audio")

    async def size(self, sealed: Sealed) -> int:
        """Bytes of the plain FLAC. Raises MissingObjectError, StorageError, KeyMissingError, AudioError."""
        if sealed.wrapped is None:
            return await self.storage.size(sealed.key)
        self.keys.unwrap(sealed.wrapped)
        return (await self._header(sealed)).flac_bytes

    async def read_range(self, sealed: Sealed, start: int, end: int) -> bytes:
        """Bytes start..end-1 of the plain FLAC, at most PIECE. Raises ValueError and as `size`."""
        if not 0 <= start < end <= start + PIECE:
            raise ValueError(f"a range of 1 to {PIECE} bytes is read at a time")
        if sealed.wrapped is None:
            return await self.storage.read_range(sealed.key, start, end)
        return await self._plain(sealed, start, min(end, (await self._header(sealed)).flac_bytes))

    async def read_pieces(self, sealed: Sealed, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes start..end-1 in pieces: a small one first, that sound begins at once, then a megabyte each."""
        begin, piece = start, CHUNK - start % CHUNK
        while begin < end:
            yield await self.read_range(sealed, begin, min(begin + piece, end))
            begin, piece = begin + piece, PIECE

    @asynccontextmanager
    async def copy(self, sealed: Sealed) -> AsyncIterator[Path]:
        """A temporary file with the whole plain FLAC. Raises as `size`."""
        async with self._folder(COPY_PREFIX) as folder:
            flac = folder / f"{sealed.call}.flac"
            if sealed.wrapped is None:
                await self.storage.fetch(sealed.key, flac)
            else:
                data_key = self.keys.unwrap(sealed.wrapped)
                await self.storage.fetch(sealed.key, folder / "object")
                await asyncio.to_thread(decrypt, folder / "object", data_key, sealed.call, flac)
            yield flac

    @asynccontextmanager
    async def fetched(self, sealed: Sealed) -> AsyncIterator[Path]:
        """A temporary file with the object as it lies, not opened. Raises MissingObjectError, StorageError."""
        async with self._folder(COPY_PREFIX) as folder:
            await self.storage.fetch(sealed.key, folder / "object")
            yield folder / "object"

    async def pcm(self, sealed: Sealed) -> Pcm:
        """Opens and decodes the whole and hashes its samples. Raises as `size`."""
        async with self.copy(sealed) as flac:
            return await asyncio.to_thread(decode_flac, flac)

    async def peaks(self, sealed: Sealed, points: int) -> Peaks:
        """The shape of the audio, as it was kept; decoded only where none is. Raises as `size`."""
        if sealed.wrapped is None:
            async with self.copy(sealed) as flac:
                return await asyncio.to_thread(peaks_of, flac, points)
        header = await self._header(sealed)
        kept = await self._plain(sealed, header.flac_bytes, header.plain_bytes)
        return peaks_from(kept, sealed.pcm.rate, sealed.pcm.samples, points)

    async def _plain(self, sealed: Sealed, start: int, end: int) -> bytes:
        """Plain bytes of an encrypted object: only the chunks that hold them are read and opened."""
        assert sealed.wrapped is not None
        data_key, header = self.keys.unwrap(sealed.wrapped), await self._header(sealed)
        if start >= end:
            return b""
        first, last = start // CHUNK, (end - 1) // CHUNK
        blob = await self.storage.read_range(sealed.key, *span_of(first, last, header))
        plain = await asyncio.to_thread(Cipher(data_key, sealed.call, header).open_all, first, blob)
        return plain[start - first * CHUNK : end - first * CHUNK]

    async def _header(self, sealed: Sealed) -> Header:
        if (held := self._headers.get(sealed.key)) is not None:
            return held
        header = read_header(await self.storage.read_range(sealed.key, 0, HEADER.size))
        if sealed.flac_bytes not in (None, header.flac_bytes):
            raise AudioError("the object is of another length than was sealed")
        self._headers[sealed.key] = header
        if len(self._headers) > HEADERS_KEPT:
            self._headers.popitem(last=False)
        return header

    async def _read_back(self, call: str, key: str, data_key: bytes, made: Made, folder: Path) -> Envelope | None:
        """The object as it lies under a key, when it is this recording; None = something else lies there."""
        there, flac = folder / "there", folder / "there.flac"
        try:
            await self.storage.fetch(key, there)
            return await asyncio.to_thread(_look_at, there, data_key, call, flac, made)
        except (AudioError, MissingObjectError) as error:
            log.error("an object does not open", action="storage_unreadable", key=key, detail=str(error))
            return None

    @asynccontextmanager
    async def _folder(self, prefix: str) -> AsyncIterator[Path]:
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=self._work) as folder:
            yield Path(folder)


def open_vault(settings: Settings) -> Vault:
    """The vault that the settings name. Touches the disk."""
    paths = Paths(settings.root)
    return Vault(open_storage(settings), keyring_of(paths), work_folder(paths))


def _look_at(there: Path, data_key: bytes, call: str, flac: Path, made: Made) -> Envelope | None:
    """Opens and decodes an object that was fetched. Blocking."""
    peaks = decrypt(there, data_key, call, flac)
    if decode_flac(flac) != made.pcm or peaks != made.peaks:
        return None
    return Envelope(there.stat().st_size, _sha256(there), flac.stat().st_size, _sha256(flac))


def _sha256(path: Path) -> bytes:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
