"""The shape of a recording: how loud each leg was at most, stretch by stretch. Blocking; run in a thread.

It is made once, while the FLAC is written, and kept behind it: a waveform of any length is a few kilobytes then.
What was stored before that is read block by block: two hours of talk take about a megabyte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings.audio import BLOCK, CHANNELS
from recordings.errors import AudioError

FULL_SCALE = 32768
AGENT, CUSTOMER = 0, 1
KEPT_POINTS = 4000  # of each leg: as wide as the widest screen, 16 kB in all
KEPT_TYPE = np.dtype("<u2")

Samples = NDArray[np.int16]
Maxima = NDArray[np.int32]


@dataclass(frozen=True)
class Peaks:
    """Maxima of equal stretches from begin to end, 0 = silence, 1 = full scale; both legs have as many."""

    rate: int
    samples: int
    agent: list[float]
    customer: list[float]


class Shape:
    """Takes a recording's stereo blocks in order; stretch i holds the samples n with n * points // samples = i."""

    def __init__(self, samples: int, points: int = KEPT_POINTS) -> None:
        self._samples, self._points, self._begin = samples, min(points, samples), 0
        self.maxima: Maxima = np.zeros((self._points, CHANNELS), dtype=np.int32)

    def add(self, block: Samples) -> None:
        """The next block."""
        numbers = np.arange(self._begin, self._begin + len(block)) * self._points // self._samples
        firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
        loudest = np.maximum.reduceat(np.abs(block.astype(np.int32)), firsts)
        stretches = numbers[firsts]
        self.maxima[stretches] = np.maximum(self.maxima[stretches], loudest)
        self._begin += len(block)

    def kept(self) -> bytes:
        """The maxima as they are stored: 16 bits each, agent and customer by turns. AudioError if not whole."""
        if self._begin != self._samples:
            raise AudioError(f"{self._begin} samples could be read of {self._samples}")
        return self.maxima.astype(KEPT_TYPE).tobytes()


def peaks_of(flac: Path, points: int) -> Peaks:
    """The maxima of at most `points` stretches of each leg; fewer when there are fewer samples.

    Raises AudioError when the file does not decode to its end, or is not stereo.
    """
    try:
        with soundfile.SoundFile(flac) as source:
            if source.channels != CHANNELS or not source.frames:
                raise AudioError(f"{flac.name} has {source.channels} channels and {source.frames} samples")
            shape = Shape(int(source.frames), points)
            for block in _blocks(source):
                shape.add(block)
            shape.kept()
            return _peaks(shape.maxima, int(source.samplerate), int(source.frames))
    except soundfile.SoundFileError as error:
        raise AudioError(f"{flac.name} does not decode: {error}") from error


def peaks_from(kept: bytes, rate: int, samples: int, points: int) -> Peaks:
    """The same from what was kept; exact where `points` divides KEPT_POINTS, else to within one kept stretch.

    Raises AudioError when it is not what `Shape` keeps of so many samples.
    """
    count = min(KEPT_POINTS, samples)
    if len(kept) != count * CHANNELS * KEPT_TYPE.itemsize:
        raise AudioError("the kept peaks are not those of the recording")
    finest = np.frombuffer(kept, dtype=KEPT_TYPE).reshape(count, CHANNELS).astype(np.int32)
    wanted = min(points, count)
    firsts = -(-np.arange(wanted) * count // wanted)  # the first n with n * wanted // count = i
    return _peaks(np.maximum.reduceat(finest, firsts), rate, samples)


def _peaks(maxima: Maxima, rate: int, samples: int) -> Peaks:
    legs = [[round(int(value) / FULL_SCALE, 3) for value in leg] for leg in maxima.T]
    return Peaks(rate, samples, legs[AGENT], legs[CUSTOMER])


def _blocks(source: soundfile.SoundFile) -> Iterator[Samples]:
    while len(block := source.read(BLOCK, dtype="int16", always_2d=True)):
        yield block
