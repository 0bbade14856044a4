"""Stereo FLAC and its hash: agent left, customer right, nothing lost, in blocks."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.audio import BLOCK, Pcm, decode_flac, hash_legs, holds_leg, interleave, write_flac
from recordings.errors import AudioError
from recordings.wav import Leg, header_of, inspect


def leg(path: Path, samples: list[int] | np.ndarray[tuple[int], np.dtype[np.int16]], closed: bool = True) -> Leg:
    pcm = np.asarray(samples, dtype="<i2").tobytes()
    path.write_bytes(header_of(len(pcm) // 2, closed) + pcm)
    return inspect(path)


def test_agent_is_left_customer_right_and_the_shorter_padded() -> None:
    stereo = interleave(np.array([1, 2, 3], "<i2").tobytes(), np.array([-1], "<i2").tobytes())
    assert np.frombuffer(stereo, "<i2").tolist() == [1, -1, 2, 0, 3, 0]


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.lists(st.integers(-32768, 32767), max_size=50))
@settings(max_examples=50)
def test_each_channel_is_its_leg(agent: list[int], customer: list[int]) -> None:
    raw = interleave(np.array(agent, "<i2").tobytes(), np.array(customer, "<i2").tobytes())
    stereo = np.frombuffer(raw, "<i2").reshape(-1, 2)
    assert stereo[: len(agent), 0].tolist() == agent
    assert stereo[: len(customer), 1].tolist() == customer
    assert len(stereo) == max(len(agent), len(customer))


@pytest.mark.parametrize("lengths", [(1, 1), (BLOCK, BLOCK + 1), (3 * BLOCK, 10), (0, BLOCK)])
def test_flac_gives_back_the_same_hash_over_block_borders(tmp_path: Path, lengths: tuple[int, int]) -> None:
    noise = np.random.default_rng(1)
    left, right = (noise.integers(-30000, 30000, n).astype("<i2") for n in lengths)
    agent, customer = leg(tmp_path / "a.wav", left), leg(tmp_path / "c.wav", right, closed=False)
    pcm = write_flac(agent, customer, tmp_path / "x.flac")
    whole = interleave(left.tobytes(), right.tobytes())
    assert pcm == Pcm(hashlib.sha256(whole).digest(), max(lengths), 8000, 2)
    assert decode_flac(tmp_path / "x.flac") == pcm == hash_legs(agent, customer)
    stereo, rate = soundfile.read(tmp_path / "x.flac", dtype="int16")
    assert rate == 8000
    assert stereo[: lengths[0], 0].tolist() == left.tolist()
    assert holds_leg(tmp_path / "x.flac", agent, 0) and holds_leg(tmp_path / "x.flac", customer, 1)


def test_a_missing_leg_is_silence(tmp_path: Path) -> None:
    write_flac(None, leg(tmp_path / "c.wav", [5, 6]), tmp_path / "x.flac")
    assert soundfile.read(tmp_path / "x.flac", dtype="int16")[0].tolist() == [[0, 5], [0, 6]]


def test_a_leg_that_is_not_in_the_flac_is_noticed(tmp_path: Path) -> None:
    agent = leg(tmp_path / "a.wav", [1, 2, 3])
    write_flac(agent, leg(tmp_path / "c.wav", [7, 8, 9, 0]), tmp_path / "x.flac")
    assert holds_leg(tmp_path / "x.flac", agent, 0)
    assert not holds_leg(tmp_path / "x.flac", agent, 1)
    assert not holds_leg(tmp_path / "x.flac", leg(tmp_path / "a2.wav", [1, 2]), 0)
    assert not holds_leg(tmp_path / "x.flac", leg(tmp_path / "a3.wav", [1, 2, 3, 0, 5]), 0)


def test_no_sample_is_no_flac(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no sample"):
        write_flac(leg(tmp_path / "a.wav", []), None, tmp_path / "x.flac")


def test_what_is_no_flac_does_not_decode(tmp_path: Path) -> None:
    (tmp_path / "x.flac").write_bytes(b"not a flac")
    with pytest.raises(AudioError, match=r"x\.flac does not decode"):
        decode_flac(tmp_path / "x.flac")
    with pytest.raises(AudioError):
        holds_leg(tmp_path / "x.flac", leg(tmp_path / "a.wav", [1]), 0)


def test_a_target_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="could not be written"):
        write_flac(leg(tmp_path / "a.wav", [1]), None, tmp_path / "none" / "x.flac")
