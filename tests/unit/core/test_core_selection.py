"""Which leads next: lists by priority and weight, fresh against retried, the place that closes soonest."""

from collections import Counter
from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.calendar import Places
from dialer.core.compliance import hours_gate, open_places, window_gate
from dialer.core.ids import LeadId, ListId
from dialer.core.presets import CN, UK, US
from dialer.core.recycle import LeadState
from dialer.core.selection import OF_NO_LIST, Choice, LeadList, LeadView, due_leads, shelves
from tests.unit.core.build import ANY, ANYWHERE, CAMPAIGN, NOW, later, make_facts, make_rules

A, B = ListId("a"), ListId("b")
NEW, RETRIED = LeadState.NEW, LeadState.ATTEMPTED
STATES = st.sampled_from(list(LeadState))
ZONES = st.sampled_from([None, "east", "west", "nowhere"])
LISTS = st.sampled_from([None, A, B, ListId("off")])


def view(name: str, state: LeadState = NEW, due_s: float = -5, **more: object) -> LeadView:
    return LeadView(LeadId(name), CAMPAIGN, state, later(due_s), **more)  # type: ignore[arg-type]


def turns(count: int, start: int = 0, fresh_pct: int = 70, places: Places = ANYWHERE) -> list[Choice]:
    return [Choice(turn, places, fresh_pct) for turn in range(start, start + count)]


def first(choice: Choice, lists: list[LeadList], leads: list[LeadView]) -> LeadView:
    [found] = due_leads(leads, lists, choice, NOW, 1)
    return next(lead for lead in leads if lead.id == found)


def test_on_a_shelf_the_longest_due_comes_first_and_only_claimable_ones() -> None:
    others = [view(state.value, state, -9) for state in LeadState if state not in (NEW, RETRIED)]
    leads = [view("b"), view("a"), view("oldest", due_s=-9), view("not due", due_s=1), *others]
    assert due_leads(leads, [OF_NO_LIST], ANY, NOW, 9) == ["oldest", "a", "b"]
    assert due_leads(leads, [OF_NO_LIST], ANY, NOW, 2) == ["oldest", "a"]


@given(st.integers(0, 2**40), st.integers(0, 100))
def test_of_any_hundred_claims_in_a_row_so_many_are_fresh_as_the_campaign_says(start: int, fresh_pct: int) -> None:
    leads = [view("fresh"), view("retried", RETRIED, -99)]
    found = [first(choice, [OF_NO_LIST], leads).state for choice in turns(100, start, fresh_pct)]
    assert abs(found.count(NEW) - fresh_pct) <= 2


def test_where_one_kind_is_missing_the_other_is_dialed() -> None:
    for choice in turns(20):
        assert due_leads([view("retried", RETRIED)], [OF_NO_LIST], choice, NOW, 1) == ["retried"]


@given(st.integers(0, 2**40))
def test_a_list_of_higher_priority_is_dialed_before_every_other(start: int) -> None:
    lists = [LeadList(A, priority=60, weight=1), LeadList(B, priority=50, weight=100)]
    leads = [view("b", list_id=B, due_s=-99), view("fresh", list_id=A), view("retried", RETRIED, list_id=A)]
    for choice in turns(20, start):
        assert due_leads(leads, lists, choice, NOW, 9)[2:] == ["b"]


@given(st.integers(0, 2**40), st.lists(st.integers(1, 100), min_size=2, max_size=5), st.data())
def test_lists_of_one_priority_share_by_weight_also_when_one_of_them_is_empty(
    start: int, weights: list[int], data: st.DataObject
) -> None:
    lists = [LeadList(ListId(str(n)), weight=weight) for n, weight in enumerate(weights)]
    there = data.draw(st.sets(st.sampled_from([each.id for each in lists]), min_size=1))
    leads = [view(f"lead of {list_id}", list_id=list_id) for list_id in there]
    found = Counter(first(choice, lists, leads).list_id for choice in turns(300, start))
    total = sum(each.weight for each in lists if each.id in there)
    for each in lists:
        share = each.weight / total if each.id in there else 0
        assert abs(found[each.id] / 300 - share) < 0.15  # over five times what chance would vary


