"""Why a number is called, or is not: every rule's answer, not the first refusal alone. Pure.

`LEAD_RULES` are the gates themselves in their order, so what is told here is what the dialer does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dialer.core.calendar import in_force
from dialer.core.compliance import (
    GATES,
    Gate,
    LeadFacts,
    MachineFacts,
    Refusal,
    RefusalReason,
    Rules,
    machine_gate,
    open_places,
    places,
    ring_by,
    window_gate,
)

Fact = str | int | bool | None
Facts = Mapping[str, Fact]


class Rule(StrEnum):
    """What is asked before a dial, in this order."""

    EMERGENCY_STOP = "emergency_stop"
    DIALER = "dialer"
    STORE = "store"
    ASTERISK = "asterisk"
    RECORDER = "recorder"
    DISK = "disk"
    RECORDINGS = "recordings"
    CAMPAIGN = "campaign"
    WINDOW = "window"
    NUMBER = "number"
    ISSUED = "issued"
    DO_NOT_CALL = "do_not_call"
    CONSENT = "consent"
    LIST = "list"
    HOURS = "hours"
    CALLER_ID = "caller_id"
    ATTEMPTS = "attempts"
    FREQUENCY = "frequency"
    AFTER_ABANDON = "after_abandon"


@dataclass(frozen=True)
class RuleAnswer:
    """One rule's answer: whether it lets the call pass, what it stood on, and when that changes, if known."""

    rule: Rule
    permits: bool
    reason: RefusalReason | None
    detail: str
    facts: Facts
    changes_at: datetime | None


def lead_answers(lead: LeadFacts, rules: Rules, now: datetime) -> list[RuleAnswer]:
    """Every gate's answer about this number now, in the order in which they are asked."""
    found = [_answer(rule, gate(lead, rules, now), LEAD_FACTS[rule](lead, rules, now)) for rule, gate in LEAD_RULES]
    closing = ring_by(lead, rules, now)
    return [_changing(each, closing, rules) if each.rule is Rule.HOURS else each for each in found]


def machine_answers(machine: MachineFacts) -> list[RuleAnswer]:
    """Whether the machine lets anything be dialed: each of its parts alone, the others taken as well."""
    parts: tuple[tuple[Rule, MachineFacts, Facts], ...] = (
        (Rule.EMERGENCY_STOP, replace(_WELL, emergency_stop=machine.emergency_stop), {}),
        (Rule.STORE, replace(_WELL, store_up=machine.store_up), {}),
        (Rule.ASTERISK, replace(_WELL, asterisk_up=machine.asterisk_up), {}),
        (Rule.RECORDER, replace(_WELL, recorder_up=machine.recorder_up, recorder_why=machine.recorder_why), {}),
        (
            Rule.DISK,
            replace(_WELL, free_mb=machine.free_mb, reserve_mb=machine.reserve_mb),
            {"free_mb": machine.free_mb, "reserve_mb": machine.reserve_mb},
        ),
        (Rule.RECORDINGS, replace(_WELL, at_risk=machine.at_risk), {}),
    )
    return [_answer(rule, machine_gate(part), facts) for rule, part, facts in parts]


def dialer_answer(why_not: str | None) -> RuleAnswer:
    """Whether the dialer runs; `why_not` is a sentence."""
    refusal = Refusal(RefusalReason.STOPPING, why_not) if why_not is not None else None
    return _answer(Rule.DIALER, refusal, {})


def campaign_answer(state: str) -> RuleAnswer:
    """Whether the campaign runs."""
    detail = f"The campaign is {state}: nothing of it is dialed"
    refusal = None if state == "running" else Refusal(RefusalReason.CAMPAIGN_NOT_RUNNING, detail)
    return _answer(Rule.CAMPAIGN, refusal, {"state": state})


