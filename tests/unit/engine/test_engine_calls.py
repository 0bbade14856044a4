"""Calls through the running dialer: dialed, refused, talked, lost, and what the store says afterwards."""

import asyncio
from datetime import timedelta

import pytest

from dialer.core import events as ev
from dialer.core.attempt import DialResult, EndReason
from dialer.core.calendar import CLOSED, Calendar
from dialer.core.compliance import RefusalReason
from dialer.core.ids import LeadId
from dialer.core.reconcile import ChannelSeen, PhoneSeen, Snapshot
from dialer.core.recycle import LeadState
from dialer.engine.engine import Limits
from dialer.ports import LinkLost, NotPlacedError, RecorderStatus, Resync, TelephonyAway
from tests.unit.engine.rig import CAMPAIGN, NODE, Rig, number, until


async def test_a_call_end_to_end(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        session = await rig.agent_at_work()
        call = await rig.dialed()
        assert [row.entry.kind.value for row in rig.store.ledger] == ["intent"]
        rig.telephony.tell(ev.Rang(call))
        rig.telephony.tell(ev.Answered(call))
        await until(lambda: rig.telephony.ordered("join") == [(call, session)])
        rig.hang_up(call)
        closed = await rig.closing(call)
        assert (closed.result, closed.agent_id, closed.abandoned) == (DialResult.ANSWERED, "ann", False)
        status, why = await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="?")
        assert (status, why["reason"]) == ("refused", "unknown_disposition")
        said = await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="sale")
        assert said == ("done", {})
        await until(lambda: call in rig.store.dispositions)
        assert rig.lead_state() == "done"
        assert [row.entry.kind.value for row in rig.store.ledger] == ["intent", "outcome", "disposed"]


async def test_one_line_for_each_ready_agent_and_the_reason_is_kept(rig: Rig) -> None:
    for n in range(5):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work("ann", "1001")
        await rig.agent_at_work("bob", "1002")
        await rig.dialed(2)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason.value == "lines_in_flight")
        assert len(rig.telephony.ordered("originate")) == 2
        assert [rig.lead_state(n) for n in range(5)].count("new") == 3


async def test_what_asterisk_refuses_was_not_dialed(rig: Rig) -> None:
    rig.add_lead()
    rig.telephony.failing["originate"] = NotPlacedError("no such trunk")
    async with rig.running():
        await rig.agent_at_work()
        closed = await rig.closing(await rig.dialed())
        assert (closed.result, closed.reason) == (DialResult.FAILED, EndReason.NOT_PLACED)
        assert rig.lead_state() == "attempted"
        assert rig.store.leads[LeadId("lead-1")].view.next_at > rig.now()


@pytest.mark.parametrize("has_record", [True, False])
async def test_a_dial_without_an_answer_is_not_sent_again_and_closed_by_what_asterisk_shows(
    rig: Rig, has_record: bool
) -> None:
    rig.add_lead()
    rig.telephony.failing["originate"] = TelephonyAway("no answer in 5 s")
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.dialed()
        if has_record:
            rig.telephony.fates[call] = (ev.Ended(call, DialResult.BUSY),)
        await rig.look_later()
        closed = await rig.closing(call)
        assert closed.result is (DialResult.BUSY if has_record else DialResult.UNKNOWN)
        assert closed.reason is (EndReason.NOT_ANSWERED if has_record else EndReason.NODE_LOST)
        assert rig.telephony.ordered("originate") == [call]