def test_a_list_that_is_off_is_not_dialed() -> None:
    leads = [view("off", list_id=A), view("on", list_id=B)]
    assert due_leads(leads, [LeadList(B)], ANY, NOW, 9) == ["on"]


def test_the_place_that_closes_soonest_is_dialed_first_and_a_closed_one_not_at_all() -> None:
    places = Places({"east": later(600), "west": later(9000), "south": None}, elsewhere=later(300))
    leads = [view(zone, zone=zone, due_s=-n) for n, zone in enumerate(("east", "west", "south", "mars"))]
    assert due_leads(leads, [OF_NO_LIST], Choice(1, places), NOW, 9) == ["mars", "east", "west"]
    nobody = Places({"east": None}, elsewhere=None)
    assert due_leads([view("a"), view("b", zone="east")], [OF_NO_LIST], Choice(1, nobody), NOW, 9) == []


def test_places_that_close_together_are_dialed_in_turns() -> None:
    leads = [view("known", zone="Asia/Shanghai", due_s=-99), view("not known")]
    found = Counter(first(choice, [OF_NO_LIST], leads).id for choice in turns(200))
    assert min(found.values()) > 60 and len(found) == 2


@given(
    st.lists(st.tuples(STATES, LISTS, ZONES, st.integers(-50, 50)), max_size=12),
    st.integers(0, 2**64),
    st.integers(0, 100),
    st.integers(0, 15),
)
def test_a_claim_takes_every_lead_that_may_be_dialed_once_and_no_other(
    rows: list[tuple[LeadState, ListId | None, str | None, int]], turn: int, fresh_pct: int, limit: int
) -> None:
    places = Places({"east": later(60), "west": None}, elsewhere=later(90))
    leads = [view(str(n), state, at, list_id=of, zone=zone) for n, (state, of, zone, at) in enumerate(rows)]
    lists = [OF_NO_LIST, LeadList(A, priority=70), LeadList(B)]
    may = {
        lead.id
        for lead in leads
        if lead.state in (NEW, RETRIED) and lead.next_at <= NOW and lead.list_id != "off" and lead.zone != "west"
    }
    choice = Choice(turn, places, fresh_pct)
    found = due_leads(leads, lists, choice, NOW, limit)
    assert len(found) == min(limit, len(may)) and set(found) <= may and len(set(found)) == len(found)
    assert due_leads(leads[::-1], lists[::-1], choice, NOW, limit) == found
    assert len(shelves(lists, {None, "east", "west"}, choice)) == 3 * 2 * 2


@given(st.sampled_from([CN, US, UK]), st.integers(0, 7 * 86_400), st.integers(0, 3600))
def test_a_place_is_open_for_selection_exactly_when_the_gate_of_hours_is(preset, second, margin_s) -> None:  # type: ignore[no-untyped-def]
    rules = make_rules(zone=preset.zones[0], preset=preset, closing_margin_s=margin_s, closes_at=time(21, 30))
    now: datetime = NOW + timedelta(seconds=second)
    places = open_places(rules, now)
    for zone in (None, "Mars/Olympus", *preset.zones):
        refusal = hours_gate(make_facts(zone=zone), rules, now)
        assert (places.closing(zone) is None) is (refusal is not None)
    assert (window_gate(rules, now) is None) is any(places.closing(zone) for zone in preset.zones)


def test_a_campaign_goes_on_where_it_is_earlier_and_waits_for_the_first_place_that_opens() -> None:
    rules = make_rules(zone="America/New_York", preset=US, opens_at=time(9), closes_at=time(21))
    nine_pm_there = datetime(2026, 11, 25, 2, tzinfo=NOW.tzinfo)
    assert window_gate(rules, nine_pm_there) is None  # it is six in Los Angeles
    refusal = window_gate(rules, nine_pm_there + timedelta(hours=6))
    assert refusal is not None and refusal.again_at == datetime(2026, 11, 25, 13, tzinfo=NOW.tzinfo)  # Puerto Rico
