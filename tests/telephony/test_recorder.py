"""What goes wrong with the recorder of a call that goes on, made for real: alarmed at once, dialing stopped."""

import asyncio
from typing import Any

from sqlalchemy import Row, select

from dialer.core.incidents import IncidentKind
from dialer.core.records import IncidentOver
from dialer.store import tables
from dialer.store.postgres import PostgresStore
from tests.telephony.stack import eventually, wait_for
from tests.telephony.world import RATE, World

ALARM_S = 10.0


async def incident(world: World, kind: IncidentKind, subject: str, timeout_s: float = ALARM_S) -> Row[Any]:
    """The open incident, there in time."""
    table = tables.incidents
    query = select(table).where(table.c.kind == kind.value, table.c.subject == subject, table.c.closed_at.is_(None))

    async def look() -> Row[Any] | None:
        async with world.engine.connect() as connection:
            return (await connection.execute(query)).one_or_none()

    found: Row[Any] = await eventually(look, f"the incident {kind.value}", timeout_s)
    return found


async def close(world: World, found: Row[Any]) -> None:
    """As a person does it in the console."""
    over = IncidentOver(IncidentKind(found.kind), found.subject, found.opened_at, "seen to")
    await PostgresStore(world.engine).write([over])


def customer_channel(world: World) -> str:
    lines = world.stack.console("main", "core show channels concise").splitlines()
    return next(line.split("!")[0] for line in lines if line.startswith("PJSIP/practice"))


async def test_a_recording_that_is_stopped_at_the_console_is_alarmed_and_stops_dialing_and_no_call(
    world: World,
) -> None:
    await world.make_campaign()
    agents = [await world.add_agent() for _ in range(2)]
    number = await world.add_lead("26")
    call = await world.attempt(number, "connected_at")
    await world.talk(call.id)
    await asyncio.to_thread(world.stack.console, "main", f"mixmonitor stop {customer_channel(world)}")
    found = await incident(world, IncidentKind.RECORDER_STOPPED, call.id)
    assert found.facts == {"how": "stopped"} and number not in found.detail
    health = await world.until_health("dialing stopped", dialing=False)
    assert "at risk" in health["why"][0]
    never = await world.add_lead("26")
    await incident(world, IncidentKind.NOT_GROWING, call.id, 2 * ALARM_S)  # the second witness: what lies on disk
    assert (await world.attempts_on(number))[0].ended_at is None and await world.attempts_on(never) == []
    await close(world, found)
    await world.until_health("dialing again", 5, dialing=True)
    await world.attempt(never, "connected_at")
    for agent_id in agents:
        query = select(tables.attempts.c.id).where(
            tables.attempts.c.agent_id == agent_id, tables.attempts.c.ended_at.is_(None)
        )
        for row in await world._rows(query):
            await world.wish("call.hangup", {"agent_id": agent_id, "call_id": row.id})
    await world.attempt(number, "ended_at")


async def test_the_ends_of_ordinary_calls_alarm_nobody_and_say_what_the_line_carried(world: World) -> None:
    await world.make_campaign()
    await world.add_agent()
    numbers = [await world.add_lead("21")]
    calls = [await world.attempt(number, "ended_at") for number in numbers]
    await world.leave()
    await world.make_campaign("manual")
    agent_id = await world.add_agent(ready=False)
    by_hand = await world.add_lead("21")
    assert (await world.wish("call.manual", {"agent_id": agent_id, "number": by_hand}))[0] == "done"
    calls.append(await world.attempt(by_hand, "ended_at"))
    table = tables.incidents
    for call in calls:
        talk_s = (call.ended_at - call.answered_at).total_seconds()
        assert abs(await world.line_of(call.id) / 50 - talk_s) < 0.5
        assert await world._rows(select(table).where(table.c.call_id == call.id)) == []
    told = [row for row in world.stack.paths.cdr("main").read_text().splitlines() if f"{calls[0].id};rx=" in row]
    assert len(told) == 1


