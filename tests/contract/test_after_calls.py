"""What comes after a call, kept by both stores alike: calls that were promised, and a person's other numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, Mode
from dialer.core.callbacks import Promise
from dialer.core.disposition import Meaning
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId
from dialer.core.records import AttemptDisposed
from dialer.core.recycle import LeadNext, LeadState, Others
from dialer.ports import LastCall
from tests.contract.test_store import AGENT, NO, NUMBER, closed, hold, make_attempt, number, opened, session
from tests.contract.world import Seen, World, new_id
from tests.unit.core.build import ANY


async def promised(
    world: World, agent: AgentId | None, in_s: float = -1, due: int = 0
) -> tuple[CampaignId, LeadId, Attempt]:
    """A call after which another was promised, and so many other leads that are due."""
    attempt, lead = await opened(world)
    for n in range(due):
        await world.add_lead(attempt.campaign_id, number(n + 1), due_s=-60)
    await promise(world, attempt, agent, in_s)
    return attempt.campaign_id, lead, attempt


async def promise(world: World, attempt: Attempt, agent: AgentId | None, in_s: float = -1) -> None:
    """The call ends, and another is promised."""
    now = datetime.now(UTC)
    at = now + timedelta(seconds=in_s)
    made, after = Promise(at, agent, "asks for the tariff"), LeadNext(LeadState.CALLBACK, at, "callback")
    said = AttemptDisposed(attempt.id, "callback", now, after, False, Meaning.CALLBACK, made)
    await world.store.write([closed(attempt, connected_at=now), said, said])


async def test_the_team_s_callback_is_claimed_before_every_other_lead_and_not_before_its_time(world: World) -> None:
    campaign, lead, _ = await promised(world, None, due=2)
    other, later_one, _ = await promised(world, None, in_s=60)
    lease = await hold(world)
    claimed = await world.store.claim(lease, campaign, ANY, 2)
    assert (claimed[0].id, claimed[0].state) == (lead, LeadState.CALLBACK)
    assert len(claimed) == 2
    assert await world.store.claim(lease, other, ANY, 5) == []
    assert (await world.lead(later_one)).state == "callback"


async def test_an_agent_s_own_callback_is_his_alone(world: World) -> None:
    campaign, lead, _ = await promised(world, AGENT)
    lease = await hold(world)
    assert await world.store.claim(lease, campaign, ANY, 5) == []
    assert await world.store.promised_agents([campaign]) == {AGENT}
    assert await world.store.promised_agents([await world.add_campaign()]) == frozenset()
    assert await world.store.claim_callback(lease, AgentId(new_id()), [campaign]) is None
    got = await world.store.claim_callback(lease, AGENT, [campaign])
    assert got is not None and got.id == lead
    assert await world.store.promised_agents([campaign]) == frozenset()


async def test_whose_callback_it_is_stands_in_its_facts(world: World) -> None:
    campaign, _, attempt = await promised(world, AGENT, in_s=600)
    lead = await world.store.claim_number(await hold(world), campaign, attempt.number)
    assert lead is not None and lead.facts.promised_to == AGENT


async def test_a_number_that_is_to_be_called_again_after_a_talk_is_due_again(world: World) -> None:
    attempt, _ = await opened(world)
    now = datetime.now(UTC)
    again = LeadNext(LeadState.ATTEMPTED, now - timedelta(seconds=1), "no_voice")
    said = AttemptDisposed(attempt.id, "no_voice", now, again, False, Meaning.NO_VOICE)
    await world.store.write([closed(attempt, connected_at=now), said])
    assert [lead.id for lead in await world.store.claim(await hold(world), attempt.campaign_id, ANY, 5)] == [
        attempt.lead_id
    ]


async def test_a_callback_that_a_gate_refuses_or_a_dead_dialer_had_stays_one(world: World) -> None:
    campaign, lead, _ = await promised(world, AGENT)
    lease = await hold(world)
    got = await world.store.claim_callback(lease, AGENT, [campaign])
    assert got is not None
    await world.store.put_back(got, NO, datetime.now(UTC) - timedelta(seconds=1))
    assert (await world.lead(lead)).state == "callback"
    assert await world.store.claim_callback(lease, AGENT, [campaign]) is not None
    assert await world.store.release_claims(await hold(world)) == 1
    assert (await world.lead(lead)).state == "callback"


@pytest.mark.parametrize(
    ("after", "state", "waits"),
    [(LeadState.DONE, "done", False), (LeadState.BLOCKED, "blocked", False), (LeadState.ATTEMPTED, "callback", True)],
)
async def test_a_callback_is_kept_by_a_call_that_ends_it_and_waits_on_after_one_that_does_not(
    world: World, after: LeadState, state: str, waits: bool
) -> None:
    campaign, lead, _ = await promised(world, AGENT)
    lease = await hold(world)
    await world.store.claim_callback(lease, AGENT, [campaign])
    attempt = make_attempt(campaign, lead)
    await world.store.open_attempt(lease, attempt)
    before = datetime.now(UTC) - timedelta(seconds=1)
    await world.store.write([closed(attempt, lead_next=LeadNext(after, before, "busy"))])
    assert (await world.lead(lead)).state == state
    assert bool(await world.store.promised_agents([campaign])) is waits


async def test_another_promise_takes_the_place_of_the_first(world: World) -> None:
    campaign, lead, _ = await promised(world, AGENT)
    lease = await hold(world)
    await world.store.claim_callback(lease, AGENT, [campaign])
    attempt = make_attempt(campaign, lead)
    await world.store.open_attempt(lease, attempt)
    now = datetime.now(UTC)
    at = now + timedelta(hours=1)
    again = LeadNext(LeadState.CALLBACK, at, "callback")
    said = AttemptDisposed(attempt.id, "callback", now, again, False, Meaning.CALLBACK, Promise(at, AGENT))
    await world.store.write([closed(attempt, connected_at=now), said])
    assert await world.store.promised_agents([campaign]) == frozenset()
    assert (await world.lead(lead)).next_at == at


@pytest.mark.parametrize(
    ("state", "since_s", "is_away"),
    [
        (None, 0, True),
        (AgentState.PAUSED, 100, True),
        (AgentState.PAUSED, 5, False),
        (AgentState.ON_CALL, 100, False),
    ],
)
async def test_what_an_absent_agent_promised_goes_to_the_team(
    world: World, state: AgentState | None, since_s: float, is_away: bool
) -> None:
    campaign, lead, _ = await promised(world, AGENT, in_s=-100)
    if state is not None:
        at = datetime.now(UTC) - timedelta(seconds=since_s)
        await world.store.write([session(campaign, state=state, state_at=at)])
    assert await world.store.tend_callbacks(0, 200) == 0  # not overdue for so long yet
    assert await world.store.tend_callbacks(0, 30) == int(is_away)
    claimed = await world.store.claim(await hold(world), campaign, ANY, 1)
    assert [each.id for each in claimed] == ([lead] if is_away else [])


async def spares(world: World, others: Others, state: LeadState = LeadState.ATTEMPTED) -> list[Seen]:
    """A person's number called, two spare ones, one of another person, and one of the person in another campaign."""
    campaign, elsewhere, person = await world.add_campaign(), await world.add_campaign(), new_id()
    first = await world.add_lead(campaign, number(1), state="claimed", person=person)
    more = [await world.add_lead(campaign, number(n), state="waiting", person=person) for n in (2, 3)]
    more.append(await world.add_lead(campaign, number(4), state="waiting", person=new_id()))
    more.append(await world.add_lead(elsewhere, number(5), state="waiting", person=person))
    attempt = make_attempt(campaign, first)
    await world.store.open_attempt(await hold(world), attempt)
    after = LeadNext(state, datetime.now(UTC) + timedelta(hours=1), "busy", others)
    await world.store.write([closed(attempt, lead_next=after), closed(attempt, lead_next=after)])
    return [await world.lead(lead) for lead in (first, *more)]


