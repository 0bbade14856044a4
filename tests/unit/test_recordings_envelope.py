"""Encrypted objects: what comes out is what went in, and any change of any byte is found."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.envelope import CHUNK, HEADER, TAG, Cipher, decrypt, encrypt, read_header, span_of
from recordings.errors import AudioError

KEY, CALL, OTHER = b"k" * 32, "01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"
SIZES = st.sampled_from([0, 1, 500, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])


def text_of(size: int) -> bytes:
    return hashlib.shake_128(b"x").digest(size)


def sealed(folder: Path, flac: int, peaks: int, call: str = CALL, key: bytes = KEY) -> Path:
    (folder / "flac").write_bytes(text_of(flac))
    written = encrypt(folder / "flac", text_of(peaks), folder / call, key, call, "1")
    content = (folder / call).read_bytes()
    assert (written.object_bytes, written.flac_bytes) == (len(content), flac)
    assert written.object_sha256 == hashlib.sha256(content).digest()
    assert written.flac_sha256 == hashlib.sha256(text_of(flac)).digest()
    return folder / call


def opened(source: Path, call: str = CALL, key: bytes = KEY) -> tuple[bytes, bytes]:
    peaks = decrypt(source, key, call, source.with_name("plain"))
    return source.with_name("plain").read_bytes(), peaks


@given(SIZES, SIZES)
@settings(max_examples=40, deadline=None)
def test_what_comes_out_is_what_went_in(tmp_path_factory: pytest.TempPathFactory, flac: int, peaks: int) -> None:
    source = sealed(tmp_path_factory.mktemp("envelope"), flac, peaks)
    assert opened(source) == (text_of(flac), text_of(peaks))


@given(st.integers(0, 2**32), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_any_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    source = sealed(tmp_path_factory.mktemp("envelope"), 2 * CHUNK, 100)
    content = bytearray(source.read_bytes())
    content[at % len(content)] ^= 1 << bit
    source.write_bytes(content)
    with pytest.raises(AudioError):
        opened(source)


@given(st.integers(1, 3 * CHUNK))
@settings(max_examples=40, deadline=None)
def test_an_object_cut_short_or_made_longer_is_found(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    source = sealed(tmp_path_factory.mktemp("envelope"), 2 * CHUNK, 100)
    content = source.read_bytes()
    for changed in (content[:-cut], content + content[-cut:]):
        source.write_bytes(changed)
        with pytest.raises(AudioError):
            opened(source)


def test_chunks_cannot_be_swapped_nor_moved_to_another_recording(tmp_path: Path) -> None:
    content = sealed(tmp_path, 3 * CHUNK, 0).read_bytes()
    size, begin = CHUNK + TAG, HEADER.size
    swapped = content[:begin] + content[begin + size : begin + 2 * size] + content[begin : begin + size]
    (tmp_path / CALL).write_bytes(swapped + content[begin + 2 * size :])
    with pytest.raises(AudioError, match="piece 0"):
        opened(tmp_path / CALL)
    (tmp_path / OTHER).write_bytes(content)
    with pytest.raises(AudioError):
        opened(tmp_path / OTHER, OTHER)
    with pytest.raises(AudioError):
        opened(tmp_path / OTHER, CALL, b"other key" + bytes(23))


def test_the_same_audio_is_never_sealed_into_the_same_bytes(tmp_path: Path) -> None:
    assert sealed(tmp_path, 100, 0).read_bytes() != sealed(tmp_path, 100, 0).read_bytes()


def test_any_stretch_opens_alone(tmp_path: Path) -> None:
    content = sealed(tmp_path, 3 * CHUNK + 17, 5).read_bytes()
    header = read_header(content)
    assert (header.chunks, header.key_id) == (4, "1")
    for first, last in ((0, 0), (1, 2), (3, 3), (0, 3)):
        begin, end = span_of(first, last, header)
        plain = Cipher(KEY, CALL, header).open_all(first, content[begin:end])
        assert plain == (text_of(3 * CHUNK + 17) + text_of(5))[first * CHUNK : (last + 1) * CHUNK]


@pytest.mark.parametrize("head", [b"", b"TZAE", b"fLaC" + bytes(80), b"TZAE\0\2" + bytes(80)])
def test_what_is_no_object_of_ours_is_refused(head: bytes) -> None:
    with pytest.raises(AudioError):
        read_header(head)
