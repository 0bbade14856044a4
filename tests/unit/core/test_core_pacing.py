"""Lines for each campaign: one for each free agent, the highest priority first, and nobody counted twice."""

from collections.abc import Mapping
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.ids import CampaignId, SessionId
from dialer.core.pacing import Pacing, PacingReason, Wanting, allot, covered
from tests.unit.core.build import CAMPAIGN, session_id

HIGH, LOW = CampaignId("high"), CampaignId("low")
TRUNK = "practice"
R = PacingReason


def works(*agents: tuple[CampaignId, ...]) -> dict[SessionId, tuple[CampaignId, ...]]:
    return {session_id(n): campaigns for n, campaigns in enumerate(agents)}


def wanting(campaign: CampaignId, priority: int = 50, is_dry: bool = False, trunk: str = TRUNK) -> Wanting:
    return Wanting(campaign, priority, trunk, is_dry)


def counts(done: Mapping[CampaignId, Pacing]) -> dict[CampaignId, int]:
    return {campaign: pacing.count for campaign, pacing in done.items()}


@pytest.mark.parametrize(
    ("available", "in_flight", "free", "is_dry", "count", "reason"),
    [
        (0, 0, 9, False, 0, R.NO_AGENT_READY),
        (2, 2, 9, False, 0, R.LINES_IN_FLIGHT),
        (2, 3, 9, False, 0, R.LINES_IN_FLIGHT),
        (5, 1, 3, False, 3, R.TRUNK_CHANNELS),
        (5, 1, 0, False, 0, R.TRUNK_CHANNELS),
        (5, 1, -4, False, 0, R.TRUNK_CHANNELS),
        (5, 1, 4, False, 4, R.ONE_PER_AGENT),
        (5, 1, 4, True, 0, R.NOTHING_DUE),
    ],
)
def test_one_campaign_gets_a_line_for_each_free_agent(
    available: int, in_flight: int, free: int, is_dry: bool, count: int, reason: PacingReason
) -> None:
    done = allot(
        works(*[(CAMPAIGN,)] * available), {CAMPAIGN: in_flight}, [wanting(CAMPAIGN, is_dry=is_dry)], {TRUNK: free}
    )
    assert (done[CAMPAIGN].count, done[CAMPAIGN].reason) == (count, reason)
    assert done[CAMPAIGN].facts.available == available


def test_the_higher_priority_gets_the_shared_agents() -> None:
    done = allot(works((LOW, HIGH), (LOW, HIGH)), {}, [wanting(LOW, 10), wanting(HIGH, 90)], {TRUNK: 9})
    assert counts(done) == {HIGH: 2, LOW: 0}
    assert done[LOW].reason is R.AGENTS_SHARED


def test_a_dry_campaign_passes_its_agents_on() -> None:
    wants = [wanting(LOW, 10), wanting(HIGH, 90, is_dry=True)]
    done = allot(works((LOW, HIGH), (LOW, HIGH)), {}, wants, {TRUNK: 9})
    assert counts(done) == {HIGH: 0, LOW: 2}
    assert done[HIGH].reason is R.NOTHING_DUE


def test_a_shared_agent_is_moved_so_that_each_line_has_one() -> None:
    agents = works((LOW, HIGH), (HIGH,))
    assert counts(allot(agents, {HIGH: 1}, [wanting(LOW, 10)], {TRUNK: 9})) == {LOW: 1}
    assert counts(allot(agents, {LOW: 1}, [wanting(HIGH, 90)], {TRUNK: 9})) == {HIGH: 1}


def test_a_line_in_the_air_keeps_its_agent_against_any_priority() -> None:
    done = allot(works((LOW, HIGH)), {LOW: 1}, [wanting(HIGH, 90)], {TRUNK: 9})
    assert (done[HIGH].count, done[HIGH].reason) == (0, R.AGENTS_SHARED)


def test_a_trunk_is_shared_by_its_campaigns_and_no_other() -> None:
    wants = [wanting(HIGH, 90), wanting(LOW, 10), wanting(CAMPAIGN, 5, trunk="other")]
    agents = works((HIGH,), (HIGH,), (LOW,), (CAMPAIGN,))
    done = allot(agents, {}, wants, {TRUNK: 2, "other": 1})
    assert counts(done) == {HIGH: 2, LOW: 0, CAMPAIGN: 1}
    assert done[LOW].reason is R.TRUNK_CHANNELS


NAMES = [CampaignId(name) for name in "abcd"]
agents_of = st.lists(st.sets(st.sampled_from(NAMES), min_size=1), max_size=7)
lines_of = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3))
wants_of = st.lists(
    st.builds(Wanting, st.sampled_from(NAMES), st.integers(0, 2), st.sampled_from(["t", "u"]), st.booleans()),
    unique_by=lambda wanted: wanted.id,
)


def most(agents: list[set[CampaignId]], lines: Mapping[CampaignId, int]) -> int:
    """How many lines can have an agent, by the cut of least weight: another road to the same number."""
    every = chain.from_iterable(combinations(NAMES, size) for size in range(len(NAMES) + 1))
    return min(
        sum(count for campaign, count in lines.items() if campaign not in chosen)
        + sum(not campaigns.isdisjoint(chosen) for campaigns in agents)
        for chosen in every
    )


@given(agents_of, lines_of)
def test_as_many_lines_have_an_agent_as_can(agents: list[set[CampaignId]], lines: dict[CampaignId, int]) -> None:
    found = covered(
        {session_id(n): item for n, item in enumerate(agents)}, [c for c in lines for _ in range(lines[c])]
    )
    assert found == most(agents, lines)


@given(agents_of, lines_of, wants_of, st.integers(-1, 5), st.integers(-1, 5))
def test_lines_stay_within_the_agents_and_the_trunks_and_go_by_priority(
    agents: list[set[CampaignId]], flying: dict[CampaignId, int], wants: list[Wanting], free_t: int, free_u: int
) -> None:
    free = {"t": free_t, "u": free_u}
    done = allot({session_id(n): item for n, item in enumerate(agents)}, flying, wants, free)
    held, lines = most(agents, flying), dict(flying)
    assert sum(pacing.count for pacing in done.values()) <= max(0, len(agents) - held)
    for wanted in sorted(wants, key=lambda wanted: (-wanted.priority, wanted.id)):
        count = done[wanted.id].count
        lines[wanted.id] = lines.get(wanted.id, 0) + count
        assert most(agents, lines) == held + count, "every new line has an agent who works its campaign"
        held += count
        free[wanted.trunk] -= count
        assert count == 0 or (free[wanted.trunk] >= 0 and not wanted.is_dry)
        one_more = most(agents, {**lines, wanted.id: lines[wanted.id] + 1}) > held
        assert not one_more or wanted.is_dry or free[wanted.trunk] <= 0, "the higher priority takes what it can first"
