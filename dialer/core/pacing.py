"""How many calls to place now. Progressive: one line for each agent who is ready, and no agent counted twice.

An agent may work several campaigns. The lines in the air are given agents first, then new lines are allotted, the
highest priority first, as long as every line, in the air or new, can have an agent of its own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dialer.core.ids import CampaignId, SessionId

Works = Mapping[SessionId, Collection[CampaignId]]  # the free agents, and what each works


class PacingReason(StrEnum):
    """What bounded the number."""

    NO_AGENT_READY = "no_agent_ready"
    LINES_IN_FLIGHT = "lines_in_flight"
    AGENTS_SHARED = "agents_shared"  # its free agents are for lines of other campaigns
    NOTHING_DUE = "nothing_due"
    TRUNK_CHANNELS = "trunk_channels"
    ONE_PER_AGENT = "one_per_agent"
    LINES_PER_AGENT = "lines_per_agent"  # the ratio that was set
    MOST_LINES = "most_lines"  # the campaign's own cap
    RISK = "risk"  # one more would cost more abandons than the budget allows
    CALLS_PER_SECOND = "calls_per_second"
    LEARNING = "learning"  # progressive, in doubt: too few calls ended to know anything
    CARRIER_FAILING = "carrier_failing"  # the same: the network fails most calls
    BUDGET_SPENT = "budget_spent"  # the same: no abandon is left
    FACTS_DISAGREE = "facts_disagree"  # the same: the clock went back, or counts cannot be


@dataclass(frozen=True)
class PacingFacts:
    """`available`: free agents who work the campaign; `in_flight`: its automatic calls without an agent yet."""

    available: int
    in_flight: int
    trunk_free: int


@dataclass(frozen=True)
class PacingSettings:
    """What operators tune. `abandon_limit`: abandons as a share of live answers, each day; `window_s`: an answered
    customer waits so long at most; `lines_per_agent`: of the mode ratio; `most_lines`: in the air at once.
    """

    abandon_limit: float = 0.03
    window_s: float | None = None
    lines_per_agent: float = 1.5
    most_lines: int | None = None


USUAL = PacingSettings()


@dataclass(frozen=True)
class Pacing:
    """Place `count` calls, because. `figures`: what a decision ahead of the agents stood on, by name."""

    count: int
    reason: PacingReason
    facts: PacingFacts
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanting:
    """A campaign that may dial; `is_dry`: nothing of it is due now."""

    id: CampaignId
    priority: int
    trunk: str
    is_dry: bool = False


@dataclass
class Cover:
    """Gives each line an agent who works its campaign. A later line may move earlier ones to other agents of theirs,
    and never takes the agent of one away: so the lines held are always as many as can be.
    """

    works: Works
    line_of: dict[SessionId, CampaignId] = field(default_factory=dict)

    def add(self, campaign_id: CampaignId) -> bool:
        """One more line of the campaign; False, and nothing is changed, when no agent can be found for it."""
        return self._place(campaign_id, set())

    def _place(self, campaign_id: CampaignId, asked: set[CampaignId]) -> bool:
        """`asked`: campaigns whose lines found no other agent already; all lines of a campaign are alike."""
        asked.add(campaign_id)
        mine = [session_id for session_id, campaigns in self.works.items() if campaign_id in campaigns]
        for session_id in mine:
            if session_id not in self.line_of:
                self.line_of[session_id] = campaign_id
                return True
        for session_id in mine:
            held = self.line_of[session_id]
            if held not in asked and self._place(held, asked):
                self.line_of[session_id] = campaign_id
                return True
        return False


def covered(works: Works, lines: Iterable[CampaignId]) -> int:
    """How many of the lines can have an agent of their own at the same time."""
    cover = Cover(works)
    return sum(cover.add(campaign_id) for campaign_id in lines)


def allot(
    works: Works, in_flight: Mapping[CampaignId, int], wanting: Iterable[Wanting], trunk_free: Mapping[str, int]
) -> dict[CampaignId, Pacing]:
    """New lines for each campaign, with the reason; all of them together within the free agents and the trunks."""
    cover, free = Cover(works), dict(trunk_free)
    for campaign_id, count in in_flight.items():
        for _ in range(count):
            cover.add(campaign_id)
    done: dict[CampaignId, Pacing] = {}
    for campaign in sorted(wanting, key=lambda campaign: (-campaign.priority, campaign.id)):
        available = sum(campaign.id in campaigns for campaigns in works.values())
        facts = PacingFacts(available, in_flight.get(campaign.id, 0), max(0, free[campaign.trunk]))
        count = 0 if campaign.is_dry else _take_lines(cover, campaign.id, facts.trunk_free)
        free[campaign.trunk] -= count
        done[campaign.id] = Pacing(count, _reason(facts, count, campaign.is_dry), facts)
    return done


def _take_lines(cover: Cover, campaign_id: CampaignId, most: int) -> int:
    count = 0
    while count < most and cover.add(campaign_id):
        count += 1
    return count


def _reason(facts: PacingFacts, count: int, is_dry: bool) -> PacingReason:
    if facts.available == 0:
        return PacingReason.NO_AGENT_READY
    if facts.available <= facts.in_flight:
        return PacingReason.LINES_IN_FLIGHT
    if is_dry:
        return PacingReason.NOTHING_DUE
    if count == facts.trunk_free and count < facts.available - facts.in_flight:
        return PacingReason.TRUNK_CHANNELS
    return PacingReason.ONE_PER_AGENT if count else PacingReason.AGENTS_SHARED
