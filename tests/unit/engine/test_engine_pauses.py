"""Recordings paused by the agent in the call, and recorded again whatever happens."""

from datetime import timedelta

import pytest

from dialer.core.ids import AttemptId
from dialer.engine import pauses
from dialer.ports import TelephonyAway
from tests.unit.engine.rig import Rig, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "LOOK_S", 0.01)


async def paused(rig: Rig) -> AttemptId:
    await rig.agent_at_work()
    call = await rig.talk()
    assert (await rig.wish("call.pause_recording", agent_id="ann", call_id=call))[0] == "done"
    return call


def intervals(rig: Rig) -> list[str]:
    return [row.entry.body["why"] for row in rig.store.ledger if row.entry.kind.value == "pause_interval"]


async def test_a_recording_is_paused_once_and_recorded_again(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        call = await paused(rig)
        assert (await rig.wish("call.pause_recording", agent_id="ann", call_id=call))[0] == "done"
        for _ in range(2):
            assert (await rig.wish("call.resume_recording", agent_id="ann", call_id=call))[0] == "done"
        assert rig.telephony.ordered("mute") == [(call, True), (call, False)]
        await until(lambda: intervals(rig) == ["resumed"])


async def test_who_forgets_is_recorded_again_after_two_minutes(rig: Rig) -> None:
    rig.see()
    rig.add_lead()
    async with rig.running():
        call = await paused(rig)
        rig.ahead += timedelta(seconds=121)
        await until(lambda: intervals(rig) == ["too_long"])
        assert rig.telephony.ordered("mute")[-1] == (call, False)


async def test_the_end_of_the_call_ends_the_pause(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        rig.hang_up(await paused(rig))
        await until(lambda: intervals(rig) == ["ended"])
        assert len(rig.telephony.ordered("mute")) == 1


async def test_another_agent_s_call_is_not_paused(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        await rig.agent_at_work("bob", "1002", is_ready=False)
        for kind in ("call.pause_recording", "call.resume_recording"):
            status, result = await rig.wish(kind, agent_id="bob", call_id=call)
            assert (status, result["reason"]) == ("refused", "not_your_call")
            status, result = await rig.wish(kind, agent_id="eve", call_id=call)
            assert (status, result["reason"]) == ("refused", "no_session")
        assert rig.telephony.ordered("mute") == []


async def test_a_pause_that_asterisk_did_not_take_is_no_pause(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.telephony.failing["mute"] = TelephonyAway("no answer")
        assert (await rig.wish("call.pause_recording", agent_id="ann", call_id=call))[0] == "failed"
        assert call in rig.engine.paused  # whether it is muted is unknown: it is recorded again as soon as that works
        rig.telephony.failing.clear()
        assert (await rig.wish("call.resume_recording", agent_id="ann", call_id=call))[0] == "done"
        assert rig.engine.paused == {}


async def test_a_restart_remembers_what_is_muted(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        call = await paused(rig)
        await until(lambda: rig.store.pauses)
    again = Rig(rig.outbox, store=rig.store)
    again.ahead = timedelta(seconds=121)
    again.see()
    async with again.running():
        await until(lambda: intervals(again) == ["too_long"] or intervals(again) == ["ended"])
        assert call not in again.engine.paused
