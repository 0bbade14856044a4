"""What goes away and comes back: the store, the lease, the dialer itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer.core import events as ev
from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.compliance import RefusalReason
from dialer.core.errors import LeaseLost, StoreAway
from dialer.core.ids import AgentId, AttemptId, LeadId, SessionId
from dialer.core.reconcile import ChannelSeen, PhoneSeen
from dialer.core.records import AttemptAnswered, Record, SessionChanged
from dialer.core.recycle import LeadState
from dialer.engine.journal import Journal
from dialer.engine.run import run
from dialer.engine.watch import Watch
from tests.unit.core.build import ANY
from tests.unit.engine.rig import CAMPAIGN, NODE, FlakyStore, Rig, new_id, number, until

SESSION = SessionId(new_id())


# -- the store goes away -------------------------------------------------------------------------------------------


async def test_nobody_is_dialed_whose_intent_was_not_committed_and_the_lead_comes_back(rig: Rig) -> None:
    rig.add_lead()
    rig.store.losing.add("open_attempt")
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.store.is_away)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.STORE_DOWN)
        assert rig.lead_state() == "claimed"
        rig.store.losing.clear()
        rig.store.is_away = False
        await until(lambda: rig.lead_state() == "new")
        assert rig.telephony.ordered("originate") == [] and rig.store.ledger == []
        assert rig.store.leads[LeadId("lead-1")].reason == "store_down"


async def test_an_intent_committed_without_an_answer_is_found_and_closed_and_nobody_dialed(rig: Rig) -> None:
    rig.add_lead()
    rig.store.losing.add("open_attempt's answer")
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.store.is_away)
        rig.store.losing.clear()
        rig.store.is_away = False
        [call] = rig.store.attempts
        rig.ahead += timedelta(seconds=11)
        rig.engine.floor.attempts[call] = rig.store.attempts[call]  # what `Watch.search` does every ten seconds
        await rig.look_later()
        assert (await rig.closing(call)).reason is EndReason.NODE_LOST
        assert rig.telephony.ordered("originate") == []


async def test_a_lead_refused_while_the_store_went_away_comes_back(rig: Rig) -> None:
    rig.add_lead(1, consent=None)
    put_back, rig.store.put_back = rig.store.put_back, _away  # type: ignore[method-assign,assignment]
    async with rig.running():
        await rig.agent_at_work()
        await until(lambda: rig.lead_state() == "claimed")
        rig.store.put_back = put_back  # type: ignore[method-assign]
        await until(lambda: rig.lead_state() == "new")


async def _away(*_: object) -> None:
    raise StoreAway("the cable is pulled")


async def test_outcomes_wait_in_the_outbox_and_dialing_stops_until_they_are_carried_over(rig: Rig) -> None:
    rig.add_lead(1)
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.store.is_away = True
        rig.hang_up(call)
        await until(rig.outbox.exists)
        await until(lambda: not rig.engine.journal.is_healthy)
        refusal = rig.engine.machine_refusal()
        assert refusal is not None and refusal.reason is RefusalReason.STORE_DOWN
        health = rig.watch.health()
        assert health["dialing"] is False and health["outbox"] > 0
        rig.store.is_away = False
        assert (await rig.closing(call)).result is DialResult.ANSWERED
        await until(lambda: not rig.outbox.exists() and rig.engine.machine_refusal() is None)
        assert [session.state for session in rig.store.sessions.values()] == [AgentState.WRAP_UP]
        await until(lambda: rig.watch.health()["outbox"] == 0)


async def test_another_dialer_on_the_node_ends_this_one(rig: Rig) -> None:
    rig = Rig(rig.outbox, lease_s=0.1)
    async with rig.running():
        await rig.store.acquire(NODE, "another", 60, lambda _: True)
        assert rig.ended is not None
        with pytest.raises(ExceptionGroup) as fault:
            async with asyncio.timeout(5):
                await rig.ended
        assert fault.group_contains(LeaseLost)


async def test_a_lease_that_cannot_be_renewed_for_want_of_a_store_stops_dialing_not_the_dialer(rig: Rig) -> None:
    rig = Rig(rig.outbox, lease_s=0.1)
    async with rig.running():
        rig.store.is_away = True
        await until(lambda: rig.engine.store_why)
        assert rig.engine.machine_refusal() is not None
        rig.store.is_away = False
        await until(lambda: rig.engine.machine_refusal() is None)
        assert rig.ended is not None and not rig.ended.done()


async def test_a_dialer_waits_for_a_node_that_is_held(rig: Rig) -> None:
    assert await rig.store.acquire(NODE, "another", 0.3, lambda _: False)
    rig.ended = asyncio.create_task(run(rig.engine, rig.watch, "me", lambda _: False, rig.stop))
    await until(lambda: rig.engine.lease)
    assert rig.engine.lease is not None and rig.engine.lease.token == 2
    rig.stop.leave_calls()
    await rig.ended


# -- the journal -----------------------------------------------------------------------------------------------------


def answers(count: int) -> list[Record]:
    return [AttemptAnswered(AttemptId(f"call-{n}"), datetime(2026, 11, 24, tzinfo=UTC)) for n in range(count)]


@dataclass
class Log(FlakyStore):
    """Remembers what was written, in its order."""

    written: list[Record] = field(default_factory=list)

    async def write(self, records: Sequence[Record]) -> None:
        self._reach()
        self.written += records


async def spooled(store: Log, file: Path, records: list[Record]) -> None:
    """The records go to the outbox because the store is away."""
    store.is_away = True
    journal = Journal(store, file)
    writer = asyncio.create_task(journal.run())
    for record in records:
        journal.put(record)
        await journal.flush(5)
    assert not journal.is_idle()
    writer.cancel()
    store.is_away = False


async def test_a_later_process_carries_the_outbox_over_in_order(tmp_path: Path) -> None:
    store, file = Log(), tmp_path / "outbox" / "journal.jsonl"
    await spooled(store, file, answers(3))
    journal = Journal(store, file)
    await journal.replay_now()
    assert store.written == answers(3) and not file.exists() and journal.is_idle()


async def test_what_comes_while_the_outbox_is_full_keeps_its_place(tmp_path: Path) -> None:
    store, file = Log(), tmp_path / "journal.jsonl"
    await spooled(store, file, answers(2))
    journal = Journal(store, file)
    tasks = [asyncio.create_task(journal.run())]
    journal.put(answers(3)[2])
    await journal.flush(5)
    assert store.written == [] and not journal.is_healthy
    tasks.append(asyncio.create_task(journal.retry()))
    await until(lambda: store.written == answers(3))
    await until(lambda: journal.is_healthy)
    for task in tasks:
        task.cancel()


NESTED = (  # a closing brace in the middle of the line
    b'{"attempt_id":"call-9","disposition":"sale","at":"2026-11-24T00:00:00Z","lead_next":{"state":"done",'
    b'"next_at":"2026-11-24T00:00:00Z","reason":"sale"},"on_dnc":false,"kind":"disposed"}'
)


async def test_a_last_line_torn_anywhere_costs_nothing_that_was_promised(tmp_path: Path) -> None:
    store, file = Log(), tmp_path / "journal.jsonl"
    await spooled(store, file, answers(1))
    [line] = file.read_bytes().splitlines(keepends=True)
    for cut in range(len(NESTED)):
        file.write_bytes(line + NESTED[:cut])
        store.written.clear()
        await Journal(store, file).replay_now()
        assert store.written[:1] == answers(1) and not file.exists()


async def test_an_outbox_that_cannot_be_carried_over_keeps_the_dialer_from_starting(tmp_path: Path) -> None:
    store, file = Log(), tmp_path / "journal.jsonl"
    await spooled(store, file, answers(1))
    store.is_away = True
    with pytest.raises(StoreAway):
        await Journal(store, file).replay_now()
    assert file.exists()


# -- the dialer ends and comes back ----------------------------------------------------------------------------------


async def test_a_shutdown_of_all_hangs_up_and_closes_every_call(rig: Rig) -> None:
    for n in (1, 2):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work("ann", "1001")
        await rig.agent_at_work("bob", "1002")
        await rig.dialed(2)
        rig.stop.end_calls()
        await until(lambda: len(rig.telephony.ordered("hang_up")) == 2)
        for call in rig.telephony.ordered("hang_up"):
            rig.hang_up(call)
        assert rig.ended is not None
        async with asyncio.timeout(5):
            await rig.ended
        assert {closed.reason for closed in rig.store.closings.values()} == {EndReason.OPERATOR}
        assert len(rig.store.closings) == 2


async def test_a_stop_in_the_moment_of_a_change_is_not_lost(rig: Rig) -> None:
    async with rig.running():
        await until(lambda: not rig.engine.wake.is_set())
        rig.engine.wake.set()
        rig.store.wake()
        rig.stop.leave_calls()
        assert rig.ended is not None
        async with asyncio.timeout(5):
            await rig.ended


async def test_a_quiet_stop_leaves_calls_to_the_next_dialer(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
    assert rig.telephony.ordered("hang_up") == [] and rig.store.closings == {}
    assert rig.store.attempts[call].connected_at is not None


async def remember(rig: Rig, agent_state: AgentState, *, answered: bool, connected: bool) -> AttemptId:
    """What an earlier dialer left in the store: an agent and one call."""
    lead, at = rig.add_lead(state=LeadState.CLAIMED), rig.now() - timedelta(seconds=30)
    lease = await rig.store.acquire(NODE, "earlier", 60, lambda _: True)
    assert lease is not None
    attempt = Attempt(
        id=AttemptId(new_id()),
        campaign_id=CAMPAIGN,
        lead_id=lead,
        number=number(1),
        mode=Mode.PROGRESSIVE,
        trunk="practice",
        caller_id="10010",
        ring_s=30,
        opened_at=at,
        answered_at=at if answered else None,
        connected_at=at if connected else None,
        session_id=SESSION if connected else None,
    )
    await rig.store.open_attempt(lease, attempt)
    held = attempt.id if agent_state in (AgentState.RESERVED, AgentState.ON_CALL) else None
    session = SessionChanged(
        SESSION, AgentId("ann"), NODE, "1001", CAMPAIGN, agent_state, None, held, at, at, ended_at=None
    )
    await rig.store.write([session])
    return attempt.id


PHONE = PhoneSeen(SESSION, 4, up=True)


@pytest.mark.parametrize("connected", [True, False])
async def test_a_call_found_talking_goes_on_after_a_crash(rig: Rig, connected: bool) -> None:
    state = AgentState.ON_CALL if connected else AgentState.RESERVED
    call = await remember(rig, state, answered=True, connected=connected)
    rig.see(ChannelSeen(call, up=True, bridge=SESSION), PHONE)
    async with rig.running():
        await until(lambda: rig.engine.floor.attempts[call].state.value == "connected")
        assert rig.engine.floor.agents[SESSION].phone_up
        assert rig.telephony.ordered("announce") == rig.telephony.ordered("call_phone") == []
        rig.hang_up(call)
        closed = await rig.closing(call)
        assert (closed.result, closed.abandoned) == (DialResult.ANSWERED, False)


async def test_a_customer_found_alone_after_a_crash_is_told_at_once(rig: Rig) -> None:
    call = await remember(rig, AgentState.READY, answered=False, connected=False)
    rig.see(ChannelSeen(call, up=True), PHONE)
    async with rig.running():
        await until(lambda: rig.telephony.ordered("announce") == [call])
        rig.hang_up(call)
        closed = await rig.closing(call)
        assert (closed.abandoned, closed.reason) == (True, EndReason.DIALER_RESTARTED)


async def test_a_call_gone_during_a_crash_is_closed_by_asterisks_record(rig: Rig) -> None:
    call = await remember(rig, AgentState.ON_CALL, answered=True, connected=True)
    rig.telephony.fates[call] = (ev.RecordingClosed(call, 90, 95), ev.Ended(call, DialResult.ANSWERED))
    rig.see(PHONE)
    async with rig.running():
        assert (await rig.closing(call)).result is DialResult.ANSWERED
        await until(lambda: rig.engine.floor.agents[SESSION].state is AgentState.WRAP_UP)
        assert rig.telephony.ordered("originate") == []


async def test_a_lead_that_a_dead_dialer_had_claimed_is_dialed_by_the_next(rig: Rig) -> None:
    rig.add_lead()
    earlier = await rig.store.acquire(NODE, "earlier", 60, lambda _: True)
    assert earlier is not None
    await rig.store.claim(earlier, CAMPAIGN, ANY, 1)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed()


async def test_health_counts_the_floor(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        await rig.talk()
        health = Watch(rig.engine, NODE, 60).health()
        assert (health["dialing"], health["why"], health["asterisk"]) == (True, [], True)
        await until(lambda: rig.watch.health()["trunks"] == {"practice": "online"})
        assert (health["calls"], health["agents"], health["phones_up"]) == ({"connected": 1}, {"on_call": 1}, 1)
