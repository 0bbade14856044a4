"""Which leads next, and which agent gets the customer. Pure orderings; the SQL store states the same order.

Leads stand on shelves: those of one list, in one state, at one place. A claim goes along the shelves in the order of
its turn and takes from each those due longest. First is the list's priority, then fresh or retried by the campaign's
share, then the list by its weight, then the place that closes soonest; whose window is closed or whose list is off
stands on no shelf. No state is kept between turns, so any number of dialers at once keep the same shares.
"""

import hashlib
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from dialer.core.agent import Agent
from dialer.core.calendar import Places
from dialer.core.ids import CampaignId, LeadId, ListId
from dialer.core.pacing import covered
from dialer.core.recycle import LeadState

CLAIMABLE = (LeadState.NEW, LeadState.ATTEMPTED)
FRESH_PCT = 70  # of claims where there are fresh and retried leads, unless the campaign says otherwise
_GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: multiples of it fill a circle evenly (Knuth 3, §6.4)
_CIRCLE = 2**64


@dataclass(frozen=True)
class LeadList:
    """A list that is on, as selection sees it; `id` None: the leads that are of no list."""

    id: ListId | None
    priority: int = 50
    weight: int = 50


OF_NO_LIST = LeadList(None)


@dataclass(frozen=True)
class Choice:
    """What a claim prefers. `turn` is one more with every claim, from any start: it stands in for chance."""

    turn: int
    places: Places
    fresh_pct: int = FRESH_PCT


@dataclass(frozen=True)
class Shelf:
    """Leads that are alike to selection."""

    list_id: ListId | None
    state: LeadState
    zone: str | None


@dataclass(frozen=True)
class LeadView:
    """A lead as selection sees it."""

    id: LeadId
    campaign_id: CampaignId
    state: LeadState
    next_at: datetime
    list_id: ListId | None = None
    zone: str | None = None


def shelves(lists: Iterable[LeadList], zones: Iterable[str | None], choice: Choice) -> list[Shelf]:
    """The campaign's shelves in this turn's order. `zones`: the places at which it has leads, None = not known."""
    in_turn = sorted(lists, key=lambda each: _arrival(choice.turn, each))
    kinds = CLAIMABLE if _is_fresh(choice) else CLAIMABLE[::-1]
    triples = product(in_turn, enumerate(kinds), _soonest(zones, choice))
    ordered = sorted(triples, key=lambda triple: (-triple[0].priority, triple[1][0]))  # stable: lists, then places
    return [Shelf(each.id, state, zone) for each, (_, state), zone in ordered]


def _soonest(zones: Iterable[str | None], choice: Choice) -> list[str | None]:
    """Places that are open, the one that closes soonest first; those that close together in turns."""
    closing = {zone: choice.places.closing(zone) for zone in zones}
    found = [(at, _hash(choice.turn, zone or ""), zone) for zone, at in closing.items() if at is not None]
    return [zone for _, _, zone in sorted(found, key=lambda each: each[:2])]


def _is_fresh(choice: Choice) -> bool:
    """Whether fresh leads come before retried ones: of any hundred turns in a row so many as asked, within two."""
    return choice.turn * _GOLDEN % _CIRCLE * 100 < choice.fresh_pct * _CIRCLE


def _arrival(turn: int, each: LeadList) -> float:
    """Lists race, each with its weight for speed: the first is each in proportion, whichever of them are empty
    (Efraimidis and Spirakis 2006).
    """
    return -math.log((_hash(turn, each.id or "") + 1) / (_CIRCLE + 1)) / each.weight


def _hash(turn: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{turn} {name}".encode(), digest_size=8).digest())


def due_leads(
    leads: Iterable[LeadView], lists: Iterable[LeadList], choice: Choice, now: datetime, limit: int
) -> list[LeadId]:
    """Due leads of one campaign, shelf by shelf in this turn's order, on each the longest due first, then by id."""
    due = [lead for lead in leads if lead.state in CLAIMABLE and lead.next_at <= now]
    order = {shelf: n for n, shelf in enumerate(shelves(lists, {lead.zone for lead in due}, choice))}
    found = [(order[shelf], lead.next_at, lead.id) for lead in due if (shelf := _shelf(lead)) in order]
    return [lead_id for _, _, lead_id in sorted(found)[:limit]]


def _shelf(lead: LeadView) -> Shelf:
    return Shelf(lead.list_id, lead.state, lead.zone)


def agent_for(campaign_id: CampaignId, agents: Iterable[Agent], others: Collection[CampaignId]) -> Agent | None:
    """The available agent of the campaign who has been ready longest; ties by session id.

    `others` are the campaigns of the other customers in the air: one whom only this agent could take is not left
    without him while another agent can take this customer.
    """
    works = {agent.session_id: agent.campaign_ids for agent in agents if agent.is_available()}
    mine = sorted(
        (agent for agent in agents if agent.session_id in works and campaign_id in agent.campaign_ids),
        key=lambda agent: (agent.since(), agent.session_id),
    )
    if len(mine) < 2 or all(other == campaign_id for other in others):
        return mine[0] if mine else None

    def left(agent: Agent) -> int:
        return covered({key: value for key, value in works.items() if key != agent.session_id}, others)

    return max(mine, key=left)  # the first of the best: the longest idle among them
