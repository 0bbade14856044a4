"""The store: created once, never overwritten, read back, every fault a StorageError."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import obstore
import pytest

from dialer.settings import Settings
from recordings import storage as module
from recordings.errors import MissingObjectError, StorageError
from recordings.storage import MAX_RANGE, Storage, day_prefix, keys_of, local_storage, open_storage, sweep_work

CALL = "01930000-0000-7000-8000-000000000001"
OPENED = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
KEY = f"2026/11/24/{CALL}.flac"


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    return local_storage(tmp_path / "recordings")


def test_the_key_is_the_day_in_utc() -> None:
    shanghai = datetime(2026, 11, 25, 7, 30, tzinfo=timezone(timedelta(hours=8)))
    assert day_prefix(shanghai) == "2026/11/24"
    assert keys_of(CALL, OPENED)[:2] == [KEY, f"2026/11/24/{CALL}-2.flac"]


async def test_written_once_and_never_over(store: Storage, tmp_path: Path) -> None:
    for content, is_new in ((b"one", True), (b"two", False)):
        (tmp_path / "object").write_bytes(content)
        assert await store.put_new(KEY, tmp_path / "object") is is_new
    assert await store.read_range(KEY, 0, 3) == b"one"
    assert [(item.key, item.size) async for item in store.listing()] == [(KEY, 3)]
    await store.delete(KEY)
    await store.delete(KEY)
    assert [item async for item in store.listing()] == []


async def test_ranges(store: Storage, tmp_path: Path) -> None:
    content = bytes(range(100))
    (tmp_path / "object").write_bytes(content)
    await store.put_new(KEY, tmp_path / "object")
    assert await store.size(KEY) == len(content)
    assert await store.read_range(KEY, 10, 20) == content[10:20]
    for start, end in ((0, MAX_RANGE + 1), (5, 5), (-1, 4)):
        with pytest.raises(ValueError, match="bytes is read at a time"):
            await store.read_range(KEY, start, end)


async def test_a_missing_object_is_told_from_a_fault(store: Storage, tmp_path: Path) -> None:
    for ask in (store.size(KEY), store.read_range(KEY, 0, 9)):
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


async def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    (tmp_path / "object").write_bytes(b"one")
    for url in ("", "memory:///"):
        chosen = open_storage(Settings(data_dir=tmp_path / "data", storage_url=url))
        assert await chosen.put_new(KEY, tmp_path / "object")
    assert (tmp_path / "data" / "recordings" / KEY).read_bytes() == b"one"
    assert open_storage(Settings(data_dir=tmp_path, storage_url="s3://bucket/prefix"))


def test_a_killed_workers_files_are_swept_and_a_verifiers_are_not(tmp_path: Path) -> None:
    (tmp_path / "seal-1-x.flac").touch()
    (tmp_path / "seal-folder").mkdir()
    (tmp_path / "seal-folder" / "object").touch()
    (tmp_path / "read-fresh").mkdir()
    sweep_work(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["read-fresh"]
