"""The vault: kept once, encrypted, verified where it lies; given back whole, by range, as peaks, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from recordings.audio import Pcm, write_flac
from recordings.envelope import CHUNK
from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError, StorageLiesError
from recordings.keys import Keyring, Wrapped
from recordings.peaks import Shape, peaks_of
from recordings.sealed import Sealed
from recordings.storage import PIECE, Storage, keys_of, local_storage
from recordings.vault import Made, Stored, Vault
from recordings.wav import header_of, inspect

CALL = "01930000-0000-7000-8000-000000000001"
OPENED = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
KEY = f"2026/11/24/{CALL}.flac"
SAMPLES = 1_200_000  # some megabytes of noise: many chunks, more than one piece


class Desk:
    """A vault in a folder, recordings made for it, and what their rows would say."""

    def __init__(self, root: Path) -> None:
        self.root, self.secrets = root, {"1": "A" * 43}
        self.keys = Keyring(lambda: self.secrets)
        self.own = self.keys.make()

    @property
    def vault(self) -> Vault:
        return Vault(local_storage(self.root / "recordings"), self.keys, self.root / "work")

    def made(self, seed: int, samples: int = 4000) -> Made:
        pcm = np.random.default_rng(seed).integers(-9000, 9000, samples).astype("<i2").tobytes()
        (self.root / "leg.wav").write_bytes(header_of(samples) + pcm)
        flac, shape = self.root / f"{seed}.flac", Shape(samples)
        return Made(flac, write_flac(inspect(self.root / "leg.wav"), None, flac, shape.add), shape.kept())

    async def keep(self, made: Made) -> Stored:
        return await self.vault.keep(CALL, OPENED, made, self.own)

    async def sealed(self, made: Made) -> Sealed:
        stored = await self.keep(made)
        envelope = stored.envelope
        sizes = (envelope.object_bytes, envelope.object_sha256, envelope.flac_bytes)
        return Sealed(CALL, stored.key, *sizes, made.pcm, self.own)

    def object(self, key: str = KEY) -> Path:
        return self.root / "recordings" / key


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_kept_once_and_found_again_by_a_run_that_was_killed(desk: Desk) -> None:
    made = desk.made(1)
    first, again = await desk.keep(made), await desk.keep(made)
    assert first == again and (first.key, first.key_id) == (KEY, "1")
    assert first.envelope.flac_bytes == made.flac.stat().st_size
    assert [item.key async for item in desk.vault.storage.listing()] == [KEY]
    assert list((desk.root / "work").iterdir()) == []


async def test_nothing_of_the_audio_lies_in_the_store(desk: Desk) -> None:
    made = desk.made(1)
    await desk.keep(made)
    stored, plain = desk.object().read_bytes(), made.flac.read_bytes()
    assert not any(plain[at : at + 16] in stored for at in range(0, len(plain), 16))


async def test_another_recording_under_the_key_stays_and_ours_goes_beside_it(desk: Desk) -> None:
    other = await desk.sealed(desk.made(1))
    made = desk.made(2)
    ours = await desk.sealed(made)
    assert ours.key == f"2026/11/24/{CALL}-2.flac"
    assert await desk.vault.pcm(other) == other.pcm
    assert await desk.vault.pcm(ours) == made.pcm


async def test_all_keys_taken_is_an_error(desk: Desk) -> None:
    (desk.root / "torn").write_bytes(b"fLaC torn")
    for key in keys_of(CALL, OPENED):
        assert await desk.vault.storage.put_new(key, desk.root / "torn")
    with pytest.raises(StorageError, match="no key is left"):
        await desk.keep(desk.made(2))
    assert desk.object().read_bytes() == b"fLaC torn"


@pytest.mark.parametrize("lie", ["half", "other", "nothing"])
async def test_a_store_that_keeps_something_else_is_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    put_new = Storage.put_new

    async def lying(self: Storage, key: str, source: Path) -> bool:
        content = source.read_bytes()
        if lie == "nothing":
            return True
        source = source.with_name("lie")
        source.write_bytes(content[: len(content) // 2] if lie == "half" else content[:-1] + b"x")
        return await put_new(self, key, source)

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "put_new", lying)
        with pytest.raises(StorageLiesError):
            await desk.keep(desk.made(1))
    assert (await desk.keep(desk.made(1))).key == KEY


@pytest.mark.parametrize("asked", [(0, 1), (0, 100), (CHUNK - 1, CHUNK + 1), (70_000, 900_000), (5, PIECE)])
async def test_any_range_is_that_of_the_plain_flac(desk: Desk, asked: tuple[int, int]) -> None:
    made = desk.made(1, SAMPLES)
    sealed, plain = await desk.sealed(made), made.flac.read_bytes()
    assert await desk.vault.size(sealed) == len(plain) > PIECE
    assert await desk.vault.read_range(sealed, *asked) == plain[slice(*asked)]
    assert (
        b"".join([piece async for piece in desk.vault.read_pieces(sealed, asked[0], len(plain))]) == plain[asked[0] :]
    )


async def test_a_range_that_is_none_is_refused(desk: Desk) -> None:
    sealed = await desk.sealed(desk.made(1))
    for start, end in ((0, PIECE + 1), (5, 5), (-1, 4)):
        with pytest.raises(ValueError, match="bytes is read at a time"):
            await desk.vault.read_range(sealed, start, end)


async def test_the_shape_is_read_and_not_decoded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk.made(1, SAMPLES)
    sealed = await desk.sealed(made)
    expected = {points: peaks_of(made.flac, points) for points in (1, 8, 800, 4000)}
    monkeypatch.setattr("recordings.vault.decode_flac", None)
    for points, shape in expected.items():
        assert await desk.vault.peaks(sealed, points) == shape
    assert len((await desk.vault.peaks(sealed, 333)).agent) == 333


async def test_an_old_plain_recording_is_given_back_as_it_lies(desk: Desk) -> None:
    made = desk.made(1)
    await desk.vault.storage.put_new(KEY, made.flac)
    plain = made.flac.read_bytes()
    old = Sealed(CALL, KEY, len(plain), None, None, made.pcm, None)
    assert await desk.vault.size(old) == len(plain)
    assert await desk.vault.read_range(old, 3, 90) == plain[3:90]
    assert await desk.vault.pcm(old) == made.pcm
    assert await desk.vault.peaks(old, 7) == peaks_of(made.flac, 7)


@asynccontextmanager
async def refused(kind: type[Exception], vault: Vault, sealed: Sealed) -> AsyncIterator[None]:
    yield
    with pytest.raises(kind):
        await vault.read_range(sealed, 0, 10)
    with pytest.raises(kind):
        await vault.pcm(sealed)


async def test_never_a_wrong_byte(desk: Desk) -> None:
    sealed = await desk.sealed(desk.made(1))
    async with refused(KeyMissingError, desk.vault, replace(sealed, wrapped=Wrapped("1", None))):
        pass
    async with refused(KeyMissingError, desk.vault, replace(sealed, wrapped=replace(desk.own, key_id="7"))):
        pass
    async with refused(AudioError, desk.vault, replace(sealed, wrapped=desk.keys.make())):
        pass
    async with refused(AudioError, desk.vault, sealed):
        content = bytearray(desk.object().read_bytes())
        content[200] ^= 1
        desk.object().write_bytes(content)
    async with refused(AudioError, desk.vault, sealed):
        desk.object().write_bytes(content[:300])
    async with refused(MissingObjectError, desk.vault, sealed):
        desk.object().unlink()
    assert sealed.pcm == Pcm(sealed.pcm.sha256, 4000)


async def test_without_a_key_to_wrap_with_nothing_is_sealed(desk: Desk) -> None:
    desk.secrets = {}
    with pytest.raises(KeyMissingError, match="no key for recordings"):
        desk.keys.make()
