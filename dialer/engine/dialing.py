"""The path of a lead to a call: pace, claim, gates, trunk slot, intent committed, then and only then dialed."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from dialer.core import events as ev
from dialer.core.attempt import Attempt, Mode
from dialer.core.compliance import Refusal, RefusalReason, Rules, may_dial
from dialer.core.errors import StoreAway
from dialer.core.ids import AgentId, AttemptId, SessionId
from dialer.core.limits import Pacer, free_channels, take
from dialer.core.pacing import PacingFacts, progressive
from dialer.core.retry import next_look
from dialer.core.selection import CLAIMABLE
from dialer.engine.engine import Engine
from dialer.ports import Campaign, Lead, Lease

TICK_S = 0.5
log = structlog.get_logger()


@dataclass
class Dialing:
    """Places calls; one lead at a time, so that every limit is counted before the next one."""

    engine: Engine
    pacers: dict[str, Pacer] = field(default_factory=dict)
    _unplaced: list[Lead] = field(default_factory=list)

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
            for campaign in list(self.engine.campaigns.values()):
                if campaign.state == "running" and campaign.mode is Mode.PROGRESSIVE:
                    await self._dial_campaign(campaign)
            await self._return_unplaced()
        except StoreAway as away:
            self.engine.store_why = str(away)

    async def _dial_campaign(self, campaign: Campaign) -> None:
        for _ in range(self._pace(campaign)):  # paced anew for each lead: an agent may have gone meanwhile
            lease = self.engine.lease
            if lease is None or not self._pace(campaign):
                return
            for lead in await self.engine.store.claim(lease, campaign.id, 1):
                with self._kept(lead):
                    await self._dial_lead(lease, campaign, lead)

    def _pace(self, campaign: Campaign) -> int:
        refusal = self._refusal()
        if refusal is not None:
            self.engine.decisions[campaign.id] = refusal
            return 0
        floor = self.engine.floor
        free = free_channels(self.engine.limits.trunk_channels, floor.on_trunk(campaign.trunk))
        pacing = progressive(PacingFacts(floor.available(campaign.id), floor.in_flight(campaign.id), free))
        self.engine.decisions[campaign.id] = pacing
        return pacing.count

    async def _dial_lead(self, lease: Lease, campaign: Campaign, lead: Lead) -> None:
        refusal = may_dial(lead.facts, self.rules(campaign), self.engine.now())
        if refusal is None:
            await self._await_slot(campaign.trunk)
            refusal = self._refusal()
        if refusal is not None:
            await self.put_back(lead, refusal)
            return
        await self._open(lease, self._attempt(campaign, lead))

    async def dial_manual(
        self, campaign: Campaign, number: str, session_id: SessionId, agent_id: AgentId
    ) -> str | Refusal:
        """A call that a person wished for, by the same gates. The attempt's id, or why not. Raises StoreAway."""
        lease, refusal = self.engine.lease, self._refusal()
        if refusal is not None or lease is None:
            return refusal or Refusal(RefusalReason.STORE_DOWN, "This dialer does not hold its lease yet")
        if not free_channels(self.engine.limits.trunk_channels, self.engine.floor.on_trunk(campaign.trunk)):
            return Refusal(RefusalReason.TRUNK_FULL, "All channels of the trunk are in use")
        lead = await self.engine.store.claim_number(lease, campaign.id, number)
        if lead is None:
            return Refusal(RefusalReason.NOT_ISSUED, "This number is not in your campaign, or is being called now")
        attempt = self._attempt(campaign, lead, session_id, agent_id)
        with self._kept(lead):
            refusal = await self._dial_by_hand(lease, campaign, lead, attempt)
        return refusal or attempt.id

    async def _dial_by_hand(self, lease: Lease, campaign: Campaign, lead: Lead, attempt: Attempt) -> Refusal | None:
        refusal = may_dial(lead.facts, self.rules(campaign), self.engine.now())
        if refusal is None:
            await self._await_slot(campaign.trunk)
            refusal = self._busy(attempt)
        if refusal is not None:
            await self.put_back(lead, refusal)
            return refusal
        await self._open(lease, attempt)
        return None if attempt.id in self.engine.floor.attempts else self._busy(attempt)

    def _busy(self, attempt: Attempt) -> Refusal | None:
        """The agent may have got a customer, or gone, while we waited."""
        agent = self.engine.floor.session_of(attempt.agent_id or "")
        if agent is not None and agent.session_id == attempt.session_id and agent.attempt_id is None:
            return None
        return Refusal(RefusalReason.NOT_READY, "You were given another call meanwhile, or your shift ended")

    def rules(self, campaign: Campaign) -> Rules:
        """The campaign's rules with the centre's caps."""
        limits = self.engine.limits
        return Rules(
            zone=campaign.zone,
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
            max_attempts=campaign.max_attempts,
            caller_id=campaign.caller_id,
            allowed_caller_ids=limits.caller_ids,
            per_day=limits.per_day,
            per_30_days=limits.per_30_days,
        )

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
        return Attempt(
            id=AttemptId(self.engine.new_id()),
            campaign_id=campaign.id,
            lead_id=lead.id,
            number=lead.facts.number,
            mode=Mode.MANUAL if session_id else campaign.mode,
            trunk=campaign.trunk,
            caller_id=campaign.caller_id,
            ring_s=campaign.ring_s,
            opened_at=self.engine.now(),
            session_id=session_id,
            agent_id=agent_id,
            nth=lead.facts.attempts + 1,
            max_attempts=campaign.max_attempts if lead.state in CLAIMABLE else 0,
            retry_after_s=campaign.retry_after_s,
        )
