"""Customers of another make: SIPp behind a trunk of its own, seen from rows, recordings and its own trace."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Row

from tests.telephony.far_end import TRUNK, VOICE, FarEnd, Message, far_end
from tests.telephony.stack import Stack
from tests.telephony.world import RATE, World, holds_pair

NEAR_S = 0.3  # how far a recording's length may be from the far end's media
LATE_S, TALK_S = 10, 4  # as in the scenario
RING_S = 15


@pytest.fixture(scope="module")
def customers(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """SIPp, its trunk pushed before the dialer subscribes its trunks."""
    with far_end(stack, tmp_path_factory.mktemp("sipp") / "run") as made:
        stack.stop("dialer")
        stack.start_dialer()
        yield made


async def test_calls_that_nobody_answers(world: World, customers: FarEnd, subtests: pytest.Subtests) -> None:
    expected = {
        "17": ("busy", 17, 486, "not_answered", "busy"),
        "34": ("congestion", 34, 503, "not_answered", "trunk_failed"),
        "04": ("invalid", 1, 404, "not_answered", "invalid"),
        "19": ("no_answer", 19, 480, "not_answered", "no_answer"),
    }
    await world.make_campaign(trunk=TRUNK, ring_s=RING_S)
    for _ in expected:
        await world.add_agent()
    numbers = {behaviour: await world.add_lead(behaviour) for behaviour in expected}
    for behaviour, (*facts, absence) in expected.items():
        ended = await world.attempt(numbers[behaviour], "ended_at", RING_S + 20)
        with subtests.test(behaviour):
            assert [ended.dial_result, ended.cause, ended.tech_cause, ended.end_reason] == facts
            assert ended.answered_at is None
            recording = await world.recording(ended.id)
            assert (recording.status, recording.reason) == ("absent", absence)
            one_dialog(customers, numbers[behaviour])
    last = one_dialog(customers, numbers["19"])
    rang = next(message.at for message in last if message.line.startswith("SIP/2.0 180"))
    cancelled = next(message.at for message in last if message.line.startswith("CANCEL"))
    assert abs((cancelled - rang).total_seconds() - RING_S) < 1


async def test_calls_that_are_answered(world: World, customers: FarEnd, subtests: pytest.Subtests) -> None:
    await world.make_campaign(trunk=TRUNK)
    for _ in range(4):
        await world.add_agent()
    numbers = {behaviour: await world.add_lead(behaviour) for behaviour in ("21", "23", "26", "22")}
    calls = await asyncio.gather(*(talk(world, *call) for call in numbers.items()))
    ended = dict(zip(numbers, calls, strict=True))
    for behaviour, call in ended.items():
        with subtests.test(behaviour):
            dialog = one_dialog(customers, numbers[behaviour])
            by_customer = behaviour == "21"
            assert (call.dial_result, call.abandoned) == ("answered", False)
            assert call.end_reason == ("customer_hung_up" if by_customer else "agent_hung_up")
            assert bye(dialog).is_received is not by_customer
            assert (call.connected_at - call.answered_at).total_seconds() < 1
            recording = await world.recording(call.id)
            assert (recording.status, recording.reason) == ("present", None)
            _, right = world.sound(recording)
            assert abs(len(right) / RATE - media_s(dialog)) < NEAR_S
            if behaviour == "23":
                assert abs(right).max() < 0.01
            else:
                assert holds_pair(right[RATE // 2 : -RATE // 4], VOICE)
    assert abs(media_s(one_dialog(customers, numbers["21"])) - TALK_S) < NEAR_S
    late = ended["22"]
    assert abs((late.answered_at - late.opened_at).total_seconds() - LATE_S) < 1


async def test_the_announcement_of_a_manual_call_is_on_record_as_long_as_it_was(
    world: World, customers: FarEnd
) -> None:
    await world.make_campaign("manual", trunk=TRUNK)
    agent_id = await world.add_agent(ready=False)
    number = await world.add_lead("04")
    assert (await world.wish("call.manual", {"agent_id": agent_id, "number": number}))[0] == "done"
    ended = await world.attempt(number, "ended_at")
    assert (ended.dial_result, ended.cause, ended.tech_cause, ended.answered_at) == ("invalid", 1, 404, None)
    dialog = one_dialog(customers, number)
    began = next(message.at for message in dialog if message.line.startswith("SIP/2.0 183"))
    gone = next(message.at for message in dialog if message.line.startswith("SIP/2.0 404"))
    recording = await world.recording(ended.id)
    assert recording.status == "present"
    _, right = world.sound(recording)
    assert holds_pair(right[RATE // 2 : -RATE // 4], VOICE)
    assert abs(len(right) / RATE - (gone - began).total_seconds()) < NEAR_S


async def talk(world: World, behaviour: str, number: str) -> Row[Any]:
    """Follows one call to its end; the agent hangs up where the customer does not."""
    connected = await world.attempt(number, "connected_at", LATE_S + 20)
    if behaviour != "21":
        await world.talk(connected.id, TALK_S)
        wish = {"agent_id": connected.agent_id, "call_id": connected.id}
        assert (await world.wish("call.hangup", wish))[0] == "done"
    return await world.attempt(number, "ended_at")


def one_dialog(customers: FarEnd, number: str) -> list[Message]:
    """The messages of the one and only dialog for the number, as SIPp saw them."""
    dialogs = customers.dialogs(number)
    assert len(dialogs) == 1
    return next(iter(dialogs.values()))


def bye(dialog: list[Message]) -> Message:
    return next(message for message in dialog if message.line.startswith("BYE "))


def media_s(dialog: list[Message]) -> float:
    """From the ACK, which starts the far end's media, to the BYE."""
    acked = next(message.at for message in dialog if message.line.startswith("ACK "))
    return (bye(dialog).at - acked).total_seconds()