async def test_a_customer_who_sends_nothing_is_alarmed_in_under_a_minute(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("23")
    call = await world.attempt(number, "connected_at")
    found = await incident(world, IncidentKind.ONE_SIDED, call.id, 40)
    assert found.facts["quiet"] == ["customer"]
    await world.wish("call.hangup", {"agent_id": agent_id, "call_id": call.id})
    await world.attempt(number, "ended_at")


async def test_what_is_said_during_a_pause_is_not_on_the_recording_and_alarms_nobody(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("26")
    call = await world.attempt(number, "connected_at")
    await world.talk(call.id, 2)
    order = {"agent_id": agent_id, "call_id": call.id}
    assert await world.wish("call.pause_recording", order) == ("done", {})
    on_disk = (world.stack.paths.spool / f"{call.id}-agent.wav").stat().st_size / RATE / 2
    await world.talk(call.id, on_disk + 6)
    assert await world.wish("call.resume_recording", order) == ("done", {})
    await world.talk(call.id, on_disk + 10)
    await world.wish("call.hangup", order)
    ended = await world.attempt(number, "ended_at")
    mine = tables.pause_intervals.c.call_id == call.id
    [interval] = await world._rows(select(tables.pause_intervals).where(mine))
    recording = await world.recording(call.id)
    assert abs(recording.samples / RATE - (ended.ended_at - ended.answered_at).total_seconds()) < 1
    begin, end = ((at - ended.answered_at).total_seconds() for at in (interval.began_at, interval.ended_at))
    for leg in world.sound(recording):
        assert abs(leg[int((begin + 0.6) * RATE) : int((end - 0.6) * RATE)]).max() < 0.01
        assert abs(leg[int((begin - 1.5) * RATE) : int((begin - 0.6) * RATE)]).max() > 0.05
        assert abs(leg[int((end + 0.6) * RATE) :]).max() > 0.05
    assert await world._rows(select(tables.incidents).where(tables.incidents.c.call_id == call.id)) == []


async def test_a_self_test_goes_through_the_recorder_and_leaves_nothing_behind(world: World) -> None:
    status, result = await world.wish("recorder.self_test", {})
    assert (status, result["why"], result["ok"]) == ("done", "", True)
    rows = await world._rows(select(tables.self_tests).where(tables.self_tests.c.id == result["id"]))
    assert [row.why for row in rows] == [""]
    assert list((world.stack.paths.spool / "selftest").iterdir()) == []
    records = world.stack.paths.cdr("main")
    assert not records.exists() or "selftest" not in records.read_text()
    kinds = select(tables.ledger.c.kind).where(tables.ledger.c.body.contains(result["id"]))
    assert [row.kind for row in await world._rows(kinds)] == ["self_test"]


async def test_a_self_test_that_nobody_seals_fails_and_passes_when_the_worker_is_back(world: World) -> None:
    world.stack.kill("worker")
    status, result = await world.wish("recorder.self_test", {})
    assert (status, result["ok"]) == ("done", False) and "worker did not seal" in result["why"]
    await incident(world, IncidentKind.SELF_TEST_FAILED, "recorder")
    world.stack.start_worker()

    async def look() -> bool:
        return bool((await world.wish("recorder.self_test", {}))[1]["ok"])

    await eventually(look, "a test that passes", 60)
    await world.until_health("dialing again", 5, dialing=True)
    wait_for(lambda: not list((world.stack.paths.spool / "selftest").iterdir()), "nothing left of the tests")


async def test_a_recorder_module_that_is_gone_fails_the_self_test_and_dialing_waits_until_one_passes(
    world: World,
) -> None:
    await world.until_health("dialing", dialing=True)
    world.stack.console("main", "module unload app_mixmonitor.so")
    try:
        status, result = await world.wish("recorder.self_test", {})
        assert (status, result["ok"]) == ("done", False)
        await incident(world, IncidentKind.SELF_TEST_FAILED, "recorder")
    finally:
        world.stack.console("main", "module load app_mixmonitor.so")
    await world.until_health("nothing dialed before a test passes", dialing=False)

    async def look() -> bool:
        return bool((await world.wish("recorder.self_test", {}))[1]["ok"])

    await eventually(look, "a test that passes", 40)
    await world.until_health("dialing again", 5, dialing=True)
