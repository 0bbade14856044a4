"""Lines ahead of the agents, as a campaign is set: by a ratio, or predictive; in doubt one for each free agent."""

from collections.abc import Iterable

from dialer.core.attempt import Mode
from dialer.core.pacing import Pacing, PacingFacts, PacingReason, PacingSettings
from dialer.core.predictive.facts import Bound, Decision, Facts, Happened, Settings
from dialer.core.predictive.pacing import PredictivePacing

AHEAD = frozenset({Mode.RATIO, Mode.PREDICTIVE})
MONTH_DAYS = 30  # the law's period (47 CFR 64.1200(a)(7)); a day within the limit keeps it, a lowered limit may not
WORST_RING_S = 15.0  # no call is given up sooner (16 CFR 310.4(b)(4))


def plan(
    mode: Mode, settings: PacingSettings, pacing: PredictivePacing, facts: Facts, new: Iterable[Happened]
) -> Pacing:
    """How many calls to place now, in one of the modes AHEAD; it learns from what is `new` in both."""
    decision = pacing.decide(facts, new)
    seen = PacingFacts(facts.idle, facts.in_air(), max(0, facts.trunks_free))
    if mode is Mode.PREDICTIVE:
        return Pacing(decision.lines, _reason(decision), seen, figures(decision))
    spent = facts.abandoned > settings.abandon_limit * facts.answered
    ratio = 1.0 if spent else settings.lines_per_agent
    wanted = max(0, int(ratio * facts.idle) - facts.in_air())
    count = max(0, min(wanted, facts.trunks_free, facts.due))
    return Pacing(count, _ratio_reason(facts, count, wanted, spent), seen, figures(decision))


def _reason(decision: Decision) -> PacingReason:
    if decision.bound is Bound.NOBODY:
        return PacingReason.NO_AGENT_READY
    if decision.doubt is not None and decision.bound in (Bound.ONE_PER_AGENT, Bound.RISK):
        return PacingReason(decision.doubt.value)
    return PacingReason(decision.bound.value)


def _ratio_reason(facts: Facts, count: int, wanted: int, spent: bool) -> PacingReason:
    if facts.agents() == 0 or (facts.idle == 0 and not facts.in_air()):
        return PacingReason.NO_AGENT_READY
    if wanted and facts.due == 0:
        return PacingReason.NOTHING_DUE
    if count < wanted:
        return PacingReason.TRUNK_CHANNELS
    return PacingReason.BUDGET_SPENT if spent else PacingReason.LINES_PER_AGENT


def figures(decision: Decision) -> dict[str, float]:
    """What it stood on, by name: chances and shares (0..1)."""
    return {
        "loss": decision.loss,
        "price": decision.price,
        "answer_rate": decision.rate,
        "allowed": decision.allowed,
    }


def core_settings(settings: PacingSettings, ring_s: int, window_s: float, month: tuple[int, int]) -> Settings:
    """The campaign's settings as the core asks for them. `month`: people who answered in 30 days, those abandoned;
    while that is over the limit, a day may spend half of it.
    """
    answered, abandoned = month
    over = abandoned > settings.abandon_limit * answered
    limit = settings.abandon_limit / 2 if over else settings.abandon_limit
    return Settings(limit=limit, window_s=settings.window_s or window_s, ring_s=ring_s)


def given_up(facts: Facts, decision: Pacing) -> int:
    """How many of the calls that ring longest are not worth the risk any more: agents have gone meanwhile. Only calls
    that rang WORST_RING_S; all of them when nobody is here, else one at a time while the next would be lost.
    """
    old = sum(age >= WORST_RING_S for age in facts.ringing)
    if facts.agents() == 0:
        return old
    hopeless = decision.figures.get("loss", 0.0) > 0.9 and len(facts.ringing) > facts.agents()
    return min(old, 1) if hopeless else 0
