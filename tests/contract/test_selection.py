"""A claim's order, kept by both stores as `dialer.core.selection` says it."""

import pytest

from dialer.core.calendar import Places
from dialer.core.ids import LeadId
from dialer.core.recycle import LeadState
from dialer.core.selection import OF_NO_LIST, Choice, LeadList, LeadView, due_leads
from tests.contract.test_after_calls import promise
from tests.contract.test_store import AGENT, NUMBER, hold, make_attempt, number
from tests.contract.world import World, due
from tests.unit.core.build import ANY

EAST, WEST = "America/New_York", "America/Los_Angeles"


async def test_leads_are_claimed_in_the_order_that_the_core_says(world: World) -> None:
    """Every kind of shelf, two leads on each, claimed one by one and by fives."""
    campaign, lease = await world.add_campaign(), await hold(world)
    lists = [await world.add_list(campaign, priority=80)]
    lists += [await world.add_list(campaign, weight=weight) for weight in (10, 90)]
    off = await world.add_list(campaign, priority=100, is_active=False)
    left: dict[LeadId, LeadView] = {}
    for n, of in enumerate([None, *lists, off] * 2):
        for m, zone in enumerate((None, EAST, WEST, "nowhere")):
            for state in (LeadState.NEW, LeadState.ATTEMPTED):
                due_s = -10.0 * ((n * 7 + m * 3) % 5) - 5
                called = number(n * 100 + m * 10 + (state is LeadState.NEW))
                lead = await world.add_lead(campaign, called, state=state.value, due_s=due_s, of=of, zone=zone)
                left[lead] = LeadView(lead, campaign, state, (await world.lead(lead)).next_at, of, zone)
    about = [OF_NO_LIST, LeadList(lists[0], 80), LeadList(lists[1], weight=10), LeadList(lists[2], weight=90)]
    places = Places({EAST: due(600), WEST: due(900), "Pacific/Honolulu": due(1200)}, elsewhere=due(300))
    for turn in range(40):
        choice, limit = Choice(turn, places, fresh_pct=60), 1 if turn < 30 else 5
        wanted = due_leads(left.values(), about, choice, due(0), limit)
        claimed = [lead.id for lead in await world.store.claim(lease, campaign, choice, limit)]
        assert claimed == wanted
        left = {key: value for key, value in left.items() if key not in claimed}
    assert {lead.list_id for lead in left.values()} == {off}


async def test_a_list_that_is_off_waits_and_is_claimed_once_it_is_on(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    of = await world.add_list(campaign, is_active=False)
    lead = await world.add_lead(campaign, NUMBER, of=of)
    assert await world.store.claim(lease, campaign, ANY, 5) == []
    seen = await world.lead(lead)
    assert (seen.state, seen.reason) == ("new", None)
    await world.switch(of, is_active=True)
    [claimed] = await world.store.claim(lease, campaign, ANY, 5)
    assert claimed.id == lead and claimed.facts.list_is_active


async def test_a_place_that_is_closed_is_not_claimed_and_waits_untouched(world: World) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    there, elsewhere = await world.add_lead(campaign, number(1), zone=WEST), await world.add_lead(campaign, number(2))
    closed = Choice(1, Places({WEST: None}, elsewhere=None))
    assert await world.store.claim(lease, campaign, closed, 5) == []
    assert {(await world.lead(each)).state for each in (there, elsewhere)} == {"new"}
    known = Choice(1, Places({WEST: due(600)}, elsewhere=None))
    assert [lead.id for lead in await world.store.claim(lease, campaign, known, 5)] == [there]


@pytest.mark.parametrize("agent", [None, AGENT])
async def test_a_callback_comes_before_every_list_and_waits_while_its_own_list_is_off(
    world: World, agent: str | None
) -> None:
    campaign, lease = await world.add_campaign(), await hold(world)
    of = await world.add_list(campaign, priority=1, is_active=False)
    lead = await world.add_lead(campaign, NUMBER, state="claimed", of=of)
    attempt = make_attempt(campaign, lead)
    await world.store.open_attempt(lease, attempt)
    await promise(world, attempt, AGENT if agent else None)
    await world.add_lead(campaign, number(1), of=await world.add_list(campaign, priority=100), due_s=-999)
    assert await world.store.promised_agents([campaign]) == frozenset()
    assert await world.store.claim_callback(lease, AGENT, [campaign]) is None
    await world.switch(of, is_active=True)
    his = await world.store.claim_callback(lease, AGENT, [campaign])
    first = his or (await world.store.claim(lease, campaign, ANY, 2))[0]
    assert (his is None) is (agent is None)
    assert first.id == lead and first.state is LeadState.CALLBACK
