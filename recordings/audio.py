"""Two legs to one stereo FLAC and back to the same hash: left = agent, right = customer. Blocking; run in a thread.

The hash is SHA-256 over the interleaved 16-bit little-endian samples, so it outlives any container.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings.errors import AudioError
from recordings.wav import RATE, Leg, blocks

CHANNELS = 2
BLOCK = 65_536  # samples per channel in memory at once: a call of any length takes about a megabyte
SAMPLE = np.dtype("<i2")
Samples = NDArray[np.int16]
Look = Callable[[Samples], None]


@dataclass(frozen=True)
class Pcm:
    """What a stretch of audio is: its hash and its form."""

    sha256: bytes
    samples: int
    rate: int = RATE
    channels: int = CHANNELS


def interleave(agent: bytes, customer: bytes) -> bytes:
    """One stereo block: left = agent, right = customer; the shorter is padded with silence."""
    left, right = (np.frombuffer(leg, dtype=SAMPLE) for leg in (agent, customer))
    stereo = np.zeros((max(len(left), len(right)), CHANNELS), dtype=SAMPLE)
    stereo[: len(left), 0] = left
    stereo[: len(right), 1] = right
    return stereo.tobytes()


def stereo_blocks(agent: Leg | None, customer: Leg | None) -> Iterator[bytes]:
    """Both legs interleaved, block by block; a missing leg is silence."""
    pair = [blocks(leg, BLOCK) if leg else iter(()) for leg in (agent, customer)]
    for left, right in zip_longest(*pair, fillvalue=b""):
        yield interleave(left, right)


def hash_legs(agent: Leg | None, customer: Leg | None) -> Pcm:
    """What sealing these legs would give, without writing anything."""
    return _hashed(stereo_blocks(agent, customer))


def write_flac(agent: Leg | None, customer: Leg | None, target: Path, also: Look = lambda _block: None) -> Pcm:
    """Writes both legs to `target` (replaced if it is there) and fsyncs it. Raises OSError, WavError, AudioError.

    Both legs empty is an error: FLAC has no form for it. `also` sees each stereo block on the way.
    """
    form = {"samplerate": RATE, "channels": CHANNELS, "format": "FLAC", "subtype": "PCM_16"}
    try:
        with soundfile.SoundFile(target, "w", **form) as out:
            pcm = _hashed(_written(stereo_blocks(agent, customer), out, also))
    except soundfile.SoundFileError as error:
        raise AudioError(f"{target.name} could not be written: {error}") from error
    if not pcm.samples:
        raise AudioError(f"{target.name} would hold no sample")
    sync(target)
    return pcm


def decode_flac(source: Path) -> Pcm:
    """Decodes a FLAC to the end and hashes its samples. Raises AudioError when it does not decode."""
    try:
        with soundfile.SoundFile(source) as flac:
            rate, channels = int(flac.samplerate), int(flac.channels)
            return _hashed(_read(flac), rate, channels)
    except soundfile.SoundFileError as error:
        raise AudioError(f"{source.name} does not decode: {error}") from error


def holds_leg(flac: Path, leg: Leg, channel: int) -> bool:
    """Whether a FLAC's channel (0 = agent, 1 = customer) is this leg, followed by nothing but silence.

    Raises AudioError when the FLAC does not decode.
    """
    left = blocks(leg, BLOCK)
    try:
        with soundfile.SoundFile(flac) as source:
            same = all(_is_leg(block[:, channel], next(left, b"")) for block in _arrays(source))
    except soundfile.SoundFileError as error:
        raise AudioError(f"{flac.name} does not decode: {error}") from error
    return same and not next(left, b"")


def sync(path: Path) -> None:
    """Waits until a file, or a folder's entries, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hashed(stereo: Iterator[bytes], rate: int = RATE, channels: int = CHANNELS) -> Pcm:
    digest, size = hashlib.sha256(), 0
    for block in stereo:
        digest.update(block)
        size += len(block)
    return Pcm(digest.digest(), size // (channels * SAMPLE.itemsize), rate, channels)


def _written(stereo: Iterator[bytes], out: soundfile.SoundFile, also: Look) -> Iterator[bytes]:
    for block in stereo:
        samples = np.frombuffer(block, dtype=SAMPLE).reshape(-1, CHANNELS)
        out.write(samples)
        also(samples)
        yield block


def _read(flac: soundfile.SoundFile) -> Iterator[bytes]:
    for block in _arrays(flac):
        yield block.astype(SAMPLE, copy=False).tobytes()


def _arrays(flac: soundfile.SoundFile) -> Iterator[Samples]:
    while len(block := flac.read(BLOCK, dtype="int16", always_2d=True)):
        yield block


def _is_leg(stored: Samples, leg: bytes) -> bool:
    samples = np.frombuffer(leg, dtype=SAMPLE)
    return np.array_equal(stored[: len(samples)], samples) and not stored[len(samples) :].any()
