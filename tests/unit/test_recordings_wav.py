"""Reading legs: all samples on disk come out, whatever the header says; anything else is refused by name."""

import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import WavError
from recordings.wav import HEADER, blocks, header_of, inspect, read_header

PCM = st.binary(max_size=2000).map(lambda raw: raw[: len(raw) // 2 * 2])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wav")


def test_our_header_is_the_one_of_the_standard_library(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\x01\x02" * 50)
    assert path.read_bytes()[:44] == header_of(50)
    assert inspect(path).closed


@given(pcm=PCM, cut=st.integers(0, 2044), closed=st.booleans())
def test_any_truncation_yields_the_samples_before_it(folder: Path, pcm: bytes, cut: int, closed: bool) -> None:
    whole = header_of(len(pcm) // 2, closed) + pcm
    path = folder / "cut.wav"
    path.write_bytes(whole[:cut])
    kept = whole[44:cut]
    assert b"".join(blocks(inspect(path), 100)) == kept[: len(kept) // 2 * 2]
    assert inspect(path).closed is (closed and cut >= len(whole))


@given(pcm=PCM, size=st.integers(1, 300))
def test_blocks_join_to_the_whole(folder: Path, pcm: bytes, size: int) -> None:
    path = folder / "blocks.wav"
    path.write_bytes(header_of(0, closed=False) + pcm)
    pieces = list(blocks(inspect(path), size))
    assert b"".join(pieces) == pcm
    assert all(len(piece) <= size * 2 for piece in pieces)


def test_samples_written_after_the_look_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "grows.wav"
    path.write_bytes(header_of(0, closed=False) + b"ab" * 10)
    leg = inspect(path)
    with path.open("ab") as out:
        out.write(b"cd" * 10)
    assert b"".join(blocks(leg, 100)) == b"ab" * 10


def test_a_file_that_shrank_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shrinks.wav"
    path.write_bytes(header_of(10) + bytes(20))
    leg = inspect(path)
    path.write_bytes(header_of(10) + bytes(10))
    with pytest.raises(WavError, match="shorter"):
        list(blocks(leg, 100))


def test_an_empty_closed_file_is_closed() -> None:
    assert read_header(header_of(0), 44)
    assert not read_header(header_of(0, closed=False), 44)


@pytest.mark.parametrize(
    ("at", "form", "value", "says"),
    [
        (20, "<H", 7, "format 7 instead of PCM"),
        (22, "<H", 2, "2 channels instead of 1"),
        (24, "<I", 16000, "16000 Hz instead of 8000 Hz"),
        (34, "<H", 8, "8 bits instead of 16"),
        (0, "<I", 0, "does not begin with a 44-byte WAV header"),
    ],
)
def test_another_format_is_refused_by_name(tmp_path: Path, at: int, form: str, value: int, says: str) -> None:
    header = bytearray(header_of(5))
    struct.pack_into(form, header, at, value)
    path = tmp_path / "wrong.wav"
    path.write_bytes(bytes(header) + bytes(10))
    with pytest.raises(WavError, match=rf"wrong\.wav.*{says}"):
        inspect(path)


def test_the_header_is_44_bytes() -> None:
    assert HEADER.size == 44
