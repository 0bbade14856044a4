"""What the rows say of the machine and of a lead's turn. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.leads.schemas import Waiting
from dialer.core.compliance import LeadFacts, MachineFacts, RefusalReason, Rules, may_dial
from dialer.core.incidents import STOPPING
from dialer.core.recycle import LeadState
from dialer.core.selection import CLAIMABLE
from dialer.core.why import Rule, RuleAnswer, dialer_answer, machine_answers, next_change

NOT_SAID = "the dialer says nothing of it"


def machine(told: Mapping[str, Any], is_stopped: bool) -> list[RuleAnswer]:
    """Every part's answer, by the dialer's last heartbeat; of a silent dialer nothing but its silence is known."""
    facts = _facts(told, is_stopped)
    emergency, *parts = machine_answers(facts)
    if told["alive"]:
        return [emergency, dialer_answer(None), *parts]
    return [emergency, dialer_answer(" ".join(told["why"]))]


def _facts(told: Mapping[str, Any], is_stopped: bool) -> MachineFacts:
    said = told.get("recorder")
    recorder: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    return MachineFacts(
        asterisk_up=told.get("asterisk") is True,
        store_up=told.get("store") is True,
        recorder_up=recorder.get("ok") is True,
        recorder_why=str(recorder.get("why", NOT_SAID)),
        free_mb=_whole(recorder.get("free_mb")),
        reserve_mb=_whole(recorder.get("reserve_mb")),
        emergency_stop=is_stopped,
        at_risk=_risk(recorder.get("incidents")),
    )


def _whole(said: Any) -> int:
    return said if isinstance(said, int) else 0


def _risk(said: Any) -> str | None:
    found = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list) else []
    return next((str(each.get("detail")) for each in found if each.get("kind") in STOPPING), None)


def is_due(state: LeadState, holder: str, next_at: datetime, now: datetime) -> bool:
    """Whether the dialer takes the lead up by itself: free ones from stock alone, a callback at its time."""
    return next_at <= now and (state is LeadState.CALLBACK or (state in CLAIMABLE and holder == "stock"))


def again_at(
    answers: Iterable[RuleAnswer], state: LeadState, holder: str, next_at: datetime, now: datetime
) -> datetime | None:
    """When what forbids the call now is over; None = nothing does, or it does not end by itself."""
    comes_up = is_due(state, holder, max(next_at, now), max(next_at, now))
    refused = [each for each in answers if not each.permits]
    ends = next_change(refused)
    if not comes_up or (refused and ends is None):
        return None
    moments = [each for each in (ends, next_at) if each is not None and each > now]
    return max(moments, default=None)


def first_reason(answers: Iterable[RuleAnswer]) -> RefusalReason | None:
    """The refusal that the dialer would give."""
    return next((each.reason for each in answers if not each.permits), None)


def by_reason(leads: Sequence[LeadFacts], rules: Rules, now: datetime) -> list[Waiting]:
    """How many of these every rule permits, and how many each refuses first; most first."""
    refusals = [may_dial(lead, rules, now) for lead in leads]
    counted = Counter(refusal.reason if refusal else None for refusal in refusals)
    ends: dict[RefusalReason, datetime] = {}
    for refusal in refusals:
        if refusal is not None and refusal.again_at is not None:
            ends[refusal.reason] = min(ends.get(refusal.reason, refusal.again_at), refusal.again_at)
    return [
        Waiting(reason=reason, count=count, next_at=ends.get(reason) if reason else None)
        for reason, count in counted.most_common()
    ]


ASKED_FOR = frozenset({Rule.ATTEMPTS, Rule.FREQUENCY})  # what a callback may exceed by one