def window_answer(rules: Rules, now: datetime) -> RuleAnswer:
    """Whether the campaign may call anybody now; it stays so until its last place closes."""
    closing = max((at for at in open_places(rules, now).known.values() if at is not None), default=None)
    facts: Facts = {
        "zone": rules.zone,
        "opens_at": f"{rules.opens_at:%H:%M}",
        "closes_at": f"{rules.closes_at:%H:%M}",
    }
    return _changing(_answer(Rule.WINDOW, window_gate(rules, now), facts), closing, rules)


def next_change(answers: Iterable[RuleAnswer]) -> datetime | None:
    """When the last of the refusals that are there now ends; None = there is none, or one has no known end."""
    ends = [each.changes_at for each in answers if not each.permits]
    known = [each for each in ends if each is not None]
    return max(known) if ends and len(known) == len(ends) else None


def _answer(rule: Rule, refusal: Refusal | None, facts: Facts) -> RuleAnswer:
    if refusal is None:
        return RuleAnswer(rule, True, None, "", facts, None)
    return RuleAnswer(rule, False, refusal.reason, refusal.detail, facts, refusal.again_at)


def _changing(answer: RuleAnswer, closing: datetime | None, rules: Rules) -> RuleAnswer:
    """A window that is open closes to new calls some minutes before its end."""
    if not answer.permits or closing is None:
        return answer
    return replace(answer, changes_at=closing - timedelta(seconds=rules.closing_margin_s))


# -- what each rule stands on ----------------------------------------------------------------------------------------


def _hours(lead: LeadFacts, rules: Rules, now: datetime) -> Facts:
    where = places(lead, rules)
    closes, held = ring_by(lead, rules, now), in_force(rules.regions, lead.region)
    return {
        "zones": " ".join(where),
        "place_known": lead.zone is not None and lead.zone in where,
        "closes_at": closes.isoformat() if closes > now else None,
        "region": lead.region or None,
        "calendars": ", ".join(name or "the centre's" for name in held),
        "special_day": any(_local_day(where, now) in rules.regions[name].days for name in held),
    }


def _local_day(zones: tuple[str, ...], now: datetime) -> date:
    return now.astimezone(ZoneInfo(zones[0])).date()


FactsOf = Callable[[LeadFacts, Rules, datetime], Facts]
_WELL = MachineFacts(True, True, True, "", 1, 0)
_LEAD = (
    *(Rule.NUMBER, Rule.ISSUED, Rule.DO_NOT_CALL, Rule.CONSENT, Rule.LIST, Rule.HOURS),
    *(Rule.CALLER_ID, Rule.ATTEMPTS, Rule.FREQUENCY, Rule.AFTER_ABANDON),
)
LEAD_RULES: tuple[tuple[Rule, Gate], ...] = tuple(zip(_LEAD, GATES, strict=True))
LEAD_FACTS: Mapping[Rule, FactsOf] = {
    Rule.NUMBER: lambda _lead, rules, _now: {"preset": rules.preset.name},
    Rule.ISSUED: lambda lead, rules, _now: {"holder": str(lead.holder), "only_to": rules.issued_to},
    Rule.DO_NOT_CALL: lambda lead, _rules, _now: {"listed": lead.on_dnc},
    Rule.CONSENT: lambda lead, _rules, _now: {
        "source": lead.consent_source,
        "basis": lead.consent_basis,
        "proof": lead.consent_proof,
    },
    Rule.LIST: lambda lead, _rules, _now: {"active": lead.list_is_active},
    Rule.HOURS: _hours,
    Rule.CALLER_ID: lambda _lead, rules, _now: {"caller_id": rules.caller_id},
    Rule.ATTEMPTS: lambda lead, rules, _now: {"attempts": lead.attempts, "most": rules.max_attempts},
    Rule.FREQUENCY: lambda lead, rules, _now: {
        "day": lead.dialed_day,
        "day_most": rules.per_day,
        "days_30": lead.dialed_30_days,
        "days_30_most": rules.per_30_days,
        "life": lead.dialed_life,
        "life_most": rules.per_life,
    },
    Rule.AFTER_ABANDON: lambda lead, _rules, _now: {
        "abandoned_at": lead.abandoned_at.isoformat() if lead.abandoned_at else None
    },
}
