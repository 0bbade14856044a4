"""The shape of a recording: how loud each leg was at most, stretch by stretch. Blocking; run in a thread.

Read block by block: two hours of talk take about a megabyte, not the 230 MB they decode to.
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

Samples = NDArray[np.int16]
Maxima = NDArray[np.int32]


@dataclass(frozen=True)
class Peaks:
    """Maxima of equal stretches from begin to end, 0 = silence, 1 = full scale; both legs have as many."""

    rate: int
    samples: int
    agent: list[float]
    customer: list[float]


def peaks_of(flac: Path, points: int) -> Peaks:
    """The maxima of at most `points` stretches of each leg; fewer when there are fewer samples.

    Raises AudioError when the file does not decode to its end, or is not stereo.
    """
    try:
        with soundfile.SoundFile(flac) as source:
            if source.channels != CHANNELS or not source.frames:
                raise AudioError(f"{flac.name} has {source.channels} channels and {source.frames} samples")
            found = _maxima(_blocks(source), int(source.frames), points)
            legs = [[round(int(value) / FULL_SCALE, 3) for value in leg] for leg in found.T]
            return Peaks(int(source.samplerate), int(source.frames), legs[AGENT], legs[CUSTOMER])
    except soundfile.SoundFileError as error:
        raise AudioError(f"{flac.name} does not decode: {error}") from error


def _maxima(blocks: Iterator[Samples], samples: int, points: int) -> Maxima:
    """Stretch i holds the samples whose number times `points` divided by `samples` gives i."""
    points = min(points, samples)
    maxima = np.zeros((points, CHANNELS), dtype=np.int32)
    begin = 0
    for block in blocks:
        numbers = np.arange(begin, begin + len(block)) * points // samples
        firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
        loudest = np.maximum.reduceat(np.abs(block.astype(np.int32)), firsts)
        stretches = numbers[firsts]
        maxima[stretches] = np.maximum(maxima[stretches], loudest)
        begin += len(block)
    if begin != samples:
        raise AudioError(f"{begin} samples could be read of {samples}")
    return maxima


def _blocks(source: soundfile.SoundFile) -> Iterator[Samples]:
    while len(block := source.read(BLOCK, dtype="int16", always_2d=True)):
        yield block
