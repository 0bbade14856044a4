"""The worker against a real database: what it settles, and that it settles it once, whenever it is killed."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ledger import EntryKind
from dialer.store import ledger
from dialer.store.tables import nodes
from recordings import records
from recordings.errors import StorageError
from recordings.spool import Spool
from recordings.worker import Worker
from tests.conftest import Postgres
from tests.database.recordings_world import World


async def test_an_answered_call_is_sealed_once(world: World) -> None:
    call = await world.answered_call()
    worker = world.worker()
    await worker.sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.reason, row.repaired) == ("present", None, False)
    assert (row.samples, row.rate, row.channels) == (8000, 8000, 2)
    assert (row.talk_s, row.difference_s) == (Decimal("1.000"), Decimal("0.000"))
    assert (await world.pcm(call)).sha256 == row.sha256_pcm
    assert world.left() == [] and list(world.work.glob("seal-*")) == []
    assert worker.health.last_sealed_at is not None
    assert worker.health.backlog == 0


async def test_the_ledger_says_what_was_sealed(world: World) -> None:
    call = await world.answered_call()
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None
    [seal] = await world.witnesses(call)
    assert seal.kind is EntryKind.SEAL
    assert seal.body == {
        "storage_key": row.storage_key,
        "sha256_pcm": row.sha256_pcm.hex(),
        "bytes": row.bytes,
        "rate": 8000,
        "channels": 2,
        "samples": 8000,
        "talk_s": "1.000",
        "difference_s": "0.000",
        "repaired": False,
        "reason": None,
        "key_id": "1",
        "object_sha256": hashlib.sha256((world.root / "recordings" / row.storage_key).read_bytes()).hexdigest(),
        "flac_bytes": row.flac_bytes,
        "flac_sha256": row.flac_sha256.hex(),
        "lost_s": None,
    }


async def test_an_open_call_is_left_alone(world: World) -> None:
    call = await world.attempt(ended_at=None, dial_result=None)
    world.legs(call, closed=False)
    await world.worker().sweep()
    assert await world.row(call) is None
    assert len(world.left()) == 2


async def test_an_unclosed_file_waits_five_seconds_and_is_repaired(world: World) -> None:
    call = await world.answered_call(closed=False)
    worker = world.worker()
    await worker.sweep()
    world.clock.now += 4.9
    await worker.sweep()
    assert await world.row(call) is None and worker.health.backlog == 1
    world.legs(call, samples=9000, closed=False)  # it grows: the five seconds begin again
    await worker.sweep()
    world.clock.now += 4.9
    await worker.sweep()
    assert await world.row(call) is None
    world.clock.now += 0.1
    await worker.sweep()
    row = await world.row(call)
    assert row is not None and (row.repaired, row.samples) == (True, 9000)


@pytest.mark.parametrize(("there", "reason"), [("agent", "customer_leg_missing"), ("customer", "agent_leg_missing")])
async def test_one_leg_missing_is_padded_and_noted(world: World, there: str, reason: str) -> None:
    call = await world.answered_call(which=there)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.reason, row.samples) == ("present", reason, 8000)
    assert (await world.witnesses(call))[0].body["reason"] == reason


async def test_an_answered_call_without_media_is_present_without_an_object(world: World) -> None:
    call = await world.answered_call(samples=0)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.reason, row.samples) == ("present", "no_media", 0)
    assert (row.storage_key, row.bytes, row.difference_s) == (None, 0, Decimal("-1.000"))
    assert world.left() == []


async def test_an_answered_call_without_files_is_a_recorder_failure(world: World) -> None:
    call, fresh = await world.attempt(), await world.attempt(ended_s_ago=1)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.reason) == ("absent", "recorder_failed")
    assert await world.row(fresh) is None


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"dial_result": "no_answer"}, "no_answer"),
        ({"dial_result": "busy"}, "busy"),
        ({"dial_result": "invalid"}, "invalid"),
        ({"dial_result": "failed", "cause": 21}, "rejected"),
        ({"dial_result": "congestion"}, "trunk_failed"),
        ({"dial_result": "cancelled"}, "cancelled"),
        ({"dial_result": None}, "not_dialed"),
    ],
)
async def test_an_unanswered_call_is_absent_for_its_reason(
    world: World, columns: dict[str, Any], reason: str
) -> None:
    call = await world.attempt(answered=False, ended_s_ago=0, **columns)
    world.legs(call, samples=0)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.reason, row.storage_key) == ("absent", reason, None)
    [absence] = await world.witnesses(call)
    assert (absence.kind, absence.body) == (EntryKind.ABSENCE, {"reason": reason, "talk_s": "0.000"})
    assert world.left() == []


async def test_early_media_is_kept(world: World) -> None:
    call = await world.attempt(answered=False, ended_s_ago=0)
    world.legs(call)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None and (row.status, row.talk_s, row.difference_s) == ("present", 0, 1)


async def test_another_nodes_calls_are_not_ours_to_judge(world: World) -> None:
    call = await world.attempt(node="node-2")
    await world.worker().sweep()
    assert await world.row(call) is None


async def test_a_wrong_file_fails_alone_and_stays(world: World) -> None:
    bad, good = await world.answered_call(), await world.answered_call()
    path = world.spool / f"{bad}-agent.wav"
    path.write_bytes(path.read_bytes().replace(b"WAVE", b"EVAW"))
    worker = world.worker()
    await worker.sweep()
    assert await world.row(bad) is None and await world.row(good) is not None
    assert (worker.health.failed, worker.health.backlog) == (1, 1)
    assert world.left() == [f"{bad}-agent.wav", f"{bad}-customer.wav"]


async def test_twenty_waiting_calls_do_not_hide_the_next(world: World) -> None:
    for _ in range(25):
        await world.attempt(ended_s_ago=1)
    last = await world.answered_call()
    worker = world.worker()
    await worker.sweep()
    assert await world.row(last) is not None
    assert worker.health.backlog == 25


async def test_a_late_end_of_an_old_call_is_seen(world: World) -> None:
    """The floor below which nothing is read again never passes an open call."""
    old = await world.attempt(ended_at=None, dial_result=None)
    worker = world.worker()
    await worker.sweep()
    async with world.engine.begin() as connection:
        await connection.execute(text("update attempts set ended_at = now()"))
    await worker.sweep()
    assert worker.health.backlog == 1
    assert await world.row(old) is None  # answered: it waits for its files


async def test_the_floor_stays_below_an_open_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "SKEW", timedelta(0))
    call = await world.attempt(answered=False, ended_at=None)
    await asyncio.sleep(0.01)
    worker = world.worker()
    await worker.sweep()
    async with world.engine.begin() as connection:
        await connection.execute(text("update attempts set ended_at = now()"))
    await worker.sweep()
    assert await world.row(call) is not None


async def test_settled_by_another_hand_its_files_are_not_removed_unseen(world: World) -> None:
    class Late(Worker):
        async def commit(self, *_args: object) -> bool:
            return False

    call = await world.answered_call()
    await world.worker(Late).sweep()
    assert len(world.left()) == 2 and await world.row(call) is None


class Killed(BaseException):
    """The process ends here."""


def killed_at(stage: str, when: str) -> type[Worker]:
    """A worker that dies before or after one of its steps."""
    step: Callable[..., Any] = getattr(Worker, stage)

    async def dying(self: Worker, *args: Any) -> Any:
        if when == "after":
            await step(self, *args)
        raise Killed

    return type("Dying", (Worker,), {stage: dying})


async def assert_settled_once(world: World, call: str) -> None:
    row = await world.row(call)
    assert row is not None and row.status == "present"
    assert row.storage_key.endswith(f"{call}.flac")
    assert (await world.pcm(call)).sha256 == row.sha256_pcm
    assert len(await world.witnesses(call)) == 1
    assert [item.key async for item in world.storage.listing()] == [row.storage_key]
    assert world.left() == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("stage", ["make_flac", "store", "commit", "remove"])
async def test_killed_at_any_step_it_is_settled_once(world: World, stage: str, when: str) -> None:
    call = await world.answered_call()
    with pytest.raises(Killed):
        await world.worker(killed_at(stage, when)).sweep()
    await world.worker().sweep()
    await assert_settled_once(world, call)


async def test_killed_between_row_and_ledger_neither_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dies(*_args: object) -> None:
        raise Killed

    call = await world.answered_call()
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", dies)
        with pytest.raises(Killed):
            await world.worker().sweep()
    assert await world.row(call) is None
    await world.worker().sweep()
    await assert_settled_once(world, call)


@pytest.mark.parametrize("first", ["agent", "customer"])
async def test_killed_between_the_two_removals(world: World, first: str) -> None:
    call = await world.answered_call()
    with pytest.raises(Killed):
        await world.worker(killed_at("remove", "before")).sweep()
    (world.spool / f"{call}-{first}.wav").unlink()
    await world.worker().sweep()
    await assert_settled_once(world, call)


async def test_killed_while_the_flac_was_written(world: World) -> None:
    call = await world.answered_call()
    world.work.mkdir()
    (world.work / f"seal-1-{call}.flac").write_bytes(b"fLaC half")
    await world.worker().sweep()
    await assert_settled_once(world, call)


async def test_two_workers_at_once_settle_once(world: World) -> None:
    calls = [await world.answered_call() for _ in range(6)]
    await asyncio.gather(world.worker().sweep(), world.worker().sweep(), return_exceptions=True)
    await world.worker().sweep()
    for call in calls:
        assert len(await world.witnesses(call)) == 1
    assert await world.rows() == 6 and world.left() == []


async def test_sound_that_was_not_sealed_is_never_removed(world: World) -> None:
    call = await world.answered_call()
    await world.worker().sweep()
    world.legs(call, samples=8100)
    worker = world.worker()
    await worker.sweep()
    assert len(world.left()) == 2 and worker.health.orphans == 1


async def test_a_file_that_grew_while_it_was_sealed_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await world.answered_call()
    remove = Spool.remove

    def grows_first(self: Spool, pair: Any) -> None:
        with pair.agent.path.open("ab") as late:
            late.write(b"late")
        remove(self, pair)

    monkeypatch.setattr(Spool, "remove", grows_first)
    await world.worker().sweep()
    assert await world.row(call) is not None
    assert len(world.left()) == 2


async def test_a_left_over_is_not_removed_when_its_object_is_bad(world: World) -> None:
    call = await world.answered_call()
    with pytest.raises(Killed):
        await world.worker(killed_at("remove", "before")).sweep()
    row = await world.row(call)
    assert row is not None
    flac = world.root / "recordings" / row.storage_key
    content = bytearray(flac.read_bytes())
    content[len(content) // 2] ^= 1
    flac.write_bytes(content)
    await world.worker().sweep()
    assert len(world.left()) == 2
    flac.unlink()
    await world.worker().sweep()
    assert len(world.left()) == 2


async def test_orphans_are_counted_and_stay(world: World) -> None:
    world.legs("01930000-0000-7000-8000-000000000001")
    (world.spool / "what.txt").write_text("?")
    worker = world.worker()
    await worker.sweep()
    assert worker.health.orphans == 2
    assert len(world.left()) == 3


async def test_without_a_spool_folder_nothing_is_judged(world: World) -> None:
    call = await world.attempt()
    world.spool.rmdir()
    with pytest.raises(Exception, match="away"):
        await world.worker().sweep()
    assert await world.row(call) is None


async def test_storage_away_fails_the_sweep_and_recovers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await world.answered_call()
    worker = world.worker()
    with monkeypatch.context() as patch:

        async def away(*_args: object) -> None:
            raise StorageError("the store did not answer in time")

        patch.setattr("recordings.storage.Storage.put_new", away)
        with pytest.raises(Exception, match="away"):
            await worker.sweep()
    assert len(world.left()) == 2
    world.clock.now += 1
    await worker.sweep()
    await assert_settled_once(world, call)


async def test_run_wakes_beats_and_stops(world: World) -> None:
    worker = world.worker()
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.2)
    call = await world.answered_call()
    worker.wake()
    async with asyncio.timeout(3):
        while await world.row(call) is None:
            await asyncio.sleep(0.05)
    worker.stop()
    async with asyncio.timeout(3):
        await running
    async with world.engine.connect() as connection:
        node = (await connection.execute(select(nodes))).one()
    assert node.name == "worker:node-1"
    assert set(node.health) == {"backlog", "orphans", "failed", "last_sealed_at", "spool_calls", "spool_oldest_at"}
    assert datetime.now(UTC) - node.heartbeat_at < timedelta(seconds=5)


async def test_run_goes_on_when_the_database_was_away(world: World, postgres: Postgres, owner: AsyncEngine) -> None:
    call = await world.answered_call()
    worker = world.worker()
    running = asyncio.create_task(worker.run())
    kill = text("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tianzhou_app'")
    async with owner.connect() as connection:
        for _ in range(5):
            await connection.execute(kill)
            await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        while await world.row(call) is None or world.left():
            await asyncio.sleep(0.05)
    worker.stop()
    await running
    await assert_settled_once(world, call)


@pytest.mark.parametrize("statement", ["update ledger set body = '{}'", "delete from ledger", "truncate ledger"])
async def test_the_application_cannot_change_the_ledger(world: World, statement: str) -> None:
    await world.attempt()
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with world.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_the_application_cannot_delete_a_recordings_row(world: World, tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with world.engine.begin() as connection:
            await connection.execute(text("delete from recordings"))