async def test_a_customer_whom_nobody_takes_hears_the_message(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.dialed()
        await rig.wish("session.state", agent_id="ann", state="paused", reason="lunch")
        rig.telephony.tell(ev.Answered(call))
        await until(lambda: call in rig.engine.floor.attempts and rig.engine.floor.attempts[call].answered_at)
        rig.ahead += timedelta(seconds=3)
        await until(lambda: rig.telephony.ordered("announce") == [call])
        rig.hang_up(call)
        assert (await rig.closing(call)).abandoned


async def test_a_join_that_asterisk_refuses_leaves_the_agent_ready_and_tells_the_customer(rig: Rig) -> None:
    rig.add_lead()
    rig.telephony.failing["join"] = NotPlacedError("the bridge is gone")
    async with rig.running():
        session = await rig.agent_at_work()
        call = await rig.dialed()
        rig.telephony.tell(ev.Answered(call))
        await until(lambda: rig.telephony.ordered("join"))
        rig.ahead += timedelta(seconds=3)
        await until(lambda: rig.telephony.ordered("announce") == [call])
        assert rig.engine.floor.agents[session].state.value == "ready"


async def test_a_phone_that_cannot_be_called_is_called_again(rig: Rig) -> None:
    rig.telephony.failing["call_phone"] = TelephonyAway("no answer")
    async with rig.running():
        _, result = await rig.wish("session.start", agent_id="ann", extension="1001", campaign_id=CAMPAIGN)
        await until(lambda: rig.telephony.ordered("call_phone"))
        rig.telephony.failing.clear()
        rig.ahead += timedelta(seconds=3)
        await until(lambda: rig.engine.floor.agents[result["session_id"]].phone_up)
        assert rig.telephony.ordered("call_phone")[:2] == [(result["session_id"], 1), (result["session_id"], 2)]


async def test_a_refused_lead_is_put_back_with_its_reason(rig: Rig) -> None:
    rig.add_lead(1, consent=None)
    second = rig.add_lead(2)
    rig.store.dnc.add(number(2))
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.store.leads[second].reason == "dnc")
        assert rig.store.leads[second].view.next_at > rig.now() + timedelta(hours=23)
        assert [row.reason for row in rig.store.leads.values()] == ["no_consent", "dnc"]
        assert rig.telephony.ordered("originate") == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (RecorderStatus(False, "the spool cannot be written", 0), RefusalReason.RECORDER_DOWN),
        (RecorderStatus(True, "", 10), RefusalReason.DISK_RESERVE),
    ],
)
async def test_no_recorder_or_no_room_no_dialing_and_health_says_why(
    rig: Rig, status: RecorderStatus, reason: RefusalReason
) -> None:
    rig.add_lead()
    rig.telephony.status = status
    async with rig.running(is_linked=False):
        rig.telephony.tell(Resync(Snapshot(rig.now())))
        await rig.agent_at_work()
        await until(lambda: CAMPAIGN in rig.engine.decisions and rig.engine.decisions[CAMPAIGN].reason is reason)
        await until(lambda: (rig.store.beats.get(NODE) or {}).get("campaigns") == {CAMPAIGN: reason.value})
        health = rig.store.beats[NODE]
        assert health["dialing"] is False and status.why in health["why"][0]
        assert rig.telephony.ordered("originate") == [] and rig.lead_state() == "new"


async def test_nothing_is_dialed_while_asterisk_is_away_and_phones_are_pushed_when_it_is_back(rig: Rig) -> None:
    rig.store.phones["1001"] = "secret"
    async with rig.running():
        session = await rig.agent_at_work()
        rig.telephony.tell(LinkLost("connection refused"))
        await until(lambda: rig.engine.link_why == "connection refused")
        rig.add_lead()
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.ASTERISK_DOWN)
        await rig.engine.look()
        assert rig.telephony.ordered("snapshot") == [] and rig.telephony.ordered("originate") == []
        rig.telephony.orders.clear()
        rig.telephony.tell(Resync(rig.see(PhoneSeen(session, 1, up=True))))
        await until(lambda: rig.telephony.ordered("provision") == [{"1001": "secret"}])
        await rig.dialed()


async def test_a_channel_that_we_have_closed_is_ended_and_its_customer_told(rig: Rig) -> None:
    async with rig.running():
        up, ringing, told = (ChannelSeen(f"00000000-0000-7000-8000-00000000000{n}", up=n != 2) for n in (1, 2, 3))
        announcing = ChannelSeen(told.attempt_id, up=True, announcing=True)
        await rig.look_later(up, ringing, announcing)
        await until(lambda: rig.telephony.ordered("announce") and rig.telephony.ordered("hang_up"))
        assert rig.telephony.ordered("announce") == [up.attempt_id]
        assert rig.telephony.ordered("hang_up") == [ringing.attempt_id]


async def test_a_manual_call(rig: Rig) -> None:
    rig.add_lead(state=LeadState.DONE)
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        status, result = await rig.wish("call.manual", agent_id="ann", number="138 0000 0001")
        assert status == "done"
        await until(lambda: rig.telephony.ordered("dial_manual") == [result["call_id"]])
        rig.telephony.tell(ev.Answered(result["call_id"]))
        assert (await rig.wish("call.hangup", agent_id="ann", call_id=result["call_id"]))[0] == "done"
        await until(lambda: rig.telephony.ordered("hang_up") == [result["call_id"]])
        rig.hang_up(result["call_id"])
        closed = await rig.closing(result["call_id"])
        assert (closed.reason, closed.agent_id, closed.abandoned) == (EndReason.AGENT_HUNG_UP, "ann", False)


async def test_manual_calls_are_refused_with_their_reason(rig: Rig) -> None:
    rig.add_lead(1, state=LeadState.DONE)
    rig.add_lead(2, state=LeadState.DONE)
    rig.add_lead(3, consent=None, state=LeadState.DONE)

    async def refused(typed: str = number(1), agent_id: str = "ann") -> str:
        status, result = await rig.wish("call.manual", agent_id=agent_id, number=typed)
        assert status == "refused" and result["detail"]
        return str(result["reason"])

    async with rig.running():
        assert await refused() == "no_session"
        session = await rig.agent_at_work(is_ready=False)
        assert await refused("110") == "malformed_number"
        assert await refused(number(9)) == "not_issued"
        assert await refused(number(3)) == "no_consent"
        assert rig.lead_state(3) == "done"
        rig.add_campaign(state="paused")
        assert await refused() == "campaign_not_running"
        rig.add_campaign()
        rig.telephony.status = RecorderStatus(False, "no spool", 0)
        await until(lambda: not rig.engine.recorder.ok)
        assert await refused() == "recorder_down"
        rig.telephony.status = RecorderStatus(True, "", 50_000)
        await until(lambda: rig.engine.recorder.ok)
        assert (await rig.wish("call.manual", agent_id="ann", number=number(1)))[0] == "done"
        assert await refused(number(2)) == "not_ready"
        rig.telephony.phones_answer = False
        rig.telephony.tell(ev.PhoneLost(session, 1))
        await until(lambda: not rig.engine.floor.agents[session].phone_up)
        assert await refused(number(2)) == "phone_not_registered"
        assert len(rig.telephony.ordered("dial_manual")) == 1


