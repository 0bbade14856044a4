"""Callbacks through the running dialer: promised with a disposition, dialed for the one who promised them."""

from datetime import timedelta
from typing import Any

from dialer.core import events as ev
from dialer.core.ids import AttemptId, LeadId
from dialer.engine.engine import Limits
from tests.unit.engine.rig import Rig, until


async def promise(rig: Rig, call: AttemptId, in_s: float = 0.5, **words: Any) -> tuple[str, Any]:
    said = {"agent_id": "ann", "call_id": call, "disposition": "callback"} | words
    return await rig.wish("call.disposition", **said, callback_at=(rig.now() + timedelta(seconds=in_s)).isoformat())


async def first_call(rig: Rig) -> AttemptId:
    call = await rig.talk()
    rig.hang_up(call)
    await rig.closing(call)
    return call


async def test_an_agent_gets_the_callback_that_he_promised_before_any_other_customer(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        session = await rig.agent_at_work()
        call = await first_call(rig)
        assert (await promise(rig, call, note="asks for the tariff"))[0] == "done"
        await until(lambda: rig.lead_state() == "callback")
        await until(lambda: rig.telephony.ordered("dial_manual"), "the callback")
        again = AttemptId(rig.telephony.ordered("dial_manual")[0])
        attempt = rig.engine.floor.attempts[again]
        assert (attempt.session_id, attempt.lead_id) == (session, LeadId("lead-1"))
        rig.telephony.tell(ev.Answered(again))
        await until(lambda: rig.engine.floor.attempts[again].connected_at)
        rig.hang_up(again)
        await rig.closing(again)
        await until(lambda: rig.store.callbacks.rows[call].state == "done")
        assert rig.telephony.ordered("originate") == [call]


async def test_an_agent_s_callback_is_not_dialed_for_another_and_the_team_s_for_whoever_is_free(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await first_call(rig)
        await rig.wish("session.state", agent_id="ann", state="paused", reason="break")
        assert (await promise(rig, call, own=False))[0] == "done"
        await rig.agent_at_work("bob", "1002")
        again = await rig.dialed(2)
        assert rig.engine.floor.attempts[again].lead_id == LeadId("lead-1")
        assert rig.telephony.ordered("dial_manual") == []


async def test_an_agent_whose_callback_is_due_gets_it_when_he_is_ready_and_no_line_before(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await first_call(rig)
        await rig.wish("session.state", agent_id="ann", state="paused", reason="break")
        await promise(rig, call)
        for n in range(2, 5):
            rig.add_lead(n)
        seen = rig.now() + timedelta(seconds=2)  # due, and looked for since
        await until(lambda: rig.now() > seen)
        await rig.wish("session.state", agent_id="ann", state="ready")
        await until(lambda: rig.telephony.ordered("dial_manual"), "the callback")
        assert rig.telephony.ordered("originate") == [call]


async def test_a_callback_that_cannot_be_kept_is_not_promised(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await first_call(rig)
        for wrong in (-60.0, 31 * 86_400.0):
            status, why = await promise(rig, call, wrong)
            assert (status, why["reason"]) == ("refused", "bad_callback_time")
        status, why = await promise(rig, call, 60, disposition="sale")
        assert (status, why["reason"]) == ("refused", "bad_callback_time")
        assert rig.store.callbacks.rows == {}


async def test_what_an_absent_agent_promised_is_the_team_s(rig: Rig) -> None:
    rig.limits = Limits(trunk_cps=1000.0, caller_ids=frozenset({"10010"}), callback_away_s=0.2)
    rig.engine.limits = rig.limits
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await first_call(rig)
        await promise(rig, call, 0.1)
        await rig.wish("session.end", agent_id="ann")
        await rig.agent_at_work("bob", "1002")
        again = await rig.dialed(2)
        assert rig.engine.floor.attempts[again].lead_id == LeadId("lead-1")
