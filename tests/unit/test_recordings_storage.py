"""The store: created once, never overwritten, read back, every fault a StorageError."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import obstore
import pytest

from dialer.settings import Settings
from recordings import storage as module
from recordings.audio import Pcm, write_flac
from recordings.errors import AudioError, MissingObjectError, StorageError
from recordings.storage import MAX_RANGE, Storage, day_prefix, keys_of, local_storage, open_storage, sweep_work
from recordings.wav import header_of, inspect

CALL = "01930000-0000-7000-8000-000000000001"
OPENED = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
KEY = f"2026/11/24/{CALL}.flac"
Make = Callable[[int], tuple[Path, Pcm]]


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    return local_storage(tmp_path / "recordings", tmp_path / "work")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(seed: int) -> tuple[Path, Pcm]:
        pcm = np.random.default_rng(seed).integers(-9000, 9000, 4000).astype("<i2").tobytes()
        (tmp_path / "leg.wav").write_bytes(header_of(4000) + pcm)
        flac = tmp_path / f"{seed}.flac"
        return flac, write_flac(inspect(tmp_path / "leg.wav"), None, flac)

    return made


def test_the_key_is_the_day_in_utc() -> None:
    shanghai = datetime(2026, 11, 25, 7, 30, tzinfo=timezone(timedelta(hours=8)))
    assert day_prefix(shanghai) == "2026/11/24"
    assert keys_of(CALL, OPENED)[:2] == [KEY, f"2026/11/24/{CALL}-2.flac"]


async def test_kept_once_and_found_again(store: Storage, make: Make) -> None:
    flac, pcm = make(1)
    first = await store.keep(CALL, OPENED, flac, pcm)
    again = await store.keep(CALL, OPENED, flac, pcm)
    assert first == again
    assert (first.key, first.size) == (KEY, flac.stat().st_size)
    assert [item.key async for item in store.listing()] == [KEY]


async def test_other_audio_under_the_key_stays_and_ours_goes_beside_it(store: Storage, make: Make) -> None:
    other, other_pcm = make(1)
    await store.put_new(KEY, other)
    flac, pcm = make(2)
    stored = await store.keep(CALL, OPENED, flac, pcm)
    assert stored.key == f"2026/11/24/{CALL}-2.flac"
    assert await store.pcm(KEY) == other_pcm
    assert await store.pcm(stored.key) == pcm


async def test_what_does_not_decode_under_the_key_stays_too(store: Storage, make: Make, tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"fLaC torn")
    await store.put_new(KEY, tmp_path / "torn")
    flac, pcm = make(2)
    assert (await store.keep(CALL, OPENED, flac, pcm)).key.endswith("-2.flac")
    assert await store.read_range(KEY, 0, 9) == b"fLaC torn"


async def test_all_keys_taken_is_an_error(store: Storage, make: Make) -> None:
    other, _ = make(1)
    for key in keys_of(CALL, OPENED):
        assert await store.put_new(key, other)
    flac, pcm = make(2)
    with pytest.raises(StorageError, match="no key is left"):
        await store.keep(CALL, OPENED, flac, pcm)


async def test_ranges(store: Storage, make: Make) -> None:
    flac, pcm = make(1)
    await store.keep(CALL, OPENED, flac, pcm)
    content = flac.read_bytes()
    assert await store.size(KEY) == len(content)
    assert await store.read_range(KEY, 10, 20) == content[10:20]
    pieces = [piece async for piece in store.read_pieces(KEY, 5, len(content))]
    assert b"".join(pieces) == content[5:]
    for start, end in ((0, MAX_RANGE + 1), (5, 5), (-1, 4)):
        with pytest.raises(ValueError, match="bytes is read at a time"):
            await store.read_range(KEY, start, end)


async def test_a_missing_object_is_told_from_a_fault(store: Storage, tmp_path: Path) -> None:
    for ask in (store.size(KEY), store.read_range(KEY, 0, 9), store.pcm(KEY)):
        with pytest.raises(MissingObjectError):
            await ask
    with pytest.raises(MissingObjectError):
        await store.fetch(KEY, tmp_path / "copy")
    assert [item async for item in store.listing("2026/11/24")] == []


async def test_a_store_that_does_not_answer_ends_in_time(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_args: object, **_named: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(obstore, "head_async", never)
    monkeypatch.setattr(module, "CALL_TIMEOUT_S", 0.05)
    with pytest.raises(StorageError, match="did not answer in time"):
        await store.size(KEY)


async def test_a_torn_object_does_not_decode(store: Storage, make: Make, tmp_path: Path) -> None:
    flac, _ = make(1)
    (tmp_path / "torn.flac").write_bytes(flac.read_bytes()[:200])
    await store.put_new(KEY, tmp_path / "torn.flac")
    with pytest.raises(AudioError):
        await store.pcm(KEY)


async def test_the_settings_choose_the_store(tmp_path: Path, make: Make) -> None:
    flac, pcm = make(1)
    for url in ("", "memory:///"):
        chosen = open_storage(Settings(data_dir=tmp_path / "data", storage_url=url))
        assert (await chosen.keep(CALL, OPENED, flac, pcm)).key == KEY
    assert (tmp_path / "data" / "recordings" / KEY).read_bytes() == flac.read_bytes()
    assert open_storage(Settings(data_dir=tmp_path, storage_url="s3://bucket/prefix"))


def test_a_killed_workers_files_are_swept_and_a_verifiers_are_not(tmp_path: Path) -> None:
    (tmp_path / "seal-1-x.flac").touch()
    (tmp_path / "read-fresh").mkdir()
    sweep_work(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["read-fresh"]
