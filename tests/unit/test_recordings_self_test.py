"""The worker's part of the recorder's self-test: through seal and store and back, and nothing left."""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uuid_utils

from dialer.machine import Paths, keep_secrets
from recordings import self_test
from recordings.audio import write_flac
from recordings.keys import keyring_of
from recordings.self_test import OLD_S, SelfTests
from recordings.storage import local_storage
from recordings.vault import Vault
from recordings.wav import header_of

RATE = 8000


class Place:
    """A data folder with a test call's files."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.test_id = root, root / "spool" / "selftest", str(uuid_utils.uuid7())
        self.folder.mkdir(parents=True)
        self.store = root / "recordings"
        keep_secrets(Paths(root))
        vault = Vault(local_storage(self.store), keyring_of(Paths(root)), root / "work")
        self.tests = SelfTests(vault, root / "spool", root / "work")

    def leg(self, name: str, seed: int, closed: bool = True) -> Path:
        noise = np.random.default_rng(seed).integers(-9000, 9000, RATE).astype("<i2")
        path = self.folder / f"{self.test_id}-{name}.wav"
        path.write_bytes(header_of(RATE, closed) + noise.tobytes())
        return path

    def legs(self) -> None:
        self.leg("customer", 1)
        self.leg("agent", 2)

    async def answer(self) -> str | None:
        await self.tests.answer_all()
        file = self.folder / f"{self.test_id}.json"
        return str(json.loads(file.read_text())["why"]) if file.exists() else None

    def left(self) -> list[str]:
        """What lies in the store and in the work folder."""
        places = (self.store, self.root / "work")
        return [item.name for place in places for item in place.rglob("*") if item.is_file()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_a_good_call_is_sealed_stored_read_back_and_leaves_nothing(place: Place) -> None:
    place.legs()
    assert await place.answer() == ""
    assert place.left() == []


async def test_a_call_is_answered_when_both_files_are_closed(place: Place) -> None:
    place.leg("customer", 1)
    assert await place.answer() is None
    place.leg("agent", 2, closed=False)
    assert await place.answer() is None
    (place.folder / f"{place.test_id}-agent.wav").write_bytes(b"no sound at all")
    assert await place.answer() is None
    place.leg("agent", 2)
    assert await place.answer() == ""


async def test_agent_and_customer_in_each_others_place_are_found(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(agent: Any, customer: Any, *rest: Any) -> Any:
        return write_flac(customer, agent, *rest)

    monkeypatch.setattr(self_test, "write_flac", swapped)
    place.legs()
    assert "agent left" in str(await place.answer())
    assert place.left() == []


async def test_a_store_that_refuses_is_told_and_the_next_call_goes_through_when_it_is_back(place: Place) -> None:
    place.store.rmdir()
    place.store.write_text("a file where the folder was")
    place.legs()
    assert str(await place.answer()).startswith("the recordings worker could not seal it: ")
    place.store.unlink()
    place.store.mkdir()
    (place.folder / f"{place.test_id}.json").unlink()
    assert await place.answer() == ""


async def test_a_store_that_keeps_something_else_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recordings.storage.shutil.copyfile", lambda _source, target: Path(target).write_bytes(b"x"))
    place.legs()
    assert "keeps something else" in str(await place.answer())
    assert place.left() == []


async def test_no_key_to_wrap_with_is_told(place: Place) -> None:
    (place.root / "secrets.json").unlink()
    place.legs()
    assert "holds no key" in str(await place.answer())


async def test_what_killed_tests_left_is_swept_and_nothing_of_a_test_that_runs(place: Place) -> None:
    old, new = place.store / "selftest" / "old.flac", place.store / "selftest" / "new.flac"
    other = place.store / "2026" / "call.flac"
    for file in (old, new, other):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"sound")
    past = time.time() - OLD_S - 1
    os.utime(old, (past, past))
    os.utime(other, (past, past))
    await place.tests.sweep()
    assert sorted(place.left()) == ["call.flac", "new.flac"]


async def test_files_that_nobody_came_back_for_are_removed(place: Place) -> None:
    place.legs()
    past = time.time() - OLD_S - 1
    for file in place.folder.iterdir():
        os.utime(file, (past, past))
    assert await place.answer() is None
    assert list(place.folder.iterdir()) == []
