"""Our own reader of Asterisk's WAV files: the samples count, the sizes in the header do not.

Asterisk writes a 44-byte header with both sizes 0 and fills them in on close. Killed with -9 it never does, and
every WAV library then reads no sample, although all of them are there (reliability.md §0.1).
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recordings.errors import WavError

RATE = 8000
SAMPLE_BYTES = 2
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
PCM = 1


@dataclass(frozen=True)
class Leg:
    """One leg's file as it was when looked at; `samples` stays the bound of every later read of it."""

    path: Path
    size: int
    modified_ns: int
    closed: bool
    samples: int


def read_header(header: bytes, length: int) -> bool:
    """Whether the writer closed a file of `length` bytes that begins with `header`.

    A header cut short is an unclosed file without a sample. Raises WavError when the format is not
    8 kHz mono 16-bit PCM: the text names what it is instead.
    """
    if len(header) < HEADER.size:
        return False
    riff, riff_size, wave, fmt, fmt_size, *form, data, data_size = HEADER.unpack(header[: HEADER.size])
    if (riff, wave, fmt, fmt_size, data) != (b"RIFF", b"WAVE", b"fmt ", 16, b"data"):
        raise WavError("the file does not begin with a 44-byte WAV header")
    _refuse_other_formats(form)
    padded = data_size + data_size % 2
    return length == HEADER.size + padded and riff_size in (36 + data_size, 36 + padded)


def inspect(path: Path) -> Leg:
    """Looks at a leg's file once. Raises FileNotFoundError, OSError, WavError."""
    with path.open("rb") as source:
        header = source.read(HEADER.size)
        found = os.fstat(source.fileno())
    try:
        closed = read_header(header, found.st_size)
    except WavError as error:
        raise WavError(f"{path.name}: {error}") from None
    samples = max(0, found.st_size - HEADER.size) // SAMPLE_BYTES
    return Leg(path, found.st_size, found.st_mtime_ns, closed, samples)


def blocks(leg: Leg, samples: int) -> Iterator[bytes]:
    """The leg's PCM bytes in blocks of at most `samples`, whatever its header says; an odd last byte is dropped."""
    left = leg.samples * SAMPLE_BYTES
    with leg.path.open("rb") as source:
        source.seek(HEADER.size)
        while left:
            block = source.read(min(left, samples * SAMPLE_BYTES))
            if not block:
                raise WavError(f"{leg.path.name}: shorter than when it was looked at")
            left -= len(block)
            yield block


def header_of(samples: int, closed: bool = True) -> bytes:
    """The 44 bytes Asterisk writes before `samples` samples; unclosed = both sizes 0."""
    size = samples * SAMPLE_BYTES if closed else 0
    form = (PCM, 1, RATE, RATE * SAMPLE_BYTES, SAMPLE_BYTES, 16)
    return HEADER.pack(b"RIFF", 36 + size if closed else 0, b"WAVE", b"fmt ", 16, *form, b"data", size)


def _refuse_other_formats(form: list[int]) -> None:
    code, channels, rate, _bytes_per_second, _align, bits = form
    expected = (
        (code == PCM, f"format {code} instead of PCM"),
        (channels == 1, f"{channels} channels instead of 1"),
        (rate == RATE, f"{rate} Hz instead of {RATE} Hz"),
        (bits == 16, f"{bits} bits instead of 16"),
    )
    wrong = [text for right, text in expected if not right]
    if wrong:
        raise WavError("the file is " + ", ".join(wrong))