async def test_another_number_of_the_person_is_tried_instead_after_the_rest(world: World) -> None:
    first, second, *others = await spares(world, Others.NEXT)
    assert (first.state, second.state, second.reason) == ("waiting", "new", "busy")
    assert second.next_at > datetime.now(UTC) + timedelta(minutes=50)
    assert [seen.state for seen in others] == ["waiting"] * 3


async def test_a_number_that_is_over_gives_way_to_another_of_the_person(world: World) -> None:
    first, second, *_ = await spares(world, Others.NEXT, LeadState.BLOCKED)
    assert (first.state, second.state) == ("blocked", "new")


async def test_who_was_spoken_to_is_called_on_no_other_number_of_the_campaign(world: World) -> None:
    seen = await spares(world, Others.CLOSE, LeadState.DONE)
    assert [each.state for each in seen] == ["done", "done", "done", "waiting", "waiting"]


async def test_other_numbers_stay_as_they_are_when_nothing_is_said_of_them(world: World) -> None:
    assert [each.state for each in await spares(world, Others.KEEP)] == ["attempted", *["waiting"] * 4]


async def test_a_number_that_a_call_took_from_an_agent_is_his_again_while_that_call_is_dialed_anew(
    world: World,
) -> None:
    agent, campaign, lease = AgentId(new_id()), await world.add_campaign(), await hold(world)
    assert await world.store.last_call(agent) is None
    lead_id = await world.add_lead(campaign, NUMBER, agent=agent)
    first = make_attempt(campaign, lead_id, mode=Mode.MANUAL, agent_id=agent)
    await world.store.open_attempt(lease, first)
    over = LeadNext(LeadState.DONE, datetime.now(UTC), "spoken to")
    await world.store.write([closed(first, lead_next=over, agent_id=agent)])
    assert await world.store.last_call(agent) == LastCall(first.id, campaign, NUMBER)

    async def holder(redials: AttemptId | None) -> tuple[str, str | None]:
        lead = await world.store.claim_number(lease, campaign, NUMBER, redials)
        assert lead is not None and lead.state is LeadState.DONE
        await world.store.put_back(lead, NO, None)
        return lead.facts.holder, lead.facts.holder_id

    assert await holder(None) == ("used", None)
    assert await holder(AttemptId(new_id())) == ("used", None)
    assert await holder(first.id) == ("agent", agent)
    assert await holder(None) == ("used", None)

    assert await world.store.claim_number(lease, campaign, NUMBER, first.id) is not None
    again = make_attempt(campaign, lead_id, mode=Mode.MANUAL, agent_id=agent, redials=first.id)
    await world.store.open_attempt(lease, again)
    said = AttemptDisposed(first.id, "redialed", datetime.now(UTC), None, False, Meaning.CONTACT)
    await world.store.write([said])
    assert (await world.lead(lead_id)).state == "claimed"
    assert await world.ledger_of(first.id) == ["intent", "outcome", "disposed"]
    rest = LeadNext(LeadState.ATTEMPTED, datetime.now(UTC), "busy")
    await world.store.write([closed(again, lead_next=rest, agent_id=agent)])
    lead = await world.store.claim_number(lease, campaign, NUMBER)
    assert lead is not None and (lead.facts.holder, lead.facts.holder_id) == ("agent", agent)
    assert await world.store.last_call(agent) == LastCall(again.id, campaign, NUMBER)


async def test_what_an_agent_holds_goes_when_it_is_over_and_comes_back_with_another_word(world: World) -> None:
    agent, campaign, lease = AgentId(new_id()), await world.add_campaign(), await hold(world)
    for whose in (agent, None):
        called = number(7 if whose else 8)
        lead_id = await world.add_lead(campaign, called, agent=whose)
        call = make_attempt(campaign, lead_id, number=called, mode=Mode.MANUAL, agent_id=agent)
        await world.store.open_attempt(lease, call)
        over = LeadNext(LeadState.DONE, datetime.now(UTC), "spoken to")
        again = LeadNext(LeadState.ATTEMPTED, datetime.now(UTC), "no_voice")
        said = AttemptDisposed(call.id, "no_voice", datetime.now(UTC), again, False, Meaning.NO_VOICE)
        await world.store.write([closed(call, lead_next=over, agent_id=agent), said])
        lead = await world.store.claim_number(lease, campaign, called)
        assert lead is not None
        assert (lead.facts.holder, lead.facts.holder_id) == (("agent", agent) if whose else ("stock", None))
