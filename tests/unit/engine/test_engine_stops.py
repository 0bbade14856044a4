"""Drain and cut, the emergency stop, several campaigns, closing hours, and the dialer's own end in stages."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from dialer.core.attempt import EndReason, Mode
from dialer.core.compliance import RefusalReason
from dialer.core.ids import AttemptId, CampaignId, LeadId, SessionId
from dialer.core.pacing import PacingReason
from dialer.core.recycle import LeadState
from dialer.core.selection import LeadView
from dialer.engine.engine import Limits
from dialer.ports import EmergencyStop
from dialer.store.memory_leads import LeadRow
from tests.unit.engine.rig import CAMPAIGN, Rig, number, until

OTHER = CampaignId("other")


def change(rig: Rig, campaign: CampaignId = CAMPAIGN, **values: object) -> None:
    """As the api changes a campaign; NOTIFY included."""
    rig.store.campaign_rows[campaign] = replace(rig.store.campaign_rows[campaign], **values)  # type: ignore[arg-type]
    rig.store.wake()


def add_other(rig: Rig, leads: int, **values: object) -> None:
    """A second campaign with leads of its own."""
    rig.store.campaign_rows[OTHER] = replace(rig.store.campaign_rows[CAMPAIGN], id=OTHER)
    change(rig, OTHER, **values)
    for n in range(leads):
        lead = LeadId(f"other-{n}")
        view = LeadView(lead, OTHER, LeadState.NEW, rig.now() - timedelta(seconds=60))
        rig.store.leads[lead] = LeadRow(view, number(1000 + n), "form")


async def shift(rig: Rig, *campaigns: CampaignId, is_ready: bool = True, name: str = "ann") -> SessionId:
    wish = {"agent_id": name, "extension": "1001" if name == "ann" else "1002", "campaign_ids": list(campaigns)}
    status, result = await rig.wish("session.start", **wish)
    assert status == "done", result
    session = SessionId(result["session_id"])
    await until(lambda: rig.engine.floor.agents[session].phone_up)
    if is_ready:
        assert (await rig.wish("session.state", agent_id=name, state="ready"))[0] == "done"
    return session


async def a_talking_and_a_ringing_call(rig: Rig) -> tuple[AttemptId, AttemptId]:
    for n in (1, 2):
        rig.add_lead(n)
    await rig.agent_at_work("ann", "1001")
    talking = await rig.talk()
    await rig.agent_at_work("bob", "1002")
    return talking, await rig.dialed(2)


# -- campaigns ------------------------------------------------------------------------------------------------------


async def test_a_draining_campaign_goes_on_to_the_end_of_its_calls_and_is_stopped(rig: Rig) -> None:
    async with rig.running():
        calls = await a_talking_and_a_ringing_call(rig)
        change(rig, state="draining")
        await until(lambda: rig.engine.campaigns[CAMPAIGN].state == "draining")
        status, result = await rig.wish("session.start", agent_id="eve", extension="1009", campaign_id=CAMPAIGN)
        assert (status, result["reason"]) == ("refused", "unknown_campaign")
        rig.add_lead(3)
        for call in calls:
            assert rig.store.campaign_rows[CAMPAIGN].state == "draining"
            rig.hang_up(call)
            await rig.closing(call)
        rig.store.wake()
        await until(lambda: rig.store.campaign_rows[CAMPAIGN].state == "stopped")
        assert rig.telephony.ordered("hang_up") == [] and rig.lead_state(3) == "new"


async def test_a_campaign_that_is_cut_has_its_calls_ended(rig: Rig) -> None:
    async with rig.running():
        calls = await a_talking_and_a_ringing_call(rig)
        change(rig, state="stopped")
        await until(lambda: len(rig.telephony.ordered("hang_up")) == 2)
        for call in calls:
            rig.hang_up(call)
            assert (await rig.closing(call)).reason is EndReason.CAMPAIGN_STOPPED


async def test_a_lead_on_its_way_when_the_campaign_is_paused_is_not_dialed(rig: Rig) -> None:
    rig.engine.limits = Limits(trunk_cps=2.0, caller_ids=frozenset({"10010"}))
    for n in (1, 2):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work("ann", "1001", is_ready=False)
        await rig.agent_at_work("bob", "1002", is_ready=False)
        for name in ("ann", "bob"):
            await rig.wish("session.state", agent_id=name, state="ready")
        await rig.dialed()
        await until(lambda: sum(row.claim is not None for row in rig.store.leads.values()) == 2)
        change(rig, state="paused")  # the second lead waits for the trunk's next slot
        await until(lambda: [rig.lead_state(n) for n in (1, 2)].count("new") == 1)
        assert len(rig.telephony.ordered("originate")) == 1
        assert "campaign_not_running" in [row.reason for row in rig.store.leads.values()]


async def test_a_changed_priority_counts_at_once(rig: Rig) -> None:
    async with rig.running():
        change(rig, priority=7, wrap_up_s=9)
        await until(lambda: rig.engine.floor.manners_of(CAMPAIGN).priority == 7)
        assert rig.engine.floor.manners_of(CAMPAIGN).wrap_up_s == 9


async def test_the_last_minutes_are_not_for_new_calls_and_the_reason_is_kept(rig: Rig) -> None:
    rig.add_lead()
    change(rig, closing_margin_s=3600, opens_at=time.min, closes_at=time.min.replace(microsecond=1))
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.OUTSIDE_HOURS)
        rig.store.campaign_rows[CAMPAIGN] = replace(rig.store.campaign_rows[CAMPAIGN], closes_at=time.max)
        change(rig, closing_margin_s=86_400)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.CLOSING_SOON)
        assert rig.lead_state() == "new" and rig.telephony.ordered("originate") == []
        change(rig, closing_margin_s=0)
        await rig.dialed()


# -- several campaigns ----------------------------------------------------------------------------------------------


async def test_the_higher_priority_is_dialed_first_and_the_next_when_it_is_dry(rig: Rig) -> None:
    rig.add_lead()
    add_other(rig, leads=1, priority=90)
    async with rig.running():
        session = await shift(rig, CAMPAIGN, OTHER)
        assert rig.engine.floor.agents[session].campaign_ids == (OTHER, CAMPAIGN)
        first = await rig.dialed()
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is PacingReason.AGENTS_SHARED)
        assert rig.store.attempts[first].campaign_id == OTHER
        rig.hang_up(first)
        second = await rig.dialed(2)
        assert rig.store.attempts[second].campaign_id == CAMPAIGN
        await until(lambda: rig.engine.decisions[OTHER].reason is PacingReason.AGENTS_SHARED)


async def test_a_shared_agent_is_counted_once(rig: Rig) -> None:
    for n in range(3):
        rig.add_lead(n)
    add_other(rig, leads=3)
    async with rig.running():
        await shift(rig, CAMPAIGN, OTHER)
        await shift(rig, OTHER, name="bob")
        await rig.dialed(2)
        reasons = {PacingReason.AGENTS_SHARED, PacingReason.LINES_IN_FLIGHT}
        await until(lambda: {decision.reason for decision in rig.engine.decisions.values()} <= reasons)
        assert len(rig.telephony.ordered("originate")) == 2


async def test_a_call_by_hand_names_its_campaign_when_there_are_several(rig: Rig) -> None:
    rig.add_lead(state=LeadState.DONE)
    add_other(rig, leads=0, mode=Mode.MANUAL)
    async with rig.running():
        await shift(rig, CAMPAIGN, OTHER, is_ready=False)

        async def call(**named: str) -> object:
            status, result = await rig.wish("call.manual", agent_id="ann", number=number(1), **named)
            return result["reason"] if status == "refused" else status

        assert await call() == "which_campaign"
        assert await call(campaign_id="third") == "not_your_campaign"
        assert await call(campaign_id=OTHER) == "not_issued"
        assert await call(campaign_id=CAMPAIGN) == "done"


async def test_a_session_needs_every_one_of_its_campaigns(rig: Rig) -> None:
    async with rig.running():
        wish = {"agent_id": "ann", "extension": "1001", "campaign_ids": [CAMPAIGN, "third"]}
        status, result = await rig.wish("session.start", **wish)
        assert (status, result["reason"]) == ("refused", "unknown_campaign")


# -- emergency ------------------------------------------------------------------------------------------------------


async def test_an_emergency_stop_ends_all_and_holds_until_it_is_lifted_though_no_message_comes(rig: Rig) -> None:
    async with rig.running():
        calls = await a_talking_and_a_ringing_call(rig)
        rig.store.emergency = EmergencyStop("cut")
        await until(lambda: len(rig.telephony.ordered("hang_up")) == 2)
        for call in calls:
            rig.hang_up(call)
            assert (await rig.closing(call)).reason is EndReason.EMERGENCY_STOP
        rig.add_lead(3)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.EMERGENCY_STOP)
        await rig.agent_at_work("eve", "1003", is_ready=False)
        status, result = await rig.wish("call.manual", agent_id="eve", number=number(3))
        assert (status, result["reason"]) == ("refused", "emergency_stop")
        assert rig.watch.health()["dialing"] is False
        await rig.wish("session.state", agent_id="eve", state="ready")
        assert len(rig.telephony.ordered("originate")) == 2
        rig.store.emergency = None
        await rig.dialed(3)


async def test_an_emergency_stop_that_drains_ends_nothing_by_itself(rig: Rig) -> None:
    async with rig.running():
        talking, _ = await a_talking_and_a_ringing_call(rig)
        rig.store.emergency = EmergencyStop("drain")
        await until(rig.engine.machine_refusal)
        assert rig.telephony.ordered("hang_up") == []
        assert rig.engine.floor.attempts[talking].hangup_at is None


# -- wrap-up --------------------------------------------------------------------------------------------------------


async def test_a_missing_disposition_is_remembered_by_the_next_dialer(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.hang_up(call)
        await rig.closing(call)
        rig.ahead += timedelta(seconds=61)
        await until(lambda: next(iter(rig.store.sessions.values())).reason == "disposition_missing")
    following = Rig(rig.outbox, store=rig.store, ahead=rig.ahead)
    async with following.running():
        status, result = await following.wish("session.state", agent_id="ann", state="ready")
        assert (status, result["reason"]) == ("refused", "disposition_missing")
        wish = {"agent_id": "ann", "call_id": call, "disposition": "sale"}
        assert (await following.wish("call.disposition", **wish))[0] == "done"
        assert (await following.wish("session.state", agent_id="ann", state="ready"))[0] == "done"


# -- the dialer's own end -------------------------------------------------------------------------------------------


async def test_an_end_in_stages_gives_who_talks_time_to_end(rig: Rig) -> None:
    async with rig.running():
        talking, ringing = await a_talking_and_a_ringing_call(rig)
        rig.stop.dial_no_more()
        await until(lambda: rig.engine.stopping)
        rig.add_lead(3)
        rig.stop.end_calls()
        await until(lambda: rig.telephony.ordered("hang_up") == [ringing])
        rig.hang_up(ringing)
        await rig.closing(ringing)
        assert rig.ended is not None and not rig.ended.done()
        assert (await rig.wish("call.hangup", agent_id="ann", call_id=talking))[0] == "done"
        rig.hang_up(talking)
        async with asyncio.timeout(5):
            await rig.ended
        assert rig.store.closings[talking].reason is EndReason.AGENT_HUNG_UP
        assert rig.lead_state(3) == "new"


@pytest.mark.parametrize("is_hurried", [True, False])
async def test_who_still_talks_when_the_time_is_over_or_somebody_hurries_is_ended(rig: Rig, is_hurried: bool) -> None:
    rig.engine.limits = replace(rig.engine.limits, drain_s=60.0 if is_hurried else 0.1)
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        talking = await rig.talk()
        rig.stop.end_calls()
        if is_hurried:
            await until(lambda: rig.engine.stopping)
            assert rig.telephony.ordered("hang_up") == []
            rig.stop.end_calls()
        await until(lambda: rig.telephony.ordered("hang_up") == [talking])
        rig.hang_up(talking)
        assert rig.ended is not None
        async with asyncio.timeout(5):
            await rig.ended
        assert rig.store.closings[talking].reason is EndReason.OPERATOR


async def test_a_part_that_overhears_its_end_is_told_again(rig: Rig) -> None:
    heard, listening = 0, asyncio.Event()

    async def deaf() -> None:
        nonlocal heard
        listening.set()
        while heard < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    rig.watch.beat = deaf  # type: ignore[method-assign]
    async with rig.running(is_linked=False):
        await listening.wait()
        rig.stop.leave_calls()
        assert rig.ended is not None
        async with asyncio.timeout(5):
            await rig.ended
    assert heard == 2
