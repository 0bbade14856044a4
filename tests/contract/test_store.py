"""The promises of `dialer.ports.Store`, kept by the store in memory and by the one over PostgreSQL alike."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.calendar import CLOSED, WHOLE_DAY, Calendar
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.disposition import DEFAULT, Disposition, Meaning, Retry
from dialer.core.errors import LeaseLost
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.manners import Manners
from dialer.core.pauses import Pause
from dialer.core.records import (
    AttemptAnswered,
    AttemptClosed,
    AttemptConnected,
    AttemptDisposed,
    IncidentFound,
    IncidentOver,
    OptedOut,
    PauseBegan,
    PauseEnded,
    Record,
    RecordingFacts,
    SelfTested,
    SessionChanged,
)
from dialer.core.recycle import LeadNext, LeadState
from dialer.ports import Counted, EmergencyStop, Lease, PacingMoment
from tests.contract.world import World, due, new_id
from tests.unit.core.build import ANY

NODE = "node-1"
DAY = timedelta(days=1)
NUMBER = "+8613800138000"
NO = Refusal(RefusalReason.OUTSIDE_HOURS, "too early")
SESSION, AGENT = SessionId(new_id()), AgentId(new_id())


def alive(_holder: str) -> bool:
    return False


def dead(_holder: str) -> bool:
    return True


def number(n: int) -> str:
    return f"+86138{n:08}"


async def hold(world: World, name: str = NODE, is_dead: Callable[[str], bool] = dead) -> Lease:
    lease = await world.store.acquire(name, new_id(), 60, is_dead)
    assert lease is not None
    return lease


def make_attempt(campaign: CampaignId, lead: LeadId | None = None, **changes: object) -> Attempt:
    made = Attempt(
        id=AttemptId(new_id()),
        campaign_id=campaign,
        lead_id=lead,
        number=NUMBER,
        mode=Mode.PROGRESSIVE,
        trunk="practice",
        caller_id="10010",
        ring_s=30,
        opened_at=datetime.now(UTC),
        max_attempts=4,
        retry_after_s=900,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def opened(world: World, lead_state: str = "claimed") -> tuple[Attempt, LeadId]:
    campaign = await world.add_campaign()
    lead = await world.add_lead(campaign, NUMBER, state=lead_state)
    attempt = make_attempt(campaign, lead)
    await world.store.open_attempt(await hold(world), attempt)
    return attempt, lead


def closed(attempt: Attempt, **changes: object) -> AttemptClosed:
    now = datetime.now(UTC)
    made = AttemptClosed(
        attempt_id=attempt.id,
        lead_id=attempt.lead_id,
        at=now,
        result=DialResult.BUSY,
        reason=EndReason.NOT_ANSWERED,
        cause=17,
        tech_cause=486,
        abandoned=False,
        answered_at=None,
        connected_at=None,
        session_id=None,
        agent_id=None,
        lead_next=LeadNext(LeadState.ATTEMPTED, now + timedelta(hours=1), "not reached: busy"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def disposed(attempt: Attempt, code: str = "sale") -> AttemptDisposed:
    now = datetime.now(UTC)
    state = LeadState.BLOCKED if code == "dnc" else LeadState.DONE
    return AttemptDisposed(attempt.id, code, now, LeadNext(state, now, code), code == "dnc")


def session(campaign: CampaignId, **changes: object) -> SessionChanged:
    now = datetime.now(UTC)
    made = SessionChanged(
        session_id=SESSION,
        agent_id=AGENT,
        node=NODE,
        extension="1001",
        campaign_id=campaign,
        state=AgentState.READY,
        reason=None,
        attempt_id=None,
        state_at=now,
        started_at=now,
        ended_at=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# -- leases ------------------------------------------------------------------------------------------------------


async def test_a_free_lease_is_taken_and_a_held_one_is_not(world: World) -> None:
    first = await world.store.acquire(NODE, "one", 60, alive)
    assert first is not None
    assert await world.store.acquire(NODE, "two", 60, alive) is None
    assert await world.store.acquire("node-2", "two", 60, alive) is not None
    assert await world.store.renew(first, 60)


@pytest.mark.parametrize(("ttl_s", "holder", "is_dead"), [(0, "two", alive), (60, "two", dead), (60, "one", alive)])
async def test_an_expired_a_dead_mans_and_the_own_lease_are_taken_over_with_a_higher_token(
    world: World, ttl_s: float, holder: str, is_dead: Callable[[str], bool]
) -> None:
    first = await world.store.acquire(NODE, "one", ttl_s, alive)
    second = await world.store.acquire(NODE, holder, 60, is_dead)
    assert first is not None and second is not None and second.token > first.token
    assert not await world.store.renew(first, 60)
    assert await world.store.renew(second, 60)


async def test_a_renewed_lease_stays_held(world: World) -> None:
    lease = await world.store.acquire(NODE, "one", 0, alive)
    assert lease is not None and await world.store.renew(lease, 60)
    assert await world.store.acquire(NODE, "two", 60, alive) is None


async def test_of_many_who_want_it_one_gets_it(world: World) -> None:
    got = await asyncio.gather(*(world.store.acquire(NODE, f"holder {n}", 60, alive) for n in range(6)))
    assert sum(lease is not None for lease in got) == 1


async def test_nothing_is_done_under_a_lease_that_was_lost(world: World) -> None:
    campaign = await world.add_campaign()
    lead = await world.add_lead(campaign, NUMBER)
    old = await hold(world)
    await hold(world)
    with pytest.raises(LeaseLost):
        await world.store.claim(old, campaign, ANY, 1)
    with pytest.raises(LeaseLost):
        await world.store.claim_number(old, campaign, NUMBER)
    with pytest.raises(LeaseLost):
        await world.store.release_claims(old)
    with pytest.raises(LeaseLost):
        await world.store.open_attempt(old, make_attempt(campaign, lead))
    assert await world.store.open_attempts(NODE) == []
    assert (await world.lead(lead)).state == "new"


# -- leads -------------------------------------------------------------------------------------------------------


async def test_due_leads_are_claimed_longest_due_first_once(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    second = await world.add_lead(campaign, number(1), due_s=-10)
    first = await world.add_lead(campaign, number(2), due_s=-20)
    third = await world.add_lead(campaign, number(3), due_s=-5)
    await world.add_lead(campaign, number(4), due_s=60)
    await world.add_lead(await world.add_campaign(), number(1), due_s=-30)
    assert [lead.id for lead in await world.store.claim(lease, campaign, ANY, 2)] == [first, second]
    assert [lead.id for lead in await world.store.claim(lease, campaign, ANY, 9)] == [third]
    assert await world.store.claim(lease, campaign, ANY, 9) == []


@pytest.mark.parametrize("state", ["claimed", "done", "blocked"])
async def test_only_claimable_leads_are_claimed(world: World, state: str) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    await world.add_lead(campaign, NUMBER, state=state)
    assert await world.store.claim(lease, campaign, ANY, 9) == []


async def test_eight_claimers_of_four_hundred_leads_get_each_once(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    there = [await world.add_lead(campaign, number(n)) for n in range(400)]

    async def claimer() -> list[LeadId]:
        got: list[LeadId] = []
        while leads := await world.store.claim(lease, campaign, ANY, 7):
            got += [lead.id for lead in leads]
        return got

    got = await asyncio.gather(*(claimer() for _ in range(8)))
    assert sorted(lead for part in got for lead in part) == sorted(there)


async def test_a_claimed_lead_brings_what_the_gates_ask(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    await world.add_lead(campaign, NUMBER, consent=None)
    await world.add_dnc(NUMBER)
    dialed = [datetime.now(UTC) - timedelta(days=days) for days in (0.5, 20, 40)]
    for long_ago in dialed[::-1]:
        await world.store.open_attempt(lease, make_attempt(campaign, opened_at=long_ago))
    [lead] = await world.store.claim(lease, campaign, ANY, 1)
    assert (lead.facts.number, lead.facts.on_dnc, lead.facts.consent_basis) == (NUMBER, True, None)
    facts = lead.facts
    assert (facts.dialed_day, facts.dialed_30_days, facts.dialed_life, facts.attempts) == (1, 2, 3, 0)
    assert facts.dialed_at == tuple(dialed[:2])
    assert (facts.abandoned_at, facts.zone, facts.list_is_active) == (None, None, True)


async def test_a_lead_brings_its_place_its_list_and_when_a_customer_was_left_alone(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    off = await world.add_list(campaign, is_active=False)
    await world.add_lead(campaign, NUMBER, zone="Asia/Shanghai", of=off)
    attempt = make_attempt(campaign)
    await world.store.open_attempt(lease, attempt)
    ended = datetime.now(UTC)
    await world.store.write([closed(attempt, at=ended, abandoned=True)])
    [lead] = [await world.store.claim_number(lease, campaign, NUMBER)]
    assert lead is not None and lead.facts.consent_source and lead.facts.consent_basis and lead.facts.consent_proof
    assert (lead.facts.abandoned_at, lead.facts.zone, lead.facts.list_is_active) == (ended, "Asia/Shanghai", False)


async def test_do_not_call_holds_for_a_number_a_prefix_or_one_campaign(world: World) -> None:
    campaign, other, lease = await world.add_campaign(), await world.add_campaign(), await hold(world)
    stopped = ("+8613900000001", "+8617000000002", "+8613900000003")
    for each in (campaign, other):
        for number in (*stopped, "+8613900000004"):
            await world.add_lead(each, number)
    await world.add_dnc(stopped[0])
    await world.add_dnc_prefix("+86170")
    await world.add_dnc(stopped[2], campaign)

    async def found(of: CampaignId) -> list[str]:
        return sorted(each.facts.number for each in await world.store.claim(lease, of, ANY, 10) if each.facts.on_dnc)

    assert await found(campaign) == sorted(stopped)
    assert await found(other) == sorted(stopped[:2])


async def test_calendars_are_read_as_they_are_now_and_a_lead_says_whose_is_his(world: World) -> None:
    assert dict(await world.store.calendars()) == {}
    closed_on = {"day": "2027-02-06", "name": "春节", "windows": []}
    worked_on = {"day": "2027-02-14", "name": "调休", "windows": None}
    hours = {"usual": [["09:00:00", "12:00:00"]], "weekend": [], "days": [closed_on, worked_on]}
    await world.add_calendar("新疆", hours)
    known = await world.store.calendars()
    spans = ((time(9), time(12)),)
    days = {date(2027, 2, 6): CLOSED, date(2027, 2, 14): WHOLE_DAY}
    assert dict(known) == {"新疆": Calendar(spans, CLOSED, days)}
    assert (await world.store.calendars())["新疆"] is known["新疆"]
    await world.add_calendar("新疆", {"usual": None, "weekend": None, "days": []})
    await world.add_calendar("", {"usual": [], "weekend": None, "days": []})
    assert dict(await world.store.calendars()) == {"新疆": Calendar(), "": Calendar(CLOSED)}
    campaign = await world.add_campaign()
    lead_id = await world.add_lead(campaign, NUMBER)
    await world.place(lead_id, "新疆")
    [lead] = await world.store.claim(await hold(world), campaign, ANY, 1)
    assert lead.facts.region == "新疆"


async def test_a_lead_put_back_waits_with_its_reason(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    lead_id = await world.add_lead(campaign, NUMBER)
    [lead] = await world.store.claim(lease, campaign, ANY, 1)
    soon = datetime.now(UTC) + timedelta(minutes=10)
    await world.store.put_back(lead, NO, soon)
    assert await world.lead(lead_id) == ("new", "outside_hours", 0, soon)
    assert await world.store.claim(lease, campaign, ANY, 1) == []
    await world.store.put_back(lead, replace(NO, reason=RefusalReason.DNC), soon)
    assert (await world.lead(lead_id)).reason == "outside_hours"


async def test_a_number_that_was_issued_is_called_by_nobody_but_who_asks_for_it_and_goes_back_as_it_was(
    world: World,
) -> None:
    campaign, lease, agent = await world.add_campaign(issued_only=True), await hold(world), new_id()
    assert [each.issued_only for each in await world.store.campaigns()] == [True]
    lead_id = await world.add_lead(campaign, NUMBER, agent=agent)
    before = await world.lead(lead_id)
    assert await world.store.claim(lease, campaign, ANY, 5) == []
    lead = await world.store.claim_number(lease, campaign, NUMBER)
    assert lead is not None
    assert (lead.facts.holder, lead.facts.holder_id, lead.facts.promised_to) == ("agent", agent, None)
    await world.store.put_back(lead, replace(NO, reason=RefusalReason.NOT_ISSUED), None)
    assert await world.lead(lead_id) == before


async def test_a_lead_dialed_before_is_put_back_as_attempted(world: World) -> None:
    attempt, lead_id = await opened(world)
    await world.store.write([closed(attempt)])
    lead = await world.store.claim_number(await hold(world), attempt.campaign_id, NUMBER)
    assert lead is not None and lead.facts.attempts == 1
    await world.store.put_back(lead, NO, datetime.now(UTC))
    assert (await world.lead(lead_id)).state == "attempted"


@pytest.mark.parametrize("state", ["done", "blocked"])
async def test_a_finished_lead_that_an_agent_may_not_call_stays_finished(world: World, state: str) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    lead_id = await world.add_lead(campaign, NUMBER, state=state)
    lead = await world.store.claim_number(lease, campaign, NUMBER)
    assert lead is not None and (await world.lead(lead_id)).state == "claimed"
    await world.store.put_back(lead, NO, datetime.now(UTC))
    assert (await world.lead(lead_id)).state == state
    assert await world.store.claim(lease, campaign, ANY, 1) == []


async def test_an_agents_number_is_claimed_whatever_is_due_unless_taken_or_unknown(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    lead_id = await world.add_lead(campaign, NUMBER, due_s=3600)
    lead = await world.store.claim_number(lease, campaign, NUMBER)
    assert lead is not None and lead.id == lead_id
    assert await world.store.claim_number(lease, campaign, NUMBER) is None
    assert await world.store.claim_number(lease, campaign, number(7)) is None
    assert await world.store.claim_number(lease, await world.add_campaign(), NUMBER) is None


async def test_leads_left_claimed_by_a_dead_dialer_of_this_node_are_released(world: World) -> None:
    campaign, before = await world.add_campaign(), await hold(world)
    lost, dialed = [await world.add_lead(campaign, number(n), due_s=n - 9) for n in (1, 2)]
    await world.store.claim(before, campaign, ANY, 2)
    await world.store.open_attempt(before, make_attempt(campaign, dialed, number=number(2)))
    elsewhere = await hold(world, "node-2")
    others = await world.add_lead(campaign, number(3))
    await world.store.claim(elsewhere, campaign, ANY, 1)
    now = await hold(world)
    own = await world.add_lead(campaign, number(4))
    await world.store.claim(now, campaign, ANY, 1)
    await hold(world, "node-2")
    assert await world.store.release_claims(now) == 1
    states = [(await world.lead(lead)).state for lead in (lost, dialed, others, own)]
    assert states == ["new", "claimed", "claimed", "claimed"]


# -- calls -------------------------------------------------------------------------------------------------------


async def test_an_attempt_is_opened_with_its_intent(world: World) -> None:
    attempt, lead = await opened(world)
    assert await world.ledger_of(attempt.id) == ["intent"]
    assert (await world.lead(lead)).attempts == 1
    [kept] = await world.store.open_attempts(NODE)
    assert replace(kept, nth=attempt.nth) == attempt


async def test_a_call_written_twice_is_written_once(world: World) -> None:
    attempt, lead = await opened(world)
    at = attempt.opened_at + timedelta(seconds=5)
    later = at + timedelta(minutes=1)
    records: list[Record] = [
        AttemptAnswered(attempt.id, at),
        AttemptConnected(attempt.id, SESSION, AGENT, at),
        closed(attempt, result=DialResult.ANSWERED, lead_next=LeadNext(LeadState.DONE, later, "spoken to")),
        disposed(attempt),
    ]
    for record in records:
        await world.store.write([record, record])
    await world.store.write(records)
    await world.store.write([AttemptAnswered(attempt.id, later), closed(attempt), disposed(attempt, "dnc")])
    assert await world.ledger_of(attempt.id) == ["intent", "outcome", "disposed"]
    assert await world.store.open_attempts(NODE) == []
    assert ((await world.lead(lead)).state, (await world.lead(lead)).reason) == ("done", "sale")
    assert not await world.is_on_dnc(NUMBER)


async def test_what_was_learned_of_an_open_call_is_there_after_a_restart(world: World) -> None:
    attempt, _lead = await opened(world)
    at = attempt.opened_at + timedelta(seconds=5)
    later = at + timedelta(minutes=1)
    await world.store.write([AttemptAnswered(attempt.id, at), AttemptAnswered(attempt.id, later)])
    await world.store.write([AttemptConnected(attempt.id, SESSION, AGENT, at)])
    await world.store.write([AttemptConnected(attempt.id, SESSION, AGENT, later)])
    [kept] = await world.store.open_attempts(NODE)
    assert (kept.answered_at, kept.connected_at, kept.session_id, kept.agent_id) == (at, at, SESSION, AGENT)


async def test_what_comes_after_the_end_changes_nothing(world: World) -> None:
    attempt, lead = await opened(world)
    at = datetime.now(UTC)
    await world.store.write([closed(attempt), AttemptConnected(attempt.id, SESSION, AGENT, at)])
    await world.store.write([AttemptAnswered(attempt.id, at)])
    assert await world.store.open_attempts(NODE) == []
    assert (await world.lead(lead)).state == "attempted"


async def test_a_disposition_before_the_end_decides_over_the_lead(world: World) -> None:
    attempt, lead = await opened(world)
    await world.store.write([disposed(attempt, "refused")])
    await world.store.write([closed(attempt)])
    assert ((await world.lead(lead)).state, (await world.lead(lead)).reason) == ("done", "refused")
    assert await world.ledger_of(attempt.id) == ["intent", "disposed", "outcome"]


async def test_who_does_not_want_to_be_called_is_not(world: World) -> None:
    attempt, lead = await opened(world)
    await world.store.write([closed(attempt), disposed(attempt, "dnc"), disposed(attempt, "dnc")])
    assert await world.is_on_dnc(NUMBER)
    assert (await world.lead(lead)).state == "blocked"


async def test_who_pressed_the_opt_out_key_is_never_called_again(world: World) -> None:
    attempt, _ = await opened(world)
    pressed = OptedOut(attempt.id, datetime.now(UTC))
    await world.store.write([pressed, pressed, OptedOut(AttemptId(new_id()), datetime.now(UTC))])
    assert await world.is_on_dnc(NUMBER)


async def test_facts_of_a_call_that_was_never_opened_are_nothing(world: World) -> None:
    campaign = await world.add_campaign()
    lead = await world.add_lead(campaign, NUMBER)
    known, _ = await opened(world)
    unknown = make_attempt(campaign, lead)
    at = datetime.now(UTC)
    facts: list[Record] = [AttemptAnswered(unknown.id, at), AttemptConnected(unknown.id, SESSION, AGENT, at)]
    await world.store.write([*facts, closed(unknown), disposed(unknown, "dnc")])
    assert (await world.lead(lead)).state == "new" and not await world.is_on_dnc(NUMBER)
    assert await world.ledger_of(unknown.id) == []
    assert [attempt.id for attempt in await world.store.open_attempts(NODE)] == [known.id]


async def test_a_call_without_a_lead_is_kept_too(world: World) -> None:
    campaign = await world.add_campaign()
    attempt = make_attempt(campaign, None, mode=Mode.MANUAL, session_id=SESSION, agent_id=AGENT)
    await world.store.open_attempt(await hold(world), attempt)
    assert await world.store.open_attempts(NODE) == [attempt]
    await world.store.write([closed(attempt), disposed(attempt)])
    assert await world.ledger_of(attempt.id) == ["intent", "outcome", "disposed"]


async def test_a_node_sees_its_own_calls_only(world: World) -> None:
    attempt, _ = await opened(world)
    assert [found.id for found in await world.store.open_attempts(NODE)] == [attempt.id]
    assert await world.store.open_attempts("node-2") == []


# -- people and campaigns ----------------------------------------------------------------------------------------


async def test_every_campaign_that_is_not_stopped_is_read(world: World) -> None:
    kept = {await world.add_campaign(state): state for state in ("draft", "running", "paused", "draining")}
    await world.add_campaign("stopped")
    found = await world.store.campaigns()
    assert {campaign.id: campaign.state for campaign in found} == kept
    assert {campaign.wrap_up_s for campaign in found} == {45}


async def test_a_draining_campaign_is_stopped_when_its_last_call_on_any_node_has_ended(world: World) -> None:
    running, empty, busy = [await world.add_campaign(state) for state in ("running", "draining", "draining")]
    calls = [make_attempt(busy) for _ in range(2)]
    for call, node in zip(calls, (NODE, "node-2"), strict=True):
        await world.store.open_attempt(await hold(world, node), call)
    assert await world.store.end_drained() == [empty]
    assert await world.store.end_drained() == []
    await world.store.write([closed(calls[0])])
    assert await world.store.end_drained() == []
    await world.store.write([closed(calls[1])])
    assert await world.store.end_drained() == [busy]
    assert [campaign.id for campaign in await world.store.campaigns()] == [running]


async def test_an_emergency_stop_holds_until_it_is_lifted(world: World) -> None:
    assert await world.store.emergency_stop() is None
    await world.stop_everything("drain")
    assert await world.store.emergency_stop() == EmergencyStop("drain")
    await world.lift()
    assert await world.store.emergency_stop() is None


async def test_a_campaign_is_read_with_its_own_dispositions_else_with_the_usual_ones(world: World) -> None:
    plain, own = await world.add_campaign(), await world.add_campaign()
    busy = Disposition("busy", Meaning.NOT_REACHED, "占线", "Busy", Retry(120, None, other_number=True), hotkey="b")
    await world.choose_dispositions(own, (busy, DEFAULT[0]))
    read = {campaign.id: campaign for campaign in await world.store.campaigns()}
    assert (read[plain].dispositions, read[own].dispositions) == (DEFAULT, (busy, DEFAULT[0]))
    assert read[own].manners().dispositions == (busy, DEFAULT[0])


async def test_a_session_of_several_campaigns_has_the_wrap_up_of_the_call_in_hand(world: World) -> None:
    quick, slow = [await world.add_campaign(wrap_up_s=wrap_up_s) for wrap_up_s in (5, 45)]
    lax = await world.add_campaign(wrap_up_s=7, disposition_required=False)
    call = make_attempt(lax)
    await world.store.open_attempt(await hold(world), call)
    begun = session(slow, campaign_ids=(slow, quick, lax))
    await world.store.write([begun])
    [agent] = await world.store.open_sessions(NODE)
    assert (agent.campaign_ids, agent.wrap_up_s, agent.disposition_required) == ((slow, quick, lax), 45, True)
    await world.store.write([replace(begun, state=AgentState.WRAP_UP, attempt_id=call.id)])
    [agent] = await world.store.open_sessions(NODE)
    assert (agent.wrap_up_s, agent.disposition_required) == (7, False)


async def test_a_session_written_by_an_older_dialer_has_its_one_campaign(world: World) -> None:
    campaign = await world.add_campaign()
    await world.store.write([session(campaign)])
    [agent] = await world.store.open_sessions(NODE)
    assert agent.campaign_ids == (campaign,)


async def test_a_campaign_s_manners_are_read(world: World) -> None:
    await world.add_campaign(priority=90, wrap_up_s=5, disposition_required=False, closing_margin_s=60)
    [campaign] = await world.store.campaigns()
    assert (campaign.manners(), campaign.closing_margin_s) == (Manners(90, 5, False), 60)


async def test_a_session_is_read_back_as_it_is_until_it_ends(world: World) -> None:
    campaign = await world.add_campaign()
    call = AttemptId(new_id())
    begun = session(campaign)
    busy = replace(begun, state=AgentState.ON_CALL, attempt_id=call, state_at=begun.state_at + timedelta(seconds=3))
    await world.store.write([begun, begun, busy])
    [agent] = await world.store.open_sessions(NODE)
    assert (agent.session_id, agent.agent_id, agent.extension, agent.wrap_up_s) == (SESSION, AGENT, "1001", 45)
    assert (agent.state, agent.attempt_id, agent.state_at) == (AgentState.ON_CALL, call, busy.state_at)
    assert await world.store.open_sessions("node-2") == []
    await world.store.write([replace(busy, state=AgentState.LOGGED_OUT, ended_at=busy.state_at), busy])
    assert await world.store.open_sessions(NODE) == []


async def test_phones_have_their_passwords(world: World) -> None:
    await world.add_phone("1001", "one")
    await world.add_phone("1002", "two")
    assert await world.store.phone_secrets() == {"1001": "one", "1002": "two"}


# -- wishes and signs of life ------------------------------------------------------------------------------------


async def test_a_wish_is_taken_once_by_its_node_oldest_first_and_answered_once(world: World) -> None:
    first = await world.add_command(NODE, "call.hangup", {"call_id": "x"})
    second = await world.add_command(NODE, "session.end", {})
    await world.add_command("node-2", "session.end", {})
    taken = await world.store.take(NODE)
    assert [(row.id, row.kind, row.payload) for row in taken] == [
        (first, "call.hangup", {"call_id": "x"}),
        (second, "session.end", {}),
    ]
    assert await world.store.take(NODE) == []
    await world.store.answer(first, "refused", {"reason": "unknown_call"})
    await world.store.answer(first, "done", {})
    assert await world.answer_of(first) == ("refused", {"reason": "unknown_call"})
    assert await world.answer_of(second) is None
    assert len(await world.store.take("node-2")) == 1


async def test_the_last_sign_of_life_counts(world: World) -> None:
    await world.store.beat(NODE, {"dialing": False, "why": ["no recorder"]})
    await world.store.beat(NODE, {"dialing": True, "why": []})
    assert await world.health_of(NODE) == {"dialing": True, "why": []}


async def test_how_long_somebody_is_silent_is_known(world: World) -> None:
    assert await world.store.silent_s("worker:node-1") is None
    await world.store.beat("worker:node-1", {})
    silent_s = await world.store.silent_s("worker:node-1")
    assert silent_s is not None and 0 <= silent_s < 5


async def test_an_incident_is_opened_once_closed_once_and_both_are_in_the_ledger(world: World) -> None:
    attempt, _ = await opened(world)
    now = datetime.now(UTC)
    found = Incident(IncidentKind.RECORDER_STOPPED, attempt.id, now, "stopped", attempt.id, {"how": "stopped"})
    other = Incident(IncidentKind.WORKER_AWAY, NODE, now, "away")
    for _ in range(2):  # an outbox carried over twice
        await world.store.write([IncidentFound(found), IncidentFound(other)])
    assert await world.store.open_incidents({IncidentKind.RECORDER_STOPPED}) == [found]
    assert await world.store.open_incidents({IncidentKind.RECORDER_STOPPED, IncidentKind.WORKER_AWAY}) == [
        found,
        other,
    ]
    over = IncidentOver(found.kind, found.subject, now + timedelta(seconds=1), "a self-test passed")
    await world.store.write([over, over])
    await world.store.write([IncidentFound(found)])
    assert await world.store.open_incidents({IncidentKind.RECORDER_STOPPED}) == []
    assert await world.ledger_of(attempt.id) == ["intent", "incident_opened", "incident_closed"]
    later = replace(found, at=now + timedelta(seconds=2))
    await world.store.write([IncidentFound(later)])
    assert await world.store.open_incidents({IncidentKind.RECORDER_STOPPED}) == [later]


async def test_what_the_line_carried_is_kept_as_it_was_told_first(world: World) -> None:
    now = datetime.now(UTC)
    call = AttemptId(new_id())
    for rx in (604, 605):
        await world.store.write([RecordingFacts(call, now, rx, None)])
    assert await world.packets_of(call) == (604, None)


async def test_the_last_self_test_that_passed_is_remembered(world: World) -> None:
    now = datetime.now(UTC)
    assert await world.store.self_test_passed_s(NODE) is None
    passed = SelfTested(new_id(), NODE, now - timedelta(seconds=63), now - timedelta(seconds=60), "")
    for _ in range(2):
        await world.store.write([passed, SelfTested(new_id(), NODE, now, now, "no file")])
    passed_s = await world.store.self_test_passed_s(NODE)
    assert passed_s is not None and 59 < passed_s < 70
    assert await world.store.self_test_passed_s("node-2") is None


async def test_a_pause_is_open_until_it_ends_and_its_interval_is_in_the_ledger_once(world: World) -> None:
    attempt, _ = await opened(world)
    now = datetime.now(UTC)
    for _ in range(2):
        await world.store.write([PauseBegan(attempt.id, AGENT, now)])
    assert await world.store.open_pauses(NODE) == [Pause(attempt.id, AGENT, now)]
    assert await world.store.open_pauses("node-2") == []
    for _ in range(2):
        await world.store.write([PauseEnded(attempt.id, now, now + timedelta(seconds=9), "resumed")])
    assert await world.store.open_pauses(NODE) == []
    assert await world.ledger_of(attempt.id) == ["intent", "pause_interval"]


async def test_waiting_ends_in_time_or_when_something_was_written(world: World) -> None:
    await world.store.wait(0.01)
    async with asyncio.timeout(5):
        waiting = asyncio.create_task(world.store.wait(60))
        await asyncio.sleep(0)
        while not waiting.done():
            await world.wake()
            await asyncio.wait([waiting], timeout=0.05)


async def test_people_of_automatic_calls_are_counted_once_their_fate_is_known(world: World) -> None:
    began = datetime.now(UTC)
    lease, campaign = await hold(world), await world.add_campaign()
    calls = [make_attempt(campaign) for _ in range(4)]
    by_hand, yesterday = make_attempt(campaign, mode=Mode.MANUAL), make_attempt(campaign, opened_at=began - DAY)
    for attempt in (*calls, by_hand, yesterday):
        await world.store.open_attempt(lease, attempt)
    talk, lost, waits, never = calls
    answered = [AttemptAnswered(each.id, due(0)) for each in (talk, lost, waits, by_hand, yesterday)]
    await world.store.write([*answered, AttemptConnected(talk.id, SESSION, AGENT, due(0))])
    await world.store.write([closed(each, answered_at=due(0), abandoned=True) for each in (lost, yesterday)])
    await world.store.write([closed(never), closed(by_hand, answered_at=due(0))])
    since = began - timedelta(hours=1)
    assert await world.store.counted({campaign: since}) == {campaign: Counted(2, 1)}
    assert await world.store.counted({}) == {}


async def test_the_newest_moment_of_a_campaign_stands_and_kept_ones_may_come_twice(world: World) -> None:
    campaign = await world.add_campaign()
    first, second = (PacingMoment(campaign, due(n), {"lines": n}) for n in (0, 1))
    await world.store.note_pacing(NODE, [first], [first])
    await world.store.note_pacing(NODE, [second], [])
    assert await world.paced(campaign) == {"lines": 1}
