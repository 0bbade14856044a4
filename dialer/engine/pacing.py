"""Pacing at work: what is known of each campaign's day, the lines to place now, and what is told of it outside."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from dialer.core.agent import AgentState
from dialer.core.attempt import UNANSWERED, Attempt, Mode
from dialer.core.compliance import Refusal
from dialer.core.errors import StoreAway
from dialer.core.ids import CampaignId
from dialer.core.pacing import Pacing, PacingReason
from dialer.core.predictive.facts import Facts
from dialer.core.predictive.observing import Today, facts_of, team_of
from dialer.core.predictive.pacing import PredictivePacing
from dialer.core.predictive.plan import AHEAD, MONTH_DAYS, core_settings, given_up, plan
from dialer.engine.engine import Engine
from dialer.ports import Campaign, Counted, PacingMoment

COUNT_S = 3.0  # so often the day's people are counted in the database
REPORT_S = 0.3
REPEAT_S = 2.0  # what has not changed is told again so often: a sign of life
KEEP_S = 5.0  # a moment is kept for the plots so often
log = structlog.get_logger()


@dataclass
class Learned:
    """What one campaign has learned on one day."""

    day: date
    pacing: PredictivePacing


@dataclass
class Pace:
    """Decides for campaigns that dial ahead of their agents; counts and tells for all."""

    engine: Engine
    node: str
    learned: dict[CampaignId, Learned] = field(default_factory=dict)
    facts: dict[CampaignId, Facts] = field(default_factory=dict)
    days: Mapping[CampaignId, Counted] = field(default_factory=dict)
    months: Mapping[CampaignId, Counted] = field(default_factory=dict)
    _months_of: Mapping[CampaignId, date] = field(default_factory=dict)  # the day on which each was counted
    _told: dict[CampaignId, tuple[float, PacingMoment]] = field(default_factory=dict)
    _kept_at: dict[CampaignId, float] = field(default_factory=dict)

    def ahead(
        self, wanting: Collection[Campaign], free: Mapping[str, int], is_dry: Collection[CampaignId]
    ) -> dict[CampaignId, Pacing]:
        """Lines of the campaigns in a mode AHEAD; those that are dry count on nobody."""
        counting = {each.id for each in wanting if each.id not in is_dry}
        found = {}
        for campaign in wanting:
            if campaign.mode in AHEAD:
                found[campaign.id] = self._plan(campaign, counting, free[campaign.trunk], campaign.id in is_dry)
        return found

    def _plan(self, campaign: Campaign, counting: Collection[CampaignId], free: int, is_dry: bool) -> Pacing:
        engine, now = self.engine, self.engine.now()
        calls = self._calls(campaign.id)
        room = free if campaign.pacing.most_lines is None else min(free, campaign.pacing.most_lines - len(calls))
        counted = self.days.get(campaign.id, Counted(0, 0))
        today = Today(_left_s(campaign, now), counted.answered, counted.abandoned, room, 0 if is_dry else 1000)
        team = team_of(engine.floor.agents.values(), campaign.id, {*counting, campaign.id})
        facts = facts_of(team, calls, today, asyncio.get_running_loop().time(), now)
        self.facts[campaign.id] = facts
        pacing = self._learned(campaign, now)
        decision = plan(campaign.mode, campaign.pacing, pacing, facts, engine.observed.take(campaign.id))
        if decision.reason is PacingReason.TRUNK_CHANNELS and room < free:
            decision = Pacing(decision.count, PacingReason.MOST_LINES, decision.facts, decision.figures)
        return decision

    def _calls(self, campaign_id: CampaignId) -> list[Attempt]:
        attempts = self.engine.floor.attempts.values()
        return [each for each in attempts if each.campaign_id == campaign_id and each.mode is not Mode.MANUAL]

    def _learned(self, campaign: Campaign, now: datetime) -> PredictivePacing:
        """A new day begins knowing nothing; changed settings keep what was learned."""
        month = self.months.get(campaign.id, Counted(0, 0))
        settings = core_settings(
            campaign.pacing, campaign.ring_s, self.engine.limits.window_s, (month.answered, month.abandoned)
        )
        today = _local_day(campaign, now)
        known = self.learned.get(campaign.id)
        if known is None or known.day != today:
            known = self.learned[campaign.id] = Learned(today, PredictivePacing(settings))
        known.pacing.settings = settings
        return known.pacing

    def give_up(self, lines: Mapping[CampaignId, Pacing]) -> None:
        """Ends calls that ring long and would only be lost."""
        for campaign_id, decision in lines.items():
            facts = self.facts.get(campaign_id)
            count = given_up(facts, decision) if facts is not None else 0
            ringing = [
                each for each in self._calls(campaign_id) if each.state in UNANSWERED and each.hangup_at is None
            ]
            for attempt in sorted(ringing, key=lambda each: each.opened_at)[:count]:
                self.engine.perform(self.engine.floor.give_up(attempt.id, self.engine.now()))

    # -- beside the loop ----------------------------------------------------------------------------------------

    async def count(self) -> None:
        """Counts the people of each campaign's day, and each new day those of its last 30 days, for ever."""
        while True:
            try:
                await self._count()
            except StoreAway as away:
                self.engine.store_why = str(away)
            await asyncio.sleep(COUNT_S)

    async def _count(self) -> None:
        now, campaigns = self.engine.now(), [each for each in self.engine.campaigns.values() if each.mode in AHEAD]
        self.days = await self.engine.store.counted({each.id: _day_start(each, now) for each in campaigns})
        days = {each.id: _local_day(each, now) for each in campaigns}
        old = [each for each, day in days.items() if self._months_of.get(each) != day]
        if old:
            month_ago = now - timedelta(days=MONTH_DAYS)
            self.months = {**self.months, **await self.engine.store.counted(dict.fromkeys(old, month_ago))}
            self._months_of = days

    async def report(self) -> None:
        """Tells of each decision that changed, soon, and of each that did not, now and then."""
        while True:
            try:
                await self._report(asyncio.get_running_loop().time())
            except StoreAway as away:
                self.engine.store_why = str(away)
            await asyncio.sleep(REPORT_S)

    async def _report(self, at: float) -> None:
        new = [moment for moment in map(self._moment, self.engine.campaigns.values()) if self._is_news(moment, at)]
        if not new:
            return
        kept = [each for each in new if at - self._kept_at.get(each.campaign_id, -KEEP_S) >= KEEP_S]
        await self.engine.store.note_pacing(self.node, new, kept)
        self._told |= {each.campaign_id: (at, each) for each in new}
        self._kept_at |= {each.campaign_id: at for each in kept}

    def _is_news(self, moment: PacingMoment, at: float) -> bool:
        told_at, told = self._told.get(moment.campaign_id, (-REPEAT_S, None))
        return at - told_at >= REPEAT_S or told is None or told.body != moment.body

    def _moment(self, campaign: Campaign) -> PacingMoment:
        engine, decision = self.engine, self.engine.decisions.get(campaign.id)
        agents = [each.state for each in engine.floor.agents.values() if campaign.id in each.campaign_ids]
        counted = self.days.get(campaign.id)
        body: dict[str, object] = {
            "mode": campaign.mode.value,
            "state": campaign.state,
            "reason": decision.reason.value if decision is not None else None,
            "detail": decision.detail if isinstance(decision, Refusal) else "",
            "placing": decision.count if isinstance(decision, Pacing) else 0,
            "lines": engine.floor.lines().get(campaign.id, 0),
            "idle": agents.count(AgentState.READY),
            "talking": agents.count(AgentState.ON_CALL) + agents.count(AgentState.RESERVED),
            "wrapping": agents.count(AgentState.WRAP_UP),
            "paused": agents.count(AgentState.PAUSED),
            "abandon_limit": campaign.pacing.abandon_limit,
            "most_lines": campaign.pacing.most_lines,
            "answered": counted.answered if counted else None,
            "abandoned": counted.abandoned if counted else None,
        }
        if isinstance(decision, Pacing):
            body |= {name: round(value, 4) for name, value in decision.figures.items()}
        return PacingMoment(campaign.id, engine.now(), body)


def _local_day(campaign: Campaign, now: datetime) -> date:
    return now.astimezone(ZoneInfo(campaign.zone)).date()


def _day_start(campaign: Campaign, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(campaign.zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _left_s(campaign: Campaign, now: datetime) -> float:
    """Seconds until the campaign's window closes today."""
    local = now.astimezone(ZoneInfo(campaign.zone))
    closes = datetime.combine(local.date(), campaign.closes_at, local.tzinfo)
    return max(0.0, (closes - local).total_seconds() - campaign.closing_margin_s)
