"""The spool: names, the watch over unchanged files, removals, and the proof that sound is kept."""

import os
from pathlib import Path

import numpy as np
import pytest

from recordings.audio import write_flac
from recordings.errors import SpoolError, WavError
from recordings.spool import Pair, Spool, call_of, lie_in
from recordings.wav import header_of

CALL = "01930000-0000-7000-8000-000000000001"


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    folder = tmp_path / "spool"
    folder.mkdir()
    return Spool(folder, Clock())


def write(spool: Spool, side: str, seed: int, samples: int = 100) -> None:
    pcm = np.random.default_rng(seed).integers(1, 9000, samples).astype("<i2").tobytes()
    (spool.folder / f"{CALL}-{side}.wav").write_bytes(header_of(samples) + pcm)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        (f"{CALL}-customer.wav", CALL),
        (f"{CALL}-agent.wav", CALL),
        (f"{CALL}.wav", None),
        (f"{CALL}-agent.wav.part", None),
        (f"{CALL.upper()}x-agent.wav", None),
        ("..-agent.wav", None),
    ],
)
def test_only_our_names_are_ours(name: str, call: str | None) -> None:
    assert call_of(name) == call


def test_listing(spool: Spool) -> None:
    write(spool, "agent", 1)
    (spool.folder / "x").mkdir()
    listing = spool.listing()
    assert (listing.calls, listing.unknown) == (frozenset({CALL}), ("x",))


def test_unchanged_is_measured_by_watching(spool: Spool) -> None:
    clock = spool.clock
    assert isinstance(clock, Clock)
    write(spool, "agent", 1)
    seen = []
    for samples in (100, 100, 200, 200):
        write(spool, "agent", 1, samples)
        path = spool.folder / f"{CALL}-agent.wav"
        os.utime(path, (1, 1))
        facts = spool.facts(spool.look(CALL).agent)
        assert facts is not None
        seen.append(facts.unchanged_s)
        clock.now += 3
    assert seen == [0, 3, 0, 3]
    assert spool.facts(None) is None


def test_a_changed_file_is_not_removed_nor_its_fellow(spool: Spool) -> None:
    write(spool, "agent", 1)
    write(spool, "customer", 2)
    pair = spool.look(CALL)
    write(spool, "customer", 2, samples=101)
    with pytest.raises(SpoolError, match="changed after it was sealed"):
        spool.remove(pair)
    assert len(list(spool.folder.iterdir())) == 2
    spool.remove(spool.look(CALL))
    assert list(spool.folder.iterdir()) == []


def test_a_missing_folder_is_not_missing_files(spool: Spool) -> None:
    assert spool.look(CALL) == Pair(None, None)
    spool.folder.rmdir()
    with pytest.raises(SpoolError):
        spool.look(CALL)
    with pytest.raises(SpoolError):
        spool.listing()


def test_an_unreadable_file_is_not_a_missing_one(spool: Spool) -> None:
    (spool.folder / f"{CALL}-agent.wav").write_bytes(bytes(100))
    with pytest.raises(WavError):
        spool.look(CALL)


def test_a_leg_is_proven_only_by_the_audio_that_was_sealed(spool: Spool, tmp_path: Path) -> None:
    write(spool, "agent", 1)
    write(spool, "customer", 2)
    pair = spool.look(CALL)
    sealed = write_flac(pair.agent, pair.customer, tmp_path / "sealed.flac")
    other = write_flac(pair.agent, None, tmp_path / "other.flac")
    only_agent = Pair(None, pair.agent)
    assert lie_in(tmp_path / "sealed.flac", pair, sealed)
    assert lie_in(tmp_path / "sealed.flac", only_agent, sealed)
    assert not lie_in(tmp_path / "other.flac", only_agent, sealed)
    assert not lie_in(tmp_path / "other.flac", pair, other)
