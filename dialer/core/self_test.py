"""The recorder's self-test: a call without a customer, tones on both legs, and what must be on disk and in the
store of it. Pure.

Spans are in seconds of a clock that never jumps.
"""

from dataclasses import dataclass
from datetime import datetime

from dialer.core.incidents import Incident, IncidentKind

CUSTOMER_TONES = (620, 1410)  # Hz: nobody's on the practice floor
AGENT_TONES = (980, 1770)
TALK_S = 3.0  # as the dialplan plays them
NEAR_S = 0.5
SEALED_S = 10.0  # for the worker to seal it, store it and read it back
PURE = 0.8  # share of a leg's energy that is its own pair; what is left is the tones' beginning and end
RETRY_S = 60.0  # after a second failure, and while a call's recorder was stopped
SUBJECT = "recorder"


@dataclass(frozen=True)
class Leg:
    """What lies on disk of one leg: its length, and the share of its energy (0 to 1) that is its own tones."""

    seconds: float
    purity: float


@dataclass(frozen=True)
class Heard:
    """Both legs; None = no file. `why` says what kept the call from being placed.

    `sealed` is what the recordings worker says of it: sealed, stored, read back, taken away; empty = all of it went
    well, None = it did not answer in time.
    """

    customer: Leg | None = None
    agent: Leg | None = None
    why: str = ""
    sealed: str | None = None


@dataclass(frozen=True)
class Earlier:
    """What is known of earlier tests; `passed_s` is how long ago one passed, None = never."""

    failed_in_a_row: int = 0
    tried_s: float | None = None
    passed_s: float | None = None


def verdict(heard: Heard) -> str:
    """Why the test failed; empty = it passed."""
    if heard.why:
        return heard.why
    for name, leg in (("customer", heard.customer), ("agent", heard.agent)):
        if leg is None:
            return f"there is no file of the {name}'s leg"
        if abs(leg.seconds - TALK_S) > NEAR_S:
            return f"the {name}'s leg is {leg.seconds:.1f} s long, not {TALK_S:.1f}"
        if leg.purity < PURE:
            return f"the {name}'s leg does not hold the {name}'s tones"
    return f"the recordings worker did not seal it within {SEALED_S:.0f} s" if heard.sealed is None else heard.sealed


def is_due(tests: Earlier, every_s: float, is_asked: bool) -> bool:
    """Whether one is to be made now: at its hour; again at once after a failure, then each minute; and when asked,
    by a person or by an incident that a passed test would end. 0 = never but when asked.
    """
    if tests.failed_in_a_row == 1:
        return True
    if tests.failed_in_a_row or is_asked:
        return tests.tried_s is None or tests.tried_s >= RETRY_S
    return every_s > 0 and (tests.passed_s is None or tests.passed_s >= every_s)


def failed(why: str, at: datetime) -> Incident:
    """While it is open nothing is dialed: a call that is not recorded is worse than none."""
    detail = f"The recorder's test call did not come through: {why}"
    return Incident(IncidentKind.SELF_TEST_FAILED, SUBJECT, at, detail)


def is_ended_by(incident: Incident, began_at: datetime, is_call_over: bool) -> bool:
    """Whether a test that began then and passed ends this incident.

    A recorder that somebody stopped harmed one call, and nothing brings that back; what stands between us and the
    next call is whether the recorder works, and a later test shows that. The call itself must be over.
    """
    if incident.kind is IncidentKind.SELF_TEST_FAILED:
        return True
    return incident.kind is IncidentKind.RECORDER_STOPPED and is_call_over and incident.at < began_at
