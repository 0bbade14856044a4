"""What was sealed is listened to: short ones, silent ones, those that wait too long for their seal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from dialer.core.incidents import IncidentKind
from dialer.store.tables import recording_facts
from recordings import sound
from recordings.sound import Sound
from tests.database.recordings_world import RATE, World


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "SETTLED", timedelta(0))


async def sealed(world: World, seconds: int, talk_s: int, packets: int | None, **columns: Any) -> str:
    """A call of that talk with so much on disk, sealed; what the line carried is known unless None."""
    ended = datetime.now(UTC) - timedelta(seconds=30)
    began = ended - timedelta(seconds=talk_s)
    call = await world.attempt(**{"answered_at": began, "connected_at": began, "ended_at": ended} | columns)
    world.legs(call, samples=seconds * RATE)
    if packets is not None:
        row = {"attempt_id": call, "rx_packets": packets, "tx_packets": 3, "closed_at": ended}
        async with world.engine.begin() as connection:
            await connection.execute(insert(recording_facts).values(row))
    return call


async def listen(world: World) -> Sound:
    await world.worker().sweep()
    ear = Sound(world.engine, world.vault, world.node)
    while await ear.listen():
        pass
    return ear


async def test_a_recording_shorter_than_its_line_is_an_incident_and_mutual_silence_is_none(
    world: World,
) -> None:
    short = await sealed(world, 5, 9, 450)
    await sealed(world, 5, 9, 250)  # four seconds in which nobody sent anything
    await sealed(world, 9, 9, 450)
    await listen(world)
    assert await world.incidents(IncidentKind.LENGTH_DIFFERS) == [short]
    await listen(world)  # a worker begun again: nothing is told twice
    assert await world.incidents(IncidentKind.LENGTH_DIFFERS) == [short]


async def test_a_leg_that_turned_silent_at_the_right_length_is_heard(world: World) -> None:
    one_sided, quiet, well = [await sealed(world, 12, 12, 600) for _ in range(3)]
    for call, legs in ((one_sided, ("customer",)), (quiet, ("customer", "agent"))):
        for leg in legs:
            file = world.spool / f"{call}-{leg}.wav"
            blob = file.read_bytes()
            file.write_bytes(blob[:44] + bytes(len(blob) - 44))
    await listen(world)
    assert await world.incidents(IncidentKind.ONE_SIDED) == [one_sided]
    assert await world.incidents(IncidentKind.SILENT) == [quiet]
    assert well not in await world.incidents(IncidentKind.LENGTH_DIFFERS)


async def test_audio_that_cannot_be_read_is_not_called_silent(world: World) -> None:
    call = await sealed(world, 12, 12, 600)
    await world.worker().sweep()
    row = await world.row(call)
    assert row is not None
    (world.root / "recordings" / row.storage_key).unlink()
    ear = Sound(world.engine, world.vault, world.node)
    assert await ear.listen() == 1
    assert await world.incidents(IncidentKind.SILENT) == []


async def test_a_call_that_waits_two_minutes_for_its_seal_is_a_backlog_until_it_is_sealed(world: World) -> None:
    call = await world.attempt(ended_s_ago=100)
    ear = Sound(world.engine, world.vault, world.node)
    await ear.look_for_late()
    assert await world.incidents(IncidentKind.BACKLOG) == []
    late = await world.attempt(ended_s_ago=130)
    await ear.look_for_late()
    assert await world.incidents(IncidentKind.BACKLOG) == [world.node]
    for each in (call, late):
        world.legs(each)
    await world.worker().sweep()
    await ear.look_for_late()
    assert await world.incidents(IncidentKind.BACKLOG) == []
