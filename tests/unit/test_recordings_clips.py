"""A clip: as long as asked, the same samples where nothing is redacted, a tone where something is."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recordings.clips import BEEP_HZ, BLOCK_MS, Cut, Part, cut
from recordings.errors import AudioError

RATE, LENGTH_S = 8000, 150


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half minutes of noise on both legs."""
    path = tmp_path_factory.mktemp("clips") / "source.flac"
    noise = np.random.default_rng(3).integers(-9000, 9000, (RATE * LENGTH_S, 2), dtype=np.int16)
    soundfile.write(path, noise, RATE, subtype="PCM_16")
    return path


def samples(path: Path, part: Part | None = None) -> NDArray[np.int16]:
    found: NDArray[np.int16]
    found, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate == RATE and found.shape[1] == 2
    return found[part.from_ms * 8 : part.to_ms * 8] if part else found


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_a_clip_over_the_edge_of_a_block(source: Path, tmp_path: Path, form: str) -> None:
    part, hidden = Part(1234, BLOCK_MS * 2 + 5678), Part(59_000, 63_500)
    made = cut(source, Cut(part, (hidden,), form), tmp_path / "clip")
    heard, plain = samples(tmp_path / "clip"), samples(source, part)
    start, end = (hidden.from_ms - part.from_ms) * 8, (hidden.to_ms - part.from_ms) * 8
    assert heard.shape == plain.shape and made.size == (tmp_path / "clip").stat().st_size
    assert np.array_equal(heard[:start], plain[:start]) and np.array_equal(heard[end:], plain[end:])
    tone = heard[start + 800 : start + 8800].astype(float)
    for leg in (0, 1):
        spectrum = np.abs(np.fft.rfft(tone[:, leg]))
        assert int(spectrum.argmax()) == BEEP_HZ and spectrum[BEEP_HZ] ** 2 > 0.99 * (spectrum**2).sum()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_of_a_redaction_is_left(source: Path, tmp_path: Path, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, LENGTH_S * 1000 - 2))
    part = Part(begin, data.draw(st.integers(begin + 1, min(begin + 70_000, LENGTH_S * 1000))))
    hidden = []
    for start in data.draw(st.lists(st.integers(0, LENGTH_S * 1000 - 2), max_size=4)):
        hidden.append(Part(start, data.draw(st.integers(start + 1, LENGTH_S * 1000))))
    cut(source, Cut(part, tuple(hidden), "wav"), tmp_path / "clip")
    heard, plain = samples(tmp_path / "clip"), samples(source, part)
    assert heard.shape == plain.shape
    is_hidden = np.zeros(len(plain), dtype=bool)
    for item in hidden:
        is_hidden[max(0, item.from_ms - part.from_ms) * 8 : max(0, item.to_ms - part.from_ms) * 8] = True
    assert np.array_equal(heard[~is_hidden], plain[~is_hidden])
    assert np.abs(heard[is_hidden]).max(initial=0) < 8000 and np.array_equal(*heard[is_hidden].T)  # one tone on both


def test_what_is_no_audio_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "a.flac").write_bytes(b"no audio at all")
    with pytest.raises(AudioError, match="could not be cut"):
        cut(tmp_path / "a.flac", Cut(Part(0, 1000), (), "wav"), tmp_path / "clip")
