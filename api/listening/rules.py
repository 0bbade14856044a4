"""What one listening is, why somebody listens who does not say it, when it is too much; who takes a note back. Pure.

One listening = one person, one recording, one session, until PAUSE after its last request for bytes.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from api.auth.roles import Role

PAUSE = timedelta(minutes=15)
HOUR = timedelta(hours=1)
CLIP_MAX_S = 1800
PLAYS_PER_HOUR = 60  # reliability.md §1: more of one person is an alarm, never a refusal


class Why(StrEnum):
    """The ordinary reasons to listen; one's own words may stand in their place."""

    OWN_CALL = "own_call"
    COMPLAINT = "complaint"
    QA_CHECK = "qa_check"
    AUDIT = "audit"
    COACHING = "coaching"
    OVERSIGHT = "oversight"


# who holds several roles listens as the one named first
_BY_ROLE = {
    Role.COMPLAINT_HANDLER: Why.COMPLAINT,
    Role.QA_INSPECTOR: Why.QA_CHECK,
    Role.QA_SUPERVISOR: Why.QA_CHECK,
    Role.AUDITOR: Why.AUDIT,
    Role.TEAM_LEADER: Why.COACHING,
    Role.SUPERVISOR: Why.COACHING,
}


def goes_on(last_at: datetime, now: datetime) -> bool:
    """Whether a request for bytes at `now` belongs to the listening whose last one was at `last_at`."""
    return now - last_at <= PAUSE


def ordinary_why(roles: Collection[Role], is_own: bool) -> Why:
    """Why a person with these roles listens, where he does not say."""
    if is_own:
        return Why.OWN_CALL
    return next((why for role, why in _BY_ROLE.items() if role in roles), Why.OVERSIGHT)


def is_many(plays: int) -> bool:
    """Whether so many listenings begun by one person within an hour must be looked at."""
    return plays > PLAYS_PER_HOUR


def may_withdraw(roles: Collection[Role], is_own: bool) -> bool:
    """Whether a person with these roles may withdraw a note, his own or another's."""
    return is_own or not {Role.MANAGER, Role.QA_SUPERVISOR}.isdisjoint(roles)


def is_inside(at_s: float, until_s: float | None, duration_s: float) -> bool:
    """Whether a second, or a stretch that is not empty, lies within a recording."""
    return at_s <= duration_s if until_s is None else at_s < until_s <= duration_s
