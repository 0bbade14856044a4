"""kill -9 of each process at its worst moment. `make soak` runs each point many times, CI a sample of one."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ari_bridge.node.tones import agent_tones, customer_tones
from tests.telephony.stack import eventually, wait_for
from tests.telephony.world import RATE, World, holds_pair

RUNS = int(os.environ.get("TIANZHOU_SOAK_RUNS", "1"))


async def die_and_return(world: World, point: str, behaviour: str) -> str:
    """Starts a dialer that dies at the point, waits for its death, starts the real one; the number dialed."""
    stack = world.stack
    await world.make_campaign()
    await world.add_agent()
    stack.stop("dialer")
    stack.start_dialer("tests.telephony.faulty", "--point", point)
    number = await world.add_lead(behaviour)
    assert stack.wait_end("dialer") == -9
    stack.start_dialer()
    return number


@pytest.mark.parametrize("run", range(RUNS))
async def test_killed_after_the_commit_nobody_is_dialed_and_the_attempt_is_closed(world: World, run: int) -> None:
    number = await die_and_return(world, "after_commit", "26")
    ended = await world.attempt(number, "ended_at")
    assert ended.dial_result == "unknown"
    assert world.carrier_calls(number) == []
    assert (await world.recording(ended.id)).status == "absent"
    assert len(await world.attempts_on(number)) == 1


@pytest.mark.parametrize("run", range(RUNS))
async def test_killed_while_the_post_is_unanswered_nobody_is_dialed_twice(world: World, run: int) -> None:
    number = await die_and_return(world, "post_unanswered", "00")
    opened = await world.attempt(number, "opened_at")
    await world.end_if_connected(opened.id)  # told, or, where we were back before his answer, connected
    ended = await world.attempt(number, "ended_at", 60)
    assert len(await world.attempts_on(number)) == 1
    assert len(world.carrier_calls(number)) <= 1
    if ended.answered_at is not None:
        assert ended.abandoned is (ended.connected_at is None)
        assert (await world.recording(ended.id)).status == "present"


@pytest.mark.parametrize("run", range(RUNS))
async def test_killed_while_it_rings_the_call_is_adopted_and_reaches_the_agent(world: World, run: int) -> None:
    number = await die_and_return(world, "ringing", "22")
    connected = await world.attempt(number, "connected_at", 40)
    await world.talk(connected.id)
    await world.wish("call.hangup", {"agent_id": connected.agent_id, "call_id": connected.id})
    ended = await world.attempt(number, "ended_at")
    left, right = world.sound(await world.recording(ended.id))
    assert holds_pair(left[RATE // 2 : -RATE // 4], agent_tones(world.agents[connected.agent_id]))
    assert holds_pair(right[RATE // 2 : -RATE // 4], customer_tones(number))
    assert len(world.carrier_calls(number)) == 1


@pytest.mark.parametrize("run", range(RUNS))
async def test_killed_when_answered_and_alone_the_customer_is_told_and_counted(world: World, run: int) -> None:
    number = await die_and_return(world, "answered", "26")
    ended = await world.attempt(number, "ended_at", 60)
    assert (ended.abandoned, ended.connected_at) == (True, None)
    left, _ = world.sound(await world.recording(ended.id))
    assert abs(left).max() > 0.05  # the message is on record
    assert len(world.carrier_calls(number)) == 1


async def test_who_presses_nine_during_the_message_is_never_called_again(world: World) -> None:
    number = await die_and_return(world, "answered", "29")  # he is told, and presses 9 every four seconds
    await world.attempt(number, "ended_at", 60)
    await eventually(partial(world.is_on_dnc, number), "the number on the do-not-call list")


@pytest.mark.parametrize("run", range(RUNS))
async def test_killed_while_they_talk_the_call_goes_on_and_its_recording_is_whole(world: World, run: int) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("26")
    connected = await world.attempt(number, "connected_at")
    world.stack.kill("dialer")
    await world.talk(connected.id, 4)
    world.stack.start_dialer()
    await world.phones_up(1)
    await world.talk(connected.id, 8)
    status, result = await world.wish("call.hangup", {"agent_id": agent_id, "call_id": connected.id})
    assert status == "done", result
    ended = await world.attempt(number, "ended_at")
    recording = await world.recording(ended.id)
    left, right = world.sound(recording)
    assert abs(len(right) / RATE - (ended.ended_at - ended.answered_at).total_seconds()) < 0.5
    assert holds_pair(left[RATE // 2 : -RATE // 4], agent_tones(world.agents[agent_id]))
    assert holds_pair(right[RATE // 2 : -RATE // 4], customer_tones(number))
    assert len(world.carrier_calls(number)) == 1
    await world.dispose(agent_id, ended.id)


@pytest.mark.parametrize("run", range(RUNS))
async def test_who_hangs_up_while_the_dialer_is_dead_has_ended_then(world: World, run: int) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("21")
    connected = await world.attempt(number, "connected_at")
    world.stack.kill("dialer")
    wait_for(lambda: bool(world.carrier_calls(number)), "the carrier's record of the call's end")
    before = datetime.now(UTC)
    world.stack.start_dialer()
    ended = await world.attempt(number, "ended_at")
    by_carrier = datetime.strptime(world.carrier_calls(number)[0][11], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert ended.ended_at < before
    assert -0.5 < (ended.ended_at - by_carrier).total_seconds() < 1.5  # that record has whole seconds
    assert (ended.dial_result, ended.end_reason) == ("answered", "customer_hung_up")
    recording = await world.recording(ended.id)
    talk_s = (ended.ended_at - ended.answered_at).total_seconds()
    assert abs(len(world.sound(recording)[1]) / RATE - talk_s) < 0.5
    assert await world.line_of(ended.id) == pytest.approx(talk_s * 50, abs=25)
    await world.dispose(agent_id, connected.id)


@pytest.mark.parametrize("run", range(RUNS))
async def test_asterisk_killed_in_mid_call_costs_two_seconds_at_most(world: World, run: int) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("26")
    connected = await world.attempt(number, "connected_at")
    await world.talk(connected.id, 6)
    on_disk = (world.stack.paths.spool / f"{connected.id}-customer.wav").stat().st_size
    world.stack.kill("main")
    world.stack.start_asterisk("main")
    ended = await world.attempt(number, "ended_at", 40)
    assert ended.end_reason == "node_lost"
    recording = await world.recording(ended.id)
    assert recording.repaired
    assert recording.samples >= (on_disk - 44) // 2
    await world.dispose(agent_id, ended.id)
    await world.phones_up(1)  # the agent's phone is called again
    again = await world.add_lead("21")
    assert (await world.attempt(again, "connected_at", 40)).agent_id == agent_id


@pytest.mark.parametrize("run", range(RUNS))
async def test_the_worker_killed_in_mid_seal_loses_and_doubles_nothing(world: World, run: int) -> None:
    await world.make_campaign()
    agents = [await world.add_agent() for _ in range(2)]
    numbers = [await world.add_lead("21") for _ in agents]
    for number in numbers:
        await world.attempt(number, "ended_at")
    world.stack.kill("worker")
    world.stack.start_worker()
    for number in numbers:
        attempt = (await world.attempts_on(number))[0]
        assert (await world.recording(attempt.id)).status == "present"
        left = world.stack.paths.spool / f"{attempt.id}-agent.wav"
        await eventually(partial(_is_gone, left), "the spool file removed")


@pytest.mark.parametrize("run", range(RUNS))
async def test_postgres_killed_in_mid_call_the_call_goes_on_and_its_outcome_is_kept(
    own_world: World, run: int
) -> None:
    world = own_world
    world.stack.start_dialer()
    world.stack.start_worker()
    await world.make_campaign()
    await world.add_agent()
    number = await world.add_lead("21")
    connected = await world.attempt(number, "connected_at")
    world.stack.kill("postgres")
    outbox = world.stack.paths.outbox / "journal.jsonl"
    await eventually(lambda: _holds(outbox, connected.id), "the outcome in the outbox")
    await asyncio.to_thread(world.stack.start_postgres)
    ended = await world.attempt(number, "ended_at", 40)
    assert ended.end_reason == "customer_hung_up"
    assert ended.ended_at - ended.answered_at > timedelta(seconds=2)
    assert (await world.recording(ended.id, 40)).status == "present"
    await world.until_health("dialing again", 30, dialing=True)


async def _is_gone(file: Path) -> bool:
    return not file.exists()


async def _holds(file: Path, text: str) -> bool:
    return file.exists() and text in file.read_text()
