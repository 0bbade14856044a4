"""A stretch of a recording as a file of its own, what is not to be heard in it beeped over on both legs. Blocking.

Outside of the evidence path: made for people to take along, never stored. A minute at a time is in memory, whatever
the clip's length.
"""

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from recordings.audio import CHANNELS, SAMPLE
from recordings.errors import AudioError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for ffmpeg, which it needs only for forms that we do not write
    from pydub import AudioSegment
    from pydub.generators import Sine

BLOCK_MS = 60_000
BEEP_HZ, BEEP_DB, BEEP_MS = 1000, -14.0, 1000
FORMS = {"wav": "WAV", "flac": "FLAC"}


@dataclass(frozen=True)
class Part:
    """Milliseconds from .. to of the recording; never empty."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Cut:
    """What to take, what to beep over in it, and the file's form."""

    part: Part
    redactions: tuple[Part, ...]
    form: str


@dataclass(frozen=True)
class Clip:
    """A finished file."""

    sha256: bytes
    size: int


def cut(source: Path, wanted: Cut, target: Path) -> Clip:
    """Writes the stretch of a two-legged FLAC to `target`. Raises AudioError, OSError.

    The part lies within the recording; redactions may reach beyond the part.
    """
    try:
        with soundfile.SoundFile(source) as flac:
            rate = int(flac.samplerate)
            form = {"samplerate": rate, "channels": CHANNELS, "format": FORMS[wanted.form], "subtype": "PCM_16"}
            with soundfile.SoundFile(target, "w", **form) as out:
                for block in _blocks(flac, wanted, rate):
                    out.write(np.frombuffer(block.raw_data, dtype=SAMPLE).reshape(-1, CHANNELS))
    except soundfile.SoundFileError as error:
        raise AudioError(f"{source.name} could not be cut: {error}") from error
    with target.open("rb") as file:
        return Clip(hashlib.file_digest(file, "sha256").digest(), target.stat().st_size)


def _blocks(flac: soundfile.SoundFile, wanted: Cut, rate: int) -> Iterator[AudioSegment]:
    """The part, a minute at a time, beeped over where it is to be."""
    beep = (
        Sine(BEEP_HZ, sample_rate=rate, bit_depth=16).to_audio_segment(BEEP_MS, volume=BEEP_DB).set_channels(CHANNELS)
    )
    flac.seek(min(wanted.part.from_ms * rate // 1000, flac.frames))
    for begin in range(wanted.part.from_ms, wanted.part.to_ms, BLOCK_MS):
        length = min(BLOCK_MS, wanted.part.to_ms - begin)
        samples = flac.read(length * rate // 1000, dtype="int16", always_2d=True)
        heard = AudioSegment(samples.astype(SAMPLE).tobytes(), sample_width=2, frame_rate=rate, channels=CHANNELS)
        for part in wanted.redactions:
            heard = _beeped(heard, part.from_ms - begin, part.to_ms - begin, beep)
        yield heard


def _beeped(heard: AudioSegment, start: int, end: int, beep: AudioSegment) -> AudioSegment:
    """The same length, with the tone from `start` to `end` (milliseconds, cut to what there is)."""
    start, end = max(0, start), min(end, len(heard))
    if start >= end:
        return heard
    tone = (beep * ((end - start) // BEEP_MS + 1))[: end - start]
    return heard[:start] + tone + heard[end:]