async def test_two_manual_wishes_at_once_make_one_call(rig: Rig) -> None:
    for n in (1, 2):
        rig.add_lead(n, state=LeadState.DONE)
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        wishes = (rig.wish("call.manual", agent_id="ann", number=number(n)) for n in (1, 2))
        answers = [status for status, _ in await asyncio.gather(*wishes)]
        assert sorted(answers) == ["done", "refused"]
        assert len(rig.telephony.ordered("dial_manual")) == 1
        assert sorted([rig.lead_state(1), rig.lead_state(2)]) == ["claimed", "done"]


async def test_a_full_trunk_takes_no_manual_call(rig: Rig) -> None:
    rig.engine.limits = Limits(trunk_channels=0, caller_ids=frozenset({"10010"}))
    rig.add_lead(state=LeadState.DONE)
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        status, result = await rig.wish("call.manual", agent_id="ann", number=number(1))
        assert (status, result["reason"]) == ("refused", "trunk_full")


async def test_wishes_that_cannot_be_granted_are_answered_all_the_same(rig: Rig) -> None:
    async with rig.running():
        await rig.agent_at_work()

        async def refused(kind: str, **payload: object) -> object:
            status, result = await rig.wish(kind, **payload)
            return result["reason"] if status == "refused" else status

        again = {"agent_id": "ann", "extension": "1009", "campaign_id": CAMPAIGN}
        assert await refused("session.start", **again) == "session_exists"
        assert await refused("session.start", **{**again, "campaign_id": "x"}) == "unknown_campaign"
        assert await refused("session.state", agent_id="bob", state="ready") == "no_session"
        assert await refused("session.end", agent_id="bob") == "no_session"
        assert await refused("call.hangup", agent_id="bob", call_id="x") == "no_session"
        assert await refused("call.hangup", call_id="x") == "unknown_call"
        assert await refused("call.disposition", agent_id="bob", call_id="x", disposition="sale") == "no_session"
        assert await refused("call.disposition", agent_id="ann", call_id="x", disposition="sale") == "not_your_call"
        assert await refused("call.fly") == "unknown_command"
        assert await refused("session.state") == "failed"
        assert await refused("practice.customers", busy="many") == "failed"
        assert await refused("practice.customers", busy="10") == "done" and rig.telephony.customers == {"busy": 10}
        assert await refused("session.end", agent_id="ann") == "done"
        await until(lambda: rig.telephony.ordered("drop_phone"))


async def test_a_campaign_paused_stops_dialing(rig: Rig) -> None:
    async with rig.running():
        await rig.agent_at_work()
        rig.add_campaign(state="paused")
        rig.store.wake()
        await until(lambda: rig.engine.campaigns[CAMPAIGN].state == "paused")
        rig.add_lead()
        rig.engine.wake.set()
        await until(lambda: not rig.engine.wake.is_set())
        assert rig.lead_state() == "new"


async def test_where_only_issued_numbers_are_called_by_hand_the_others_go_back_as_they_were(rig: Rig) -> None:
    rig.add_campaign(issued_only=True)
    rig.add_lead(1)
    mine = rig.store.leads[rig.add_lead(2)]
    mine.holder, mine.holder_id = "agent", "ann"
    before = rig.store.leads[LeadId("lead-1")].view
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        status, result = await rig.wish("call.manual", agent_id="ann", number=number(1))
        assert (status, result["reason"]) == ("refused", "not_issued")
        assert rig.store.leads[LeadId("lead-1")].view == before
        status, _ = await rig.wish("call.manual", agent_id="ann", number=number(2))
        assert status == "done"


async def test_a_calendar_is_kept_from_the_second_in_which_it_is_made(rig: Rig) -> None:
    row = rig.store.leads[rig.add_lead()]
    row.region = "新疆"
    rig.store.regions["新疆"] = Calendar(CLOSED)
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: row.reason == "outside_hours")
        assert rig.telephony.ordered("originate") == []
        second = rig.store.leads[rig.add_lead(2)]
        second.region = "广东"
        await rig.dialed()
        assert row.view.state is LeadState.NEW and second.view.state is LeadState.CLAIMED


async def test_on_a_holiday_of_the_centre_nothing_is_dialed_and_the_reason_is_told(rig: Rig) -> None:
    rig.store.regions[""] = Calendar(CLOSED)
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.OUTSIDE_HOURS)
        del rig.store.regions[""]
        rig.store.wake()
        await rig.dialed()
