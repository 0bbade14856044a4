"""Campaigns drained and cut, everything stopped, the dialer wound down, agents of two campaigns: on real Asterisk."""

import asyncio
import signal
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from tests.telephony.stack import Stack
from tests.telephony.world import World

TALKS, RINGS, HANGS_UP_FIRST = "26", "19", "21"
AT_ONCE_S = 2.0


async def now(world: World) -> datetime:
    found: datetime = (await world._rows(select(func.now())))[0][0]
    return found


def after(row: Row[Any], moment: datetime) -> float:
    return float((row.ended_at - moment).total_seconds())


async def a_talking_and_a_ringing_call(world: World, ring_s: int = 60) -> tuple[Row[Any], Row[Any]]:
    """Two agents: one talks, the other's customer rings for long."""
    await world.make_campaign(ring_s=ring_s)
    for _ in range(2):
        await world.add_agent()
    talks, rings = await world.add_lead(TALKS), await world.add_lead(RINGS)
    talking = await world.attempt(talks, "connected_at")
    return talking, await world.attempt(rings, "opened_at")


async def test_a_drained_campaign_lets_calls_end_and_places_no_new_one(world: World) -> None:
    talking, ringing = await a_talking_and_a_ringing_call(world, ring_s=15)
    await world.stop_campaign("draining")
    never = await world.add_lead(TALKS)
    await world.talk(talking.id)
    await world.campaign_is("draining")
    numbers = [talking.number.removeprefix("+86"), ringing.number.removeprefix("+86")]
    assert (await world.attempts_on(numbers[0]))[0].ended_at is None
    assert (await world.wish("call.hangup", {"agent_id": talking.agent_id, "call_id": talking.id}))[0] == "done"
    ended = [await world.attempt(number, "ended_at", 60) for number in numbers]
    assert [row.end_reason for row in ended] == ["agent_hung_up", "not_answered"]
    await world.campaign_is("stopped", 5)
    assert await world.attempts_on(never) == [] and world.carrier_calls(never) == []


async def test_a_cut_ends_every_call_of_the_campaign_at_once(world: World) -> None:
    talking, ringing = await a_talking_and_a_ringing_call(world)
    order = await now(world)
    await world.stop_campaign("stopped")
    for row in (talking, ringing):
        ended = await world.attempt(row.number.removeprefix("+86"), "ended_at")
        assert ended.end_reason == "campaign_stopped" and after(ended, order) < AT_ONCE_S
    assert (await world.recording(talking.id)).status == "present"
    await world.dispose(talking.agent_id, talking.id)


async def test_a_cut_ordered_while_no_dialer_ran_is_done_by_the_next(own_stack: Stack, own_world: World) -> None:
    own_stack.start_dialer()
    talking, ringing = await a_talking_and_a_ringing_call(own_world)
    await asyncio.to_thread(own_stack.kill, "dialer")
    await own_world.stop_campaign("stopped")
    own_stack.start_dialer()
    for row in (talking, ringing):
        ended = await own_world.attempt(row.number.removeprefix("+86"), "ended_at")
        assert ended.end_reason in ("campaign_stopped", "not_answered")
    assert (await own_world.attempt(talking.number.removeprefix("+86"), "ended_at")).end_reason == "campaign_stopped"


async def test_an_emergency_stop_ends_everything_and_nothing_is_dialed_until_it_is_lifted(world: World) -> None:
    talking, ringing = await a_talking_and_a_ringing_call(world)
    order = await now(world)
    await world.stop_everything("cut")
    for row in (talking, ringing):
        ended = await world.attempt(row.number.removeprefix("+86"), "ended_at")
        assert ended.end_reason == "emergency_stop" and after(ended, order) < AT_ONCE_S
    await world.dispose(talking.agent_id, talking.id)
    never = await world.add_lead(TALKS)
    payload = {"agent_id": talking.agent_id, "number": never}
    status, result = await world.wish("call.manual", payload)
    assert (status, result["reason"]) == ("refused", "emergency_stop")
    await world.until_health("dialing stopped", dialing=False)
    assert await world.attempts_on(never) == []
    await world.lift()
    call = await world.attempt(never, "connected_at")
    await world.wish("call.hangup", {"agent_id": call.agent_id, "call_id": call.id})
    await world.attempt(never, "ended_at")


