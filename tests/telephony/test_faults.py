"""Links cut and half open, no recorder, parts that are absent: what must hold, and recovery without a person."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from tests.telephony.proxy import FaultProxy
from tests.telephony.stack import NODE, Stack, eventually
from tests.telephony.world import World

NOTICE_S = 15


@pytest.fixture
async def ari_proxy(stack: Stack) -> AsyncIterator[FaultProxy]:
    """The dialer reaches ARI through the proxy during the test, directly again after it."""
    async with FaultProxy(stack.ports.ari) as proxy:
        stack.stop("dialer")
        stack.start_dialer("tests.telephony.faulty", "--ari", str(proxy.port))
        yield proxy
        stack.stop("dialer")
        stack.start_dialer()


async def test_ari_cut_before_the_answer_to_the_post_and_again_after_the_call_nobody_is_dialed_twice(
    world: World, ari_proxy: FaultProxy
) -> None:
    await world.make_campaign()
    await world.add_agent()
    ari_proxy.cut_before(b'"uri":"channels","content_type":"application/json","message_body":"{\\"id\\":')
    number = await world.add_lead("21")
    await world.attempt(number, "ended_at", 60)
    assert ari_proxy.cuts == 1
    await world.until_health("in step again", 20, asterisk=True)
    ari_proxy.cut()
    await world.until_health("the second cut", 20, asterisk=True)
    other = await world.add_lead("24")  # the engine dials on, and has gone through its list meanwhile
    for agent_id in world.agents:
        for attempt in await world.attempts_on(number):
            await world.wish("call.disposition", _disposition(agent_id, attempt.id))
        await world.wish("session.state", {"agent_id": agent_id, "state": "ready"})
    await world.attempt(other, "ended_at", 40)
    assert len(world.carrier_calls(number)) == 1
    assert len(await world.attempts_on(number)) == 1


async def test_ari_cut_in_mid_call_the_call_goes_on_under_the_same_dialer(
    world: World, ari_proxy: FaultProxy
) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("26")
    connected = await world.attempt(number, "connected_at")
    ari_proxy.cut()
    await world.talk(connected.id, 4)
    await world.until_health("in step again", 20, asterisk=True)
    assert (await world.attempts_on(number))[0].ended_at is None
    await world.wish("call.hangup", {"agent_id": agent_id, "call_id": connected.id})
    ended = await world.attempt(number, "ended_at")
    assert (ended.abandoned, ended.end_reason) == (False, "agent_hung_up")
    assert (await world.recording(ended.id)).status == "present"


async def test_a_half_open_ari_link_is_noticed_and_stops_dialing(world: World, ari_proxy: FaultProxy) -> None:
    await world.make_campaign()
    await world.add_agent()
    await world.until_health("dialing", dialing=True)
    ari_proxy.freeze()
    health = await world.until_health("the half-open link noticed", NOTICE_S, asterisk=False, dialing=False)
    assert "Asterisk" in health["why"][0]
    number = await world.add_lead("26")
    ari_proxy.thaw()
    await world.until_health("dialing again", 20, dialing=True)
    await world.attempt(number, "connected_at", 30)


async def test_a_half_open_ami_link_is_noticed_and_calls_go_on(world: World) -> None:
    stack = world.stack
    async with FaultProxy(stack.ports.ami) as proxy:
        stack.stop("dialer")
        stack.start_dialer("tests.telephony.faulty", "--ami", str(proxy.port))
        await world.until_health("both links", links={"ari": True, "ami": True})
        await world.until_health("the carrier answers", trunks={"practice": "online", "practice-sipp": "unknown"})
        proxy.freeze()
        await world.until_health("AMI missed", NOTICE_S, links={"ari": True, "ami": False})
        await world.make_campaign()
        await world.add_agent()
        number = await world.add_lead("26")
        await world.attempt(number, "connected_at")
        proxy.thaw()
        await world.until_health("both links again", 20, links={"ari": True, "ami": True})
        stack.stop("dialer")
    stack.start_dialer()


async def test_a_file_where_the_spool_should_be_stops_dialing_and_says_why(world: World) -> None:
    spool = world.stack.paths.spool
    await world.make_campaign()
    await world.add_agent()
    await world.until_health("dialing", dialing=True)
    aside = spool.with_name("spool.aside")
    spool.rename(aside)
    spool.write_text("not a folder")
    try:
        health = await world.until_health("the missing recorder", dialing=False)
        assert "spool" in health["why"][0]
        number = await world.add_lead("26")
        await world.until_health("still not dialing", dialing=False)
        assert world.carrier_calls(number) == []
    finally:
        spool.unlink()
        aside.rename(spool)
    await world.until_health("dialing again", 20, dialing=True)
    await world.attempt(number, "connected_at")


async def test_a_spool_that_vanishes_while_it_rings_means_no_call_is_bridged(world: World) -> None:
    spool = world.stack.paths.spool
    await world.make_campaign()
    await world.add_agent()
    number = await world.add_lead("22")
    await world.attempt(number, "opened_at")
    aside = spool.with_name("spool.aside")
    spool.rename(aside)
    spool.write_text("not a folder")
    try:
        ended = await world.attempt(number, "ended_at", 60)
    finally:
        spool.unlink()
        aside.rename(spool)
    assert (ended.connected_at, ended.end_reason) == (None, "recorder_failed")
    recording = await world.recording(ended.id, 60)
    assert (recording.status, recording.reason) == ("absent", "recorder_failed")


async def test_a_recorder_module_that_is_missing_stops_dialing(world: World) -> None:
    await world.make_campaign()
    await world.add_agent()
    await world.until_health("dialing", dialing=True)
    world.stack.console("main", "module unload app_mixmonitor.so")
    health = await world.until_health("the missing module", dialing=False)
    assert "module" in health["why"][0]
    world.stack.console("main", "module load app_mixmonitor.so")
    await world.until_health("dialing again", 20, dialing=True)


async def test_a_second_dialer_waits_and_a_paused_one_loses_its_lease(world: World) -> None:
    stack = world.stack
    await world.make_campaign()
    await world.add_agent()
    stack.start("second", "ari_bridge.main")
    stack.send("dialer", signal.SIGSTOP)  # its lease runs out: the second takes over
    number = await world.add_lead("26")
    connected = await world.attempt(number, "connected_at", 40)
    stack.send("dialer", signal.SIGCONT)
    assert await asyncio.to_thread(stack.wait_end, "dialer") == 1  # fenced off: it ends by itself
    stack.rename("second", "dialer")
    assert len(world.carrier_calls(number)) <= 1
    assert connected.token > 0
    assert len(await world.attempts_on(number)) == 1


async def test_a_dialer_without_asterisk_says_so_and_begins_when_it_is_there(own_world: World) -> None:
    stack = own_world.stack
    stack.stop("main")
    stack.start_dialer()
    stack.start_worker()
    await own_world.make_campaign()
    health = await own_world.until_health("a sentence", asterisk=False, dialing=False)
    assert "Asterisk is away" in health["why"][0]
    await asyncio.to_thread(stack.start_asterisk, "main")
    await own_world.until_health("dialing", 20, dialing=True)
    await own_world.add_agent()
    number = await own_world.add_lead("21")
    ended = await own_world.attempt(number, "ended_at")
    assert (await own_world.recording(ended.id)).status == "present"


async def test_a_dialer_without_postgres_waits_for_it(own_world: World) -> None:
    stack = own_world.stack
    await own_world.make_campaign()
    await asyncio.to_thread(stack.stop, "postgres", signal.SIGINT)
    stack.start_dialer()
    await eventually(lambda: _says(stack, "PostgreSQL is away"), "a sentence in the log")
    await asyncio.to_thread(stack.start_postgres)
    await own_world.until_health("in step", 30, asterisk=True)


async def test_the_customer_of_an_agent_whose_phone_is_gone_is_told_and_the_phone_called_again(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("26")
    connected = await world.attempt(number, "connected_at")
    phone = f"PJSIP/{world.agents[agent_id]}-"
    world.stack.hang_up_channel("main", phone)
    ended = await world.attempt(number, "ended_at", 60)
    assert ended.end_reason == "agent_lost"
    left, _ = world.sound(await world.recording(ended.id))
    assert abs(left).max() > 0.05
    await world.phones_up(1)
    await world.dispose(agent_id, connected.id)


def _disposition(agent_id: str, call_id: str) -> dict[str, str]:
    return {"agent_id": agent_id, "call_id": call_id, "disposition": "other"}


async def _says(stack: Stack, words: str) -> bool:
    assert stack.is_running("dialer"), f"the dialer of {NODE} has ended"
    return words in stack.log("dialer")
