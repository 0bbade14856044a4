"""The form of an encrypted object: a header, then its FLAC and its peaks in chunks, each of them AES-256-GCM.

Every chunk's tag also covers the header, the call's id, the chunk's number and whether it is the last: no chunk
can be changed, swapped, left out or moved to another recording, and any stretch can be read alone. Each object has a
random salt, and with it a key of its own derived from the recording's: sealing twice never uses one nonce twice.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recordings.errors import AudioError

CHUNK = 64 * 1024  # bytes of plain text in a chunk
TAG = 16
KEY_BYTES = 32
MAGIC, VERSION = b"TZAE", 1
HEADER = struct.Struct(">4sHQQ16s16s")
PLACE = struct.Struct(">QB")


@dataclass(frozen=True)
class Header:
    """What an object says of itself; lengths are of the plain FLAC and the peaks behind it."""

    flac_bytes: int
    peaks_bytes: int
    key_id: str
    salt: bytes

    @property
    def plain_bytes(self) -> int:
        """FLAC and peaks together."""
        return self.flac_bytes + self.peaks_bytes

    @property
    def chunks(self) -> int:
        """How many chunks follow the header; an empty recording has one, empty too."""
        return max(1, -(-self.plain_bytes // CHUNK))

    @property
    def object_bytes(self) -> int:
        """The whole object's size."""
        return HEADER.size + self.plain_bytes + self.chunks * TAG

    def pack(self) -> bytes:
        """The header's bytes."""
        return HEADER.pack(
            MAGIC, VERSION, self.flac_bytes, self.peaks_bytes, self.key_id.encode("latin-1"), self.salt
        )


@dataclass(frozen=True)
class Envelope:
    """An encrypted object as it was written."""

    object_bytes: int
    object_sha256: bytes
    flac_bytes: int
    flac_sha256: bytes


def read_header(head: bytes) -> Header:
    """The header at the beginning of an object. Raises AudioError when it is none of ours."""
    if len(head) < HEADER.size:
        raise AudioError("the object ends before its header does")
    magic, version, flac_bytes, peaks_bytes, key_id, salt = HEADER.unpack(head[: HEADER.size])
    if (magic, version) != (MAGIC, VERSION):
        raise AudioError("the object does not begin as an encrypted recording does")
    return Header(flac_bytes, peaks_bytes, key_id.rstrip(b"\0").decode("latin-1"), salt)


def span_of(first: int, last: int, header: Header) -> tuple[int, int]:
    """Where in the object the chunks first..last lie: begin and end (not included)."""
    size = CHUNK + TAG
    return HEADER.size + first * size, min(HEADER.size + (last + 1) * size, header.object_bytes)


class Cipher:
    """Seals and opens the chunks of one object of one call."""

    def __init__(self, data_key: bytes, call: str, header: Header) -> None:
        self._header = header
        self._bound = header.pack() + call.encode()
        info = b"tianzhou recording 1 " + call.encode()
        self._aes = AESGCM(HKDF(SHA256(), KEY_BYTES, header.salt, info).derive(data_key))

    def seal(self, number: int, plain: bytes) -> bytes:
        """One chunk's cipher text and tag."""
        place = self._place(number)
        return self._aes.encrypt(_nonce(place), plain, self._bound + place)

    def open(self, number: int, sealed: bytes) -> bytes:
        """One chunk's plain text. Raises AudioError when it is not what was sealed at this place of this call."""
        place = self._place(number)
        try:
            return self._aes.decrypt(_nonce(place), sealed, self._bound + place)
        except InvalidTag:
            raise AudioError(f"piece {number} of the object is not what was sealed") from None

    def open_all(self, first: int, sealed: bytes) -> bytes:
        """The plain text of neighbouring chunks, of which `first` is the first. Raises AudioError."""
        size = CHUNK + TAG
        pieces = (sealed[at : at + size] for at in range(0, len(sealed), size))
        return b"".join(self.open(first + n, piece) for n, piece in enumerate(pieces))

    def _place(self, number: int) -> bytes:
        return PLACE.pack(number, number == self._header.chunks - 1)


def encrypt(flac: Path, peaks: bytes, target: Path, data_key: bytes, call: str, key_id: str) -> Envelope:
    """Writes the object of a FLAC and its peaks to `target`, not fsynced. Blocking. Raises OSError."""
    header = Header(flac.stat().st_size, len(peaks), key_id, os.urandom(16))
    cipher, whole, plain = Cipher(data_key, call, header), hashlib.sha256(), hashlib.sha256()
    with flac.open("rb") as source, target.open("wb") as out:
        for piece in _object(cipher, header, _chunks(_hashed(source, plain), peaks)):
            whole.update(piece)
            out.write(piece)
    return Envelope(header.object_bytes, whole.digest(), header.flac_bytes, plain.digest())


def decrypt(sealed: Path, data_key: bytes, call: str, target: Path) -> bytes:
    """Writes the plain FLAC of an object to `target` and returns its peaks. Blocking. Raises AudioError, OSError."""
    with sealed.open("rb") as source, target.open("wb") as out:
        header = read_header(source.read(HEADER.size))
        if sealed.stat().st_size != header.object_bytes:
            raise AudioError("the object is not as long as its header says")
        left, peaks = header.flac_bytes, b""
        for plain in _opened(Cipher(data_key, call, header), header, source):
            out.write(plain[:left])
            peaks += plain[left:]
            left -= min(left, len(plain))
    return peaks


def _opened(cipher: Cipher, header: Header, source: BinaryIO) -> Iterator[bytes]:
    for number in range(header.chunks):
        yield cipher.open(number, source.read(CHUNK + TAG))


def _object(cipher: Cipher, header: Header, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header.pack()
    for number, plain in enumerate(chunks):
        yield cipher.seal(number, plain)


def _hashed(source: BinaryIO, digest: "hashlib._Hash") -> Iterator[bytes]:
    while piece := source.read(CHUNK):
        digest.update(piece)
        yield piece


def _chunks(pieces: Iterable[bytes], rest: bytes) -> Iterator[bytes]:
    """The pieces and the rest behind them, cut anew at CHUNK; at least one."""
    held = b""
    for piece in chain(pieces, [rest]):
        held += piece
        while len(held) > CHUNK:
            yield held[:CHUNK]
            held = held[CHUNK:]
    yield held


def _nonce(place: bytes) -> bytes:
    return place.rjust(12, b"\0")
