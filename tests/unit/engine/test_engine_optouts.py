"""Opt-outs from the abandon message's file to the do-not-call list."""

import json
from pathlib import Path

import pytest

from dialer.core.errors import StoreAway
from dialer.core.records import OptedOut, Record
from dialer.engine.optouts import OptOuts, parse
from dialer.store.memory import MemoryStore

CALL = "01a20b73-44cd-7507-80ac-b9ce84429883"
LINE = json.dumps({"call": CALL, "at": "2026-11-24T03:00:00+00:00"}).encode()


class Recorder(MemoryStore):
    """A store that keeps what it was told, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Record] = []
        self.away = False

    async def write(self, records: object) -> None:
        if self.away:
            raise StoreAway("gone")
        self.told.extend(records)  # type: ignore[arg-type]


async def test_an_opt_out_reaches_the_store_once_and_its_file_is_gone(tmp_path: Path) -> None:
    store, file = Recorder(), tmp_path / "optout.jsonl"
    optouts = OptOuts(store, file)
    file.write_bytes(LINE + b"\n")
    await optouts.round()
    file.write_bytes(LINE + b"\n")  # another message of the same moment
    await optouts.round()
    assert [record.attempt_id for record in store.told if isinstance(record, OptedOut)] == [CALL]
    await optouts.round()
    await optouts.round()
    assert len(store.told) == 2
    assert list(tmp_path.iterdir()) == []


async def test_while_the_store_is_away_opt_outs_wait(tmp_path: Path) -> None:
    store, file = Recorder(), tmp_path / "optout.jsonl"
    file.write_bytes(LINE + b"\n")
    optouts = OptOuts(store, file)
    await optouts.round()
    store.away = True
    with pytest.raises(StoreAway):
        await optouts.round()
    store.away = False
    await OptOuts(store, file).round()  # the next process finds it
    assert len(store.told) == 1


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"call": "x", "at": "2026-11-24"}', b"\xff\xfe"])
async def test_a_line_that_cannot_be_read_is_kept_aside(tmp_path: Path, line: bytes) -> None:
    assert parse(line) is None
    store, file = Recorder(), tmp_path / "optout.jsonl"
    file.write_bytes(line + b"\n" + LINE + b"\n")
    optouts = OptOuts(store, file)
    await optouts.round()
    await optouts.round()
    assert len(store.told) == 1
    assert file.with_suffix(".unread").read_bytes() == line + b"\n"
