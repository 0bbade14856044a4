"""The shape of a recording: the maxima of equal stretches, read in blocks."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.audio import BLOCK
from recordings.errors import AudioError
from recordings.peaks import peaks_of

RATE = 8000


def write(path: Path, stereo: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> Path:
    soundfile.write(path, stereo, RATE, format="FLAC", subtype="PCM_16")
    return path


@given(st.integers(1, 3 * BLOCK), st.integers(1, 4000), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_each_sample_counts_in_one_stretch(
    tmp_path_factory: pytest.TempPathFactory, samples: int, points: int, seed: int
) -> None:
    stereo = np.random.default_rng(seed).integers(-32768, 32768, (samples, 2), dtype=np.int16)
    found = peaks_of(write(tmp_path_factory.getbasetemp() / "peaks.flac", stereo), points)
    count = min(points, samples)
    loud = np.abs(stereo.astype(np.int32))
    stretch = np.arange(samples) * count // samples
    expected = np.array([loud[stretch == n].max(axis=0) for n in range(count)]) / 32768
    assert found.rate == RATE and found.samples == samples
    np.testing.assert_allclose(np.column_stack([found.agent, found.customer]), expected, atol=0.0005)


def test_two_hours_take_little_memory(tmp_path: Path) -> None:
    second = np.random.default_rng(3).integers(-300, 300, (RATE * 60, 2), dtype=np.int16)
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", samplerate=RATE, channels=2, format="FLAC", subtype="PCM_16") as out:
        for _ in range(120):
            out.write(second)
    tracemalloc.start()
    found = peaks_of(path, 4000)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.agent) == len(found.customer) == 4000 and found.samples == 7200 * RATE
    assert most < 8 * 1024 * 1024


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    noise = tmp_path / "noise.flac"
    noise.write_bytes(b"no audio at all")
    with pytest.raises(AudioError, match="does not decode"):
        peaks_of(noise, 10)
    mono = write(tmp_path / "mono.flac", np.zeros(10, dtype=np.int16))
    with pytest.raises(AudioError, match="has 1 channels"):
        peaks_of(mono, 10)


def test_a_file_cut_short_is_noticed(tmp_path: Path) -> None:
    stereo = np.random.default_rng(5).integers(-9000, 9000, (2 * BLOCK, 2), dtype=np.int16)
    path = write(tmp_path / "cut.flac", stereo)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError):
        peaks_of(path, 100)
