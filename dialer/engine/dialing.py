"""The path of a lead to a call: pace, claim, gates, trunk slot, intent committed, then and only then dialed."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from dialer.core import events as ev
from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, Mode
from dialer.core.compliance import (
    Refusal,
    RefusalReason,
    Rules,
    for_callback,
    hours_gate,
    may_dial,
    open_places,
    ring_by,
    window_gate,
)
from dialer.core.errors import StoreAway
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.limits import Pacer, free_channels, take
from dialer.core.pacing import Pacing, Wanting, allot, covered
from dialer.core.predictive.observing import team_of
from dialer.core.recycle import LeadState
from dialer.core.retry import next_look
from dialer.core.selection import CLAIMABLE, Choice
from dialer.engine.engine import Engine
from dialer.engine.pacing import Pace
from dialer.ports import Campaign, Lead, Lease

TICK_S = 0.5
PROMISED_S = 1.0  # so often the callbacks that are due are looked for
DRY_S = 0.5  # a campaign without anything due is asked again so much later
log = structlog.get_logger()


@dataclass
class Dialing:
    """Places calls; one lead at a time, so that every limit is counted before the next one."""

    engine: Engine
    pace: Pace
    pacers: dict[str, Pacer] = field(default_factory=dict)
    _dry_until: dict[CampaignId, float] = field(default_factory=dict)  # by the loop's clock
    _turn: int = 0
    _unplaced: list[Lead] = field(default_factory=list)
    _promised: frozenset[AgentId] = frozenset()  # agents with a callback of their own due
    _promised_read_at: float = 0.0

    async def run(self) -> None:
        """Dials on every change of the floor, and every half second, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):  # not wait_for: before Python 3.12 it may swallow our end
                async with asyncio.timeout(TICK_S):
                    await self.engine.wake.wait()
            self.engine.wake.clear()
            await self._round()

    async def _round(self) -> None:
        try:
            await self._call_back()
            while (
                campaign := self._next()
            ) is not None:  # paced anew for each lead: an agent may have gone meanwhile
                await self._dial_one(campaign)
            await self._return_unplaced()
        except StoreAway as away:
            self.engine.store_why = str(away)

    def _next(self) -> Campaign | None:
        """The campaign of the highest priority that may have a line now; why the others may not is kept."""
        engine, refusal = self.engine, self._refusal()
        running = [each for each in engine.campaigns.values() if each.state == "running"]
        automatic = [each for each in running if each.mode is not Mode.MANUAL]
        refusals = {each.id: refusal or window_gate(self.rules(each), engine.now()) for each in automatic}
        open_now = [each for each in automatic if refusals[each.id] is None]
        lines = self._lines(open_now)
        engine.decisions = {key: value for key, value in refusals.items() if value is not None} | lines
        by_priority = sorted(open_now, key=lambda each: (-each.priority, each.id))
        return next((each for each in by_priority if lines[each.id].count), None)

    def _lines(self, open_now: Sequence[Campaign]) -> dict[CampaignId, Pacing]:
        """Lines ahead of the agents where a campaign dials so; for the others one for each agent who is left."""
        free = {each.trunk: self._free_channels(each.trunk) for each in open_now}
        dry = {each.id for each in open_now if self._is_dry(each.id)}
        ahead = self.pace.ahead(open_now, free, dry)
        self.pace.give_up(ahead)
        one_each = [each for each in open_now if each.id not in ahead]
        wanting = [Wanting(each.id, each.priority, each.trunk, each.id in dry) for each in one_each]
        air = {key: count for key, count in self.engine.floor.lines().items() if key not in ahead}
        works = self._works(ahead.keys() - dry, {each.id for each in open_now} - dry)
        return allot(works, air, wanting, free) | ahead

    def _works(
        self, ahead: Collection[CampaignId], counting: Collection[CampaignId]
    ) -> dict[SessionId, tuple[CampaignId, ...]]:
        """Agents for one line each: not those counted on by a campaign that dials ahead; one whose own callback is
        due gets that first.
        """
        agents, works = self.engine.floor.agents, self.engine.floor.works()
        taken = {agent.session_id for each in ahead for agent in team_of(agents.values(), each, counting)}
        return {
            key: value
            for key, value in works.items()
            if key not in taken and agents[key].agent_id not in self._promised
        }

    async def _call_back(self) -> None:
        """Dials the callbacks of agents who are free, each for the one who promised it."""
        if self._refusal() is not None or self.engine.lease is None:
            return
        await self._read_promised()
        for agent in list(self.engine.floor.agents.values()):
            if agent.agent_id in self._promised and agent.is_available() and self._can_spare(agent):
                self._promised -= {agent.agent_id}
                await self._dial_promised(self.engine.lease, agent)

    async def _read_promised(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._promised_read_at:
            running = [each.id for each in self.engine.campaigns.values() if each.state == "running"]
            self._promised = await self.engine.store.promised_agents(running)
            self._promised_read_at = now + PROMISED_S

    def _can_spare(self, agent: Agent) -> bool:
        """Whether every customer in the air has another agent: none is abandoned for a callback."""
        works = self.engine.floor.works()
        lines = list(Counter(self.engine.floor.lines()).elements())
        others = {key: value for key, value in works.items() if key != agent.session_id}
        return covered(others, lines) == covered(works, lines)

    async def _dial_promised(self, lease: Lease, agent: Agent) -> None:
        mine = [each for each in agent.campaign_ids if self._is_running(each)]
        lead = await self.engine.store.claim_callback(lease, agent.agent_id, mine)
        if lead is None:
            return
        campaign = self.engine.campaigns[lead.campaign_id]
        attempt = self._attempt(campaign, lead, agent.session_id, agent.agent_id)
        with self._kept(lead):
            await self._dial_by_hand(lease, campaign, lead, attempt)

    def _is_running(self, campaign_id: CampaignId) -> bool:
        campaign = self.engine.campaigns.get(campaign_id)
        return campaign is not None and campaign.state == "running"

    def _is_dry(self, campaign_id: CampaignId) -> bool:
        return self._dry_until.get(campaign_id, 0.0) > asyncio.get_running_loop().time()

    def _free_channels(self, trunk: str) -> int:
        return free_channels(self.engine.limits.trunk_channels, self.engine.floor.on_trunk(trunk))

    async def _dial_one(self, campaign: Campaign) -> None:
        """Claims and dials one lead; without any the campaign is dry for a while and its agents serve the next."""
        lease = self.engine.lease
        if lease is None:
            return
        leads = await self.engine.store.claim(lease, campaign.id, self._choice(campaign), 1)
        if not leads:
            self._dry_until[campaign.id] = asyncio.get_running_loop().time() + DRY_S
        for lead in leads:
            with self._kept(lead):
                await self._dial_lead(lease, campaign, lead)

    def _choice(self, campaign: Campaign) -> Choice:
        self._turn += 1
        return Choice(self._turn, open_places(self.rules(campaign), self.engine.now()), campaign.fresh_pct)

    async def _dial_lead(self, lease: Lease, campaign: Campaign, lead: Lead) -> None:
        refusal = await self._may_dial(campaign, lead, self.rules(campaign))
        if refusal is not None:
            await self.put_back(lead, refusal)
            return
        await self._open(lease, self._attempt(campaign, lead))

    async def _may_dial(self, campaign: Campaign, lead: Lead, rules: Rules) -> Refusal | None:
        """Asks the gates, waits for the trunk, and asks again what may have changed in that time."""
        if lead.state is LeadState.CALLBACK:  # the customer asked for this one
            rules = for_callback(rules)
        refusal = may_dial(lead.facts, rules, self.engine.now())
        if refusal is not None:
            return refusal
        await self._await_slot(campaign.trunk)
        return self._refusal() or self._stopped(campaign) or hours_gate(lead.facts, rules, self.engine.now())

    def _stopped(self, campaign: Campaign) -> Refusal | None:
        if self._is_running(campaign.id):
            return None
        return Refusal(RefusalReason.CAMPAIGN_NOT_RUNNING, "The campaign is not running any more")

    async def dial_manual(
        self, campaign: Campaign, number: str, agent: Agent, redials: AttemptId | None = None
    ) -> str | Refusal:
        """A call that a person wished for, by the same gates. The attempt's id, or why not. Raises StoreAway."""
        lease, refusal = self.engine.lease, self._refusal()
        if refusal is not None or lease is None:
            return refusal or Refusal(RefusalReason.STORE_DOWN, "This dialer does not hold its lease yet")
        if not self._free_channels(campaign.trunk):
            return Refusal(RefusalReason.TRUNK_FULL, "All channels of the trunk are in use")
        lead = await self.engine.store.claim_number(lease, campaign.id, number, redials)
        if lead is None:
            return Refusal(RefusalReason.NOT_ISSUED, "This number is not in your campaign, or is being called now")
        attempt = replace(self._attempt(campaign, lead, agent.session_id, agent.agent_id), redials=redials)
        issued_to = agent.agent_id if campaign.issued_only else None
        with self._kept(lead):
            refusal = await self._dial_by_hand(lease, campaign, lead, attempt, issued_to)
        return refusal or attempt.id

    async def _dial_by_hand(
        self, lease: Lease, campaign: Campaign, lead: Lead, attempt: Attempt, issued_to: AgentId | None = None
    ) -> Refusal | None:
        rules = replace(self.rules(campaign), by_hand=True, issued_to=issued_to)
        refusal = await self._may_dial(campaign, lead, rules) or self._busy(attempt)
        if refusal is not None:
            await self.put_back(lead, refusal)
            return refusal
        await self._open(lease, attempt)
        return None if attempt.id in self.engine.floor.attempts else self._busy(attempt)

    def _busy(self, attempt: Attempt) -> Refusal | None:
        """The agent may have got a customer, or gone, while we waited."""
        agent = self.engine.floor.session_of(attempt.agent_id or "")
        is_free = agent is not None and agent.attempt_id in (None, attempt.redials)
        if agent is not None and agent.session_id == attempt.session_id and is_free:
            return None
        return Refusal(RefusalReason.NOT_READY, "You were given another call meanwhile, or your shift ended")

    def rules(self, campaign: Campaign) -> Rules:
        """The campaign's rules with the centre's caps and calendars."""
        return campaign.rules(self.engine.limits, self.engine.regions)

    async def put_back(self, lead: Lead, refusal: Refusal) -> None:
        """Returns a claimed lead with the reason and the time of the next look."""
        log.info("not dialed", action="refused", lead=lead.id, reason=refusal.reason.value)
        await self.engine.store.put_back(lead, refusal, next_look(refusal, self.engine.now()))

    def _refusal(self) -> Refusal | None:
        if self.engine.stopping:
            return Refusal(RefusalReason.STOPPING, "The dialer is shutting down")
        return self.engine.machine_refusal()

    async def _await_slot(self, trunk: str) -> None:
        loop = asyncio.get_running_loop()
        pacer = self.pacers.get(trunk) or Pacer(self.engine.limits.trunk_cps)
        self.pacers[trunk], slot = take(pacer, loop.time())
        await asyncio.sleep(slot - loop.time())

    @contextlib.contextmanager
    def _kept(self, lead: Lead) -> Iterator[None]:
        """A claimed lead is put back later when the database went away under it."""
        try:
            yield
        except StoreAway:  # committed or not is unknown: nobody is dialed, `Watch` closes an attempt if there is one
            self._unplaced.append(lead)
            raise

    async def _open(self, lease: Lease, attempt: Attempt) -> None:
        await self.engine.store.open_attempt(lease, attempt)
        log.info("dialing", action="dial", call=attempt.id, mode=attempt.mode.value)
        self.engine.apply(ev.Opened(attempt))

    async def _return_unplaced(self) -> None:
        while self._unplaced:
            refusal = Refusal(RefusalReason.STORE_DOWN, "PostgreSQL went away before the call was placed")
            await self.put_back(self._unplaced[-1], refusal)
            self._unplaced.pop()

    def _attempt(
        self, campaign: Campaign, lead: Lead, session_id: SessionId | None = None, agent_id: AgentId | None = None
    ) -> Attempt:
        now = self.engine.now()
        return Attempt(
            id=AttemptId(self.engine.new_id()),
            campaign_id=campaign.id,
            lead_id=lead.id,
            number=lead.facts.number,
            mode=Mode.MANUAL if session_id else campaign.mode,
            trunk=campaign.trunk,
            caller_id=campaign.caller_id,
            ring_s=campaign.ring_s,
            opened_at=now,
            session_id=session_id,
            agent_id=agent_id,
            nth=lead.facts.attempts + 1,
            max_attempts=campaign.max_attempts if lead.state in (*CLAIMABLE, LeadState.CALLBACK) else 0,
            retry_after_s=campaign.retry_after_s,
            ring_by=ring_by(lead.facts, self.rules(campaign), now),
        )
