"""PURE decisions about how long a recording is kept. Holds beat retention, retention beats erasure.

The law's least (`least_days`) binds everybody: an order to erase waits until it has run, for whatever is kept because
a law demands it may be stored, and only that (PIPL art. 47; reliability.md §4: 30 days in China, 5 to 10 years for
insurance). How long a campaign or a region keeps beyond that is the manager's rule; the seed says: every recording.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from recordings.rules import AbsentReason

KEPT_DAYS = 1825  # five years, where nobody made a rule
MOST_DAYS = 36_500


class Scope(StrEnum):
    """What a rule is about; the narrower one counts."""

    EVERYTHING = "everything"
    REGION = "region"
    CAMPAIGN = "campaign"


class Stay(StrEnum):
    """Why a recording stays."""

    HELD = "held"
    LAW = "law"  # the least time that the law demands has not run
    KEPT = "kept"  # its rule's time has not run, and nobody ordered anything


Rules = Mapping[tuple[Scope, str], int]  # days by scope and subject: a campaign's id, a region, or ""


@dataclass(frozen=True)
class Facts:
    """What is asked about one recording."""

    started_at: datetime
    campaign_id: str
    region: str | None
    is_held: bool
    is_ordered: bool  # an erasure was ordered and approved


def kept_days(rules: Rules, campaign_id: str, region: str | None, least_days: int) -> int:
    """How many days a recording is kept: by its campaign's rule, else its region's, else the one for everything."""
    narrowest = ((Scope.CAMPAIGN, campaign_id), (Scope.REGION, region or ""), (Scope.EVERYTHING, ""))
    found = next((rules[key] for key in narrowest if key in rules), KEPT_DAYS)
    return max(found, least_days)


def decide(facts: Facts, rules: Rules, least_days: int, now: datetime) -> AbsentReason | Stay:
    """Why a recording goes (ERASED or RETENTION), or why it stays."""
    age = now - facts.started_at
    if facts.is_held:
        return Stay.HELD
    if age < timedelta(days=least_days):
        return Stay.LAW
    if facts.is_ordered:
        return AbsentReason.ERASED
    if age < timedelta(days=kept_days(rules, facts.campaign_id, facts.region, least_days)):
        return Stay.KEPT
    return AbsentReason.RETENTION


def shortest_days(rules: Rules, least_days: int) -> int:
    """No recording younger than this goes by a rule."""
    return max(least_days, min([KEPT_DAYS, *rules.values()]))
