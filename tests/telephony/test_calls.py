"""What each kind of customer leads to, automatic and manual, on real Asterisk with real RTP."""

from datetime import UTC, datetime, timedelta

import pytest

from ari_bridge.node.tones import agent_tones, customer_tones
from tests.telephony.world import RATE, World, holds_pair


@pytest.mark.parametrize(
    ("behaviour", "result", "cause", "tech_cause", "reason"),
    [
        ("17", "busy", 17, 486, "busy"),
        ("34", "congestion", 34, 503, "trunk_failed"),
        ("04", "invalid", 1, 404, "invalid"),
        ("19", "no_answer", 19, 480, "no_answer"),
    ],
)
async def test_an_unanswered_call_ends_with_its_causes_and_a_reasoned_absence(
    world: World, behaviour: str, result: str, cause: int, tech_cause: int, reason: str
) -> None:
    await world.make_campaign(ring_s=15)
    await world.add_agent()
    number = await world.add_lead(behaviour)
    ended = await world.attempt(number, "ended_at", 40)
    assert (ended.dial_result, ended.cause, ended.tech_cause) == (result, cause, tech_cause)
    assert (await world.recording(ended.id)).status == "absent"
    assert (await world.recording(ended.id)).reason == reason


@pytest.mark.parametrize("behaviour", ["00", "26", "22"])
async def test_an_answered_call_reaches_the_agent_and_is_recorded_on_two_channels(
    world: World, behaviour: str
) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead(behaviour)
    connected = await world.attempt(number, "connected_at")
    assert (connected.connected_at - connected.answered_at).total_seconds() < 2
    await world.talk(connected.id)
    assert (await world.wish("call.hangup", {"agent_id": agent_id, "call_id": connected.id}))[0] == "done"
    await world.dispose(agent_id, connected.id)
    recording = await world.recording(connected.id)
    left, right = world.sound(recording)
    inner = slice(RATE // 2, len(left) - RATE // 4)  # without the tone in the agent's ear and the hangup
    assert holds_pair(left[inner], agent_tones(world.agents[agent_id]))
    assert holds_pair(right[inner], customer_tones(number))


async def test_two_calls_at_once_keep_their_voices_apart(world: World) -> None:
    await world.make_campaign()
    for _ in range(2):
        await world.add_agent()
    numbers = [await world.add_lead("26") for _ in range(2)]
    calls = [await world.attempt(number, "connected_at") for number in numbers]
    assert len({call.agent_id for call in calls}) == 2
    for number, call in zip(numbers, calls, strict=True):
        await world.talk(call.id)
        await world.wish("call.hangup", {"agent_id": call.agent_id, "call_id": call.id})
        left, right = world.sound(await world.recording(call.id))
        inner = slice(RATE // 2, len(left) - RATE // 4)
        assert holds_pair(left[inner], agent_tones(world.agents[call.agent_id]))
        assert holds_pair(right[inner], customer_tones(number))


async def test_a_callback_reaches_the_agent_who_promised_it(world: World) -> None:
    await world.make_campaign()
    ann = await world.add_agent()
    number = await world.add_lead("26")
    first = await world.attempt(number, "connected_at")
    await world.talk(first.id)
    await world.wish("call.hangup", {"agent_id": ann, "call_id": first.id})
    await world.attempt(number, "ended_at")
    bob = await world.add_agent()
    said = {"agent_id": ann, "call_id": first.id, "disposition": "callback", "note": "asks for the tariff"}
    at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert (await world.wish("call.disposition", said | {"callback_at": at}))[0] == "done"
    second = await world.next_attempt(number, "connected_at")
    assert (second.agent_id, second.mode) == (ann, "manual") and bob != ann
    assert second.opened_at >= datetime.fromisoformat(at)
    await world.talk(second.id)
    await world.wish("call.hangup", {"agent_id": ann, "call_id": second.id})
    await world.dispose(ann, second.id)
    left, right = world.sound(await world.recording(second.id))
    tail = slice(-RATE // 2 - RATE // 4, -RATE // 4)
    assert holds_pair(left[tail], agent_tones(world.agents[ann]))
    assert holds_pair(right[tail], customer_tones(number))
    assert len(world.carrier_calls(number)) == 2


async def test_a_customer_who_hangs_up_first_leaves_the_agent_in_wrap_up(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("21")
    ended = await world.attempt(number, "ended_at")
    assert (ended.end_reason, ended.abandoned) == ("customer_hung_up", False)
    await world.dispose(agent_id, ended.id, "refused")
    assert (await world.attempts_on(number))[0].disposition == "refused"


async def test_a_hang_up_on_answer_is_recorded_and_counted_once(world: World) -> None:
    await world.make_campaign()
    await world.add_agent()
    number = await world.add_lead("24")
    ended = await world.attempt(number, "ended_at")
    assert ended.dial_result == "answered"
    assert (await world.recording(ended.id)).status == "present"


async def test_an_answered_call_without_any_media_is_present_without_media_or_silence_only(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("23")
    connected = await world.attempt(number, "connected_at")
    await world.talk(connected.id)
    await world.wish("call.hangup", {"agent_id": agent_id, "call_id": connected.id})
    recording = await world.recording(connected.id)
    assert recording.status == "present"
    _, right = world.sound(recording)
    assert abs(right).max(initial=0) < 0.01


async def test_nobody_free_in_two_seconds_means_the_message_and_an_abandoned_call(world: World) -> None:
    await world.make_campaign()
    first, second = await world.add_agent(), await world.add_agent()
    late = [await world.add_lead("22"), await world.add_lead("22")]
    for number in late:
        await world.attempt(number, "opened_at")
    for agent_id in (first, second):
        await world.wish("session.state", {"agent_id": agent_id, "state": "paused", "reason": "break"})
    for number in late:
        ended = await world.attempt(number, "ended_at", 60)
        assert (ended.abandoned, ended.end_reason, ended.connected_at) == (True, "no_agent", None)
        left, _ = world.sound(await world.recording(ended.id))
        assert abs(left[3 * RATE : 6 * RATE]).max() > 0.05  # the message is on record


async def test_a_manual_call_is_heard_and_on_record_from_the_dial_on(world: World) -> None:
    await world.make_campaign("manual")
    agent_id = await world.add_agent(ready=False)
    number = await world.add_lead("00")
    status, result = await world.wish("call.manual", {"agent_id": agent_id, "number": number})
    assert status == "done", result
    connected = await world.attempt(number, "connected_at")
    await world.talk(connected.id, 4)
    await world.wish("call.hangup", {"agent_id": agent_id, "call_id": connected.id})
    await world.dispose(agent_id, connected.id)
    left, right = world.sound(await world.recording(connected.id))
    tail = slice(-RATE // 2 - RATE // 4, -RATE // 4)
    assert holds_pair(left[tail], agent_tones(world.agents[agent_id]))
    assert holds_pair(right[tail], customer_tones(number))


async def test_the_announcement_of_a_manual_call_that_fails_is_on_record(world: World) -> None:
    await world.make_campaign("manual")
    agent_id = await world.add_agent(ready=False)
    number = await world.add_lead("04")
    assert (await world.wish("call.manual", {"agent_id": agent_id, "number": number}))[0] == "done"
    ended = await world.attempt(number, "ended_at", 40)
    assert (ended.dial_result, ended.cause, ended.tech_cause) == ("invalid", 1, 404)
    _, right = world.sound(await world.recording(ended.id))
    assert len(right) > 2 * RATE
    assert abs(right).max() > 0.05


@pytest.mark.parametrize(
    ("number", "reason"), [("12345", "malformed_number"), ("13900000000", "not_issued"), ("110", "malformed_number")]
)
async def test_a_manual_call_that_must_not_be_made_is_refused_with_its_reason(
    world: World, number: str, reason: str
) -> None:
    await world.make_campaign("manual")
    agent_id = await world.add_agent(ready=False)
    status, result = await world.wish("call.manual", {"agent_id": agent_id, "number": number})
    assert (status, result["reason"]) == ("refused", reason)


async def test_a_number_without_consent_is_never_dialed(world: World) -> None:
    await world.make_campaign("manual")
    agent_id = await world.add_agent(ready=False)
    number = await world.add_lead("26", consent=None)
    status, result = await world.wish("call.manual", {"agent_id": agent_id, "number": number})
    assert (status, result["reason"]) == ("refused", "no_consent")
    assert world.carrier_calls(number) == []


async def test_the_recording_is_as_long_as_the_call(world: World) -> None:
    await world.make_campaign()
    agent_id = await world.add_agent()
    number = await world.add_lead("21")
    ended = await world.attempt(number, "ended_at")
    await world.dispose(agent_id, ended.id)
    recording = await world.recording(ended.id)
    _, right = world.sound(recording)
    assert abs(len(right) / RATE - 3.0) < 0.3  # the carrier's customer speaks for three seconds
    assert len(world.carrier_calls(number)) == 1
