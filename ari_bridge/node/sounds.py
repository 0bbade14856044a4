"""Pure sound: resampling to the telephone's 8 kHz, levels, hold music. No files, no processes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
TELEPHONE_HZ = 8_000
_PASS_HZ = 3_400  # a telephone's upper edge
_TAPS = 255
_PEAK = 0.5


def to_telephone(samples: NDArray[Any], rate: int) -> Samples:
    """The sound at 8 kHz, everything above 3.4 kHz filtered away first, its loudest sample at half scale."""
    sound = np.asarray(samples, dtype=np.float64)
    low = np.convolve(sound, _low_pass(rate), mode="same")
    length = int(len(low) * TELEPHONE_HZ / rate)
    at = np.arange(length) * rate / TELEPHONE_HZ
    return levelled(np.interp(at, np.arange(len(low)), low))


def levelled(sound: Samples) -> Samples:
    """The same sound with its loudest sample at half scale; silence stays silence."""
    loudest = float(np.max(np.abs(sound), initial=0.0))
    return sound * (_PEAK / loudest) if loudest else sound


def hold_music(seconds: int = 24) -> Samples:
    """Soft broken chords for whoever waits: ours, so nobody's rights."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    notes = [chord[step % 3] for chord in chords for step in range(6)]
    return levelled(np.concatenate([_note(hertz, seconds / len(notes)) for hertz in notes])) * 0.4


def beep(hertz: int = 1_000, seconds: float = 0.15) -> Samples:
    """The short tone in the agent's ear before a customer's first word."""
    return levelled(_note(hertz, seconds)) * 0.6


def _note(hertz: int, seconds: float) -> Samples:
    at = np.arange(int(TELEPHONE_HZ * seconds)) / TELEPHONE_HZ
    fade = np.minimum(1.0, np.minimum(at, seconds - at) / 0.01)
    sound: Samples = np.sin(2 * np.pi * hertz * at) * fade * np.exp(-1.5 * at)
    return sound


def _low_pass(rate: int) -> Samples:
    middle = (_TAPS - 1) / 2
    taps: Samples = np.sinc(2 * _PASS_HZ / rate * (np.arange(_TAPS) - middle)) * np.hamming(_TAPS)
    normal: Samples = taps / taps.sum()
    return normal
