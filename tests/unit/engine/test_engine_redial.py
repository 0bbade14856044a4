"""One key: the agent's last call once more, by the same gates, whatever he still owed."""

from dataclasses import replace
from typing import Any

import pytest

from dialer.core import events as ev
from dialer.core.compliance import RefusalReason
from dialer.core.ids import AttemptId, LeadId
from dialer.engine.engine import Limits
from dialer.engine.journal import Journal
from tests.unit.engine.rig import CAMPAIGN, Rig, number, until

LEAD = LeadId("lead-1")


@pytest.fixture
def rig(rig: Rig) -> Rig:
    """A floor on which a number may be dialed more than once a day."""
    rig.engine.limits = Limits(trunk_cps=1000.0, caller_ids=frozenset({"10010"}), per_day=5)
    return rig


async def redial(rig: Rig, call: AttemptId, agent: str = "ann") -> tuple[str, Any]:
    return await rig.wish("call.redial", agent_id=agent, call_id=call)


async def why_not(rig: Rig, call: AttemptId, agent: str = "ann") -> str:
    status, result = await redial(rig, call, agent)
    assert status == "refused" and result["detail"]
    return str(result["reason"])


async def talked_by_hand(rig: Rig, n: int = 1) -> AttemptId:
    """A call by hand, answered and over; its agent is in wrap-up."""
    status, result = await rig.wish("call.manual", agent_id="ann", number=number(n))
    assert status == "done", result
    call = AttemptId(result["call_id"])
    rig.telephony.tell(ev.Answered(call))
    await until(lambda: rig.engine.floor.attempts[call].connected_at)
    rig.hang_up(call)
    await rig.closing(call)
    return call


def holder(rig: Rig) -> tuple[str, str | None]:
    return rig.store.leads[LEAD].holder, rig.store.leads[LEAD].holder_id


async def test_a_call_cut_off_is_dialed_again_by_one_key(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        session = await rig.agent_at_work()
        call = await rig.talk()
        assert await why_not(rig, call) == "not_in_wrap_up"
        rig.hang_up(call)
        await rig.closing(call)
        status, result = await redial(rig, call)
        assert status == "done"
        again = AttemptId(result["call_id"])
        await until(lambda: rig.telephony.ordered("dial_manual") == [again])
        await until(lambda: rig.store.dispositions == {call: "redialed"})
        attempt = rig.engine.floor.attempts[again]
        assert (attempt.session_id, attempt.lead_id, attempt.redials) == (session, LEAD, call)
        assert rig.lead_state() == "claimed"
        rig.telephony.tell(ev.Answered(again))
        await until(lambda: rig.engine.floor.attempts[again].connected_at)
        rig.hang_up(again)
        await rig.closing(again)
        assert (await rig.wish("call.disposition", agent_id="ann", call_id=again, disposition="sale"))[0] == "done"
        assert await why_not(rig, call) == "not_last_call"
        assert await why_not(rig, again, "bob") == "no_session"


async def test_what_was_issued_and_is_used_by_the_call_is_his_again_while_it_is_dialed_anew(rig: Rig) -> None:
    rig.add_campaign(issued_only=True)
    rig.add_lead()
    row = rig.store.leads[LEAD]
    row.holder, row.holder_id = "agent", "ann"
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        call = await talked_by_hand(rig)
        assert holder(rig) == ("used", None)
        assert (await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="other"))[0] == "done"
        status, result = await rig.wish("call.manual", agent_id="ann", number=number(1))
        assert (status, result["reason"]) == ("refused", "not_issued")
        status, result = await redial(rig, call)
        assert status == "done", result
        assert holder(rig) == ("agent", "ann")
        rig.hang_up(AttemptId(result["call_id"]))
        await rig.closing(AttemptId(result["call_id"]))
        assert holder(rig) == ("used", None)


async def test_a_redial_goes_through_every_gate_and_refused_leaves_the_wrap_up_as_it_was(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        session = await rig.agent_at_work(is_ready=False)
        call = await talked_by_hand(rig)
        rig.store.dnc.add(number(1))
        assert await why_not(rig, call) == "dnc"
        rig.store.dnc.clear()
        rig.engine.limits = replace(rig.engine.limits, per_day=1)
        assert await why_not(rig, call) == "frequency_cap"
        rig.add_campaign(state="paused")
        assert await why_not(rig, call) == "campaign_not_running"
        rig.add_campaign()
        rig.telephony.phones_answer = False
        rig.telephony.tell(ev.PhoneLost(session, 1))
        await until(lambda: not rig.engine.floor.agents[session].phone_up)
        assert await why_not(rig, call) == "phone_not_registered"
        assert rig.store.dispositions == {}
        assert rig.lead_state() == "done"
        said = await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="sale")
        assert said == ("done", {})


async def test_nothing_is_dialed_again_before_what_was_said_of_it_is_written(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_journal: Journal, _timeout_s: float) -> None:
        raise TimeoutError

    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        call = await talked_by_hand(rig)
        with monkeypatch.context() as away:
            away.setattr(Journal, "flush", never)
            assert await why_not(rig, call) == RefusalReason.STORE_DOWN
        assert (await redial(rig, call))[0] == "done"


async def test_a_call_of_another_campaign_than_the_session_s_is_not_dialed_again(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        call = await talked_by_hand(rig)
        await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="other")
        attempts = rig.store.attempts
        attempts[call] = replace(attempts[call], campaign_id=type(CAMPAIGN)("other"))
        assert await why_not(rig, call) == "not_your_campaign"