async def test_an_emergency_stop_that_drains_lets_calls_go_on(world: World) -> None:
    talking, _ringing = await a_talking_and_a_ringing_call(world)
    await world.stop_everything("drain")
    await world.until_health("dialing stopped", dialing=False)
    await world.talk(talking.id)
    number = talking.number.removeprefix("+86")
    assert (await world.attempts_on(number))[0].ended_at is None
    await world.wish("call.hangup", {"agent_id": talking.agent_id, "call_id": talking.id})
    assert (await world.attempt(number, "ended_at")).end_reason == "agent_hung_up"


async def test_an_emergency_stop_survives_the_dialer(own_stack: Stack, own_world: World) -> None:
    await own_world.make_campaign()
    await own_world.stop_everything("cut")
    own_stack.start_dialer()
    await own_world.add_agent()
    number = await own_world.add_lead(TALKS)
    health = await own_world.until_health("stopped", campaigns={own_world.campaign_id: "emergency_stop"})
    assert health["dialing"] is False and await own_world.attempts_on(number) == []


async def test_an_agent_of_two_campaigns_gets_calls_of_both_the_higher_priority_first(world: World) -> None:
    low, high = await world.make_campaign(priority=10), await world.make_campaign(priority=90)
    numbers = [await world.add_lead(HANGS_UP_FIRST, campaign_id=campaign) for campaign in (low, low, high, high)]
    agent_id = await world.add_agent(campaign_ids=[low, high])
    working = asyncio.create_task(world.work(agent_id))
    rows = [await world.attempt(number, "ended_at", 60) for number in numbers]
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert {row.agent_id for row in rows} == {agent_id} and all(row.connected_at for row in rows)
    in_order = [row.campaign_id for row in sorted(rows, key=lambda row: row.opened_at)]
    assert in_order == [high, high, low, low]


async def test_a_dialer_told_to_end_gives_talking_calls_time_and_ends_ringing_ones(
    own_stack: Stack, own_world: World
) -> None:
    own_stack.extra = {"TIANZHOU_DRAIN_S": "60"}
    own_stack.start_dialer()
    talking, ringing = await a_talking_and_a_ringing_call(own_world)
    own_stack.send("dialer", signal.SIGINT)
    ended = await own_world.attempt(ringing.number.removeprefix("+86"), "ended_at")
    assert ended.end_reason == "operator"
    number = talking.number.removeprefix("+86")
    await own_world.talk(talking.id, 4)
    assert (await own_world.attempts_on(number))[0].ended_at is None
    assert (await own_world.wish("call.hangup", {"agent_id": talking.agent_id, "call_id": talking.id}))[0] == "done"
    assert await asyncio.to_thread(own_stack.wait_end, "dialer", 10) == 0
    assert (await own_world.attempts_on(number))[0].end_reason == "agent_hung_up"


async def test_a_dialer_told_twice_to_end_waits_for_nobody(own_stack: Stack, own_world: World) -> None:
    own_stack.extra = {"TIANZHOU_DRAIN_S": "60"}
    own_stack.start_dialer()
    talking, _ = await a_talking_and_a_ringing_call(own_world)
    own_stack.send("dialer", signal.SIGINT)
    await own_world.until_health("the drain", dialing=False)
    own_stack.send("dialer", signal.SIGINT)
    assert await asyncio.to_thread(own_stack.wait_end, "dialer", 10) == 0
    assert (await own_world.attempts_on(talking.number.removeprefix("+86")))[0].end_reason == "operator"
