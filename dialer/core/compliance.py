"""The gates before every dial. Each answers Permit or Refusal with a reason; all fail closed.

The law wins over the sale: no consent on file, no recorder, outside hours: no call (reliability.md §4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from dialer.core.hours import Window
from dialer.core.numbers import is_canonical


class RefusalReason(StrEnum):
    """Why something was not done: logged, stored, shown."""

    MALFORMED_NUMBER = "malformed_number"
    DNC = "dnc"
    NO_CONSENT = "no_consent"
    OUTSIDE_HOURS = "outside_hours"
    CLOSING_SOON = "closing_soon"
    FREQUENCY_CAP = "frequency_cap"
    MAX_ATTEMPTS = "max_attempts"
    CALLER_ID_NOT_ALLOWED = "caller_id_not_allowed"
    NOT_ISSUED = "not_issued"
    RECORDER_DOWN = "recorder_down"
    DISK_RESERVE = "disk_reserve"
    RECORDING_AT_RISK = "recording_at_risk"
    ASTERISK_DOWN = "asterisk_down"
    STORE_DOWN = "store_down"
    TRUNK_FULL = "trunk_full"
    STOPPING = "stopping"
    EMERGENCY_STOP = "emergency_stop"
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    WHICH_CAMPAIGN = "which_campaign"
    NOT_YOUR_CAMPAIGN = "not_your_campaign"
    SESSION_EXISTS = "session_exists"
    NO_SESSION = "no_session"
    NOT_READY = "not_ready"
    STATE_FORBIDDEN = "state_forbidden"
    UNKNOWN_CALL = "unknown_call"
    NOT_YOUR_CALL = "not_your_call"
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    DISPOSITION_MISSING = "disposition_missing"
    UNKNOWN_DISPOSITION = "unknown_disposition"
    PHONE_NOT_REGISTERED = "phone_not_registered"
    UNKNOWN_COMMAND = "unknown_command"


@dataclass(frozen=True)
class Refusal:
    """No, and why; `detail` is a sentence for a person; `again_at`, where it is known, when to ask again."""

    reason: RefusalReason
    detail: str
    again_at: datetime | None = None


@dataclass(frozen=True)
class LeadFacts:
    """What the gates ask about a number. `dialed_*` count attempts on the number in any campaign."""

    number: str
    on_dnc: bool
    consent_basis: str | None
    attempts: int
    dialed_day: int
    dialed_30_days: int


@dataclass(frozen=True)
class Rules:
    """A campaign's rules and the centre's caps."""

    zone: str
    opens_at: time
    closes_at: time
    max_attempts: int
    caller_id: str
    allowed_caller_ids: frozenset[str]
    per_day: int
    per_30_days: int
    closing_margin_s: int = 0


@dataclass(frozen=True)
class MachineFacts:
    """Whether the machine can dial, record and remember now, and whether a person stopped everything."""

    asterisk_up: bool
    store_up: bool
    recorder_up: bool
    recorder_why: str
    free_mb: int
    reserve_mb: int
    emergency_stop: bool = False
    at_risk: str | None = None  # what the open incident says while which nothing may be dialed


Gate = Callable[[LeadFacts, Rules, datetime], Refusal | None]


def machine_gate(machine: MachineFacts) -> Refusal | None:
    """None = permit. Asked before any lead is claimed: what is wrong with the machine stops all dialing."""
    if machine.emergency_stop:
        return Refusal(RefusalReason.EMERGENCY_STOP, "An emergency stop holds: nothing is dialed until it is lifted")
    if not machine.store_up:
        return Refusal(RefusalReason.STORE_DOWN, "PostgreSQL is away: nothing new is dialed until it is back")
    if not machine.asterisk_up:
        return Refusal(RefusalReason.ASTERISK_DOWN, "Asterisk is away: nothing is dialed until it is back")
    return _recorder_gate(machine)


def _recorder_gate(machine: MachineFacts) -> Refusal | None:
    """In doubt the recording wins over the call."""
    if not machine.recorder_up:
        return Refusal(RefusalReason.RECORDER_DOWN, f"No call without a recorder: {machine.recorder_why}")
    if machine.free_mb < machine.reserve_mb:
        detail = f"The recording disk has {machine.free_mb} MB left, the reserve is {machine.reserve_mb} MB"
        return Refusal(RefusalReason.DISK_RESERVE, detail)
    if machine.at_risk is not None:
        return Refusal(RefusalReason.RECORDING_AT_RISK, f"Recordings are at risk: {machine.at_risk}")
    return None


def number_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Only canonical E.164 numbers are dialed."""
    if is_canonical(lead.number):
        return None
    return Refusal(RefusalReason.MALFORMED_NUMBER, "This is not a number that can be dialed")


def dnc_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Never again after a refusal (13 ministries 2018, 禁呼名单)."""
    return Refusal(RefusalReason.DNC, "The number is on the do-not-call list") if lead.on_dnc else None


def consent_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Marketing calls need consent with proof on file (13 ministries 2018; PIPL art. 13)."""
    if lead.consent_basis:
        return None
    return Refusal(RefusalReason.NO_CONSENT, "There is no proof of consent on file for this number")


def hours_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Only inside the calling window at the called place."""
    return window_gate(rules, now)


def window_gate(rules: Rules, now: datetime) -> Refusal | None:
    """Whether the campaign may call now: opens_at <= local time < closes_at, and not in the last minutes of it."""
    window = Window(rules.zone, rules.opens_at, rules.closes_at)
    text, local = f"{rules.opens_at:%H:%M}-{rules.closes_at:%H:%M}", window.local(now)
    if not window.is_open(now):
        detail = f"It is {local:%H:%M} there; the window is {text}"
        return Refusal(RefusalReason.OUTSIDE_HOURS, detail, window.next_opening(now))
    if now + timedelta(seconds=rules.closing_margin_s) >= window.closing(now):
        detail = f"It is {local:%H:%M} there; the window {text} closes within {rules.closing_margin_s} s"
        return Refusal(RefusalReason.CLOSING_SOON, detail, window.next_opening(now))
    return None


def frequency_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """At most so many dials of a number a day and in 30 days."""
    if lead.dialed_day >= rules.per_day:
        return Refusal(RefusalReason.FREQUENCY_CAP, f"Dialed {lead.dialed_day} times in 24 hours already")
    if lead.dialed_30_days >= rules.per_30_days:
        return Refusal(RefusalReason.FREQUENCY_CAP, f"Dialed {lead.dialed_30_days} times in 30 days already")
    return None


def attempts_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """At most max_attempts dials of a lead in its campaign's life."""
    if lead.attempts < rules.max_attempts:
        return None
    return Refusal(RefusalReason.MAX_ATTEMPTS, f"All {rules.max_attempts} attempts are used")


def caller_id_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """The number shown must be one of ours (MIIT 2020: real caller number)."""
    if rules.caller_id in rules.allowed_caller_ids:
        return None
    return Refusal(RefusalReason.CALLER_ID_NOT_ALLOWED, f"{rules.caller_id} is not on the caller-ID allow-list")


GATES: tuple[Gate, ...] = (
    number_gate,
    dnc_gate,
    consent_gate,
    hours_gate,
    caller_id_gate,
    attempts_gate,
    frequency_gate,
)


def may_dial(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """None = permit; else the first gate's refusal."""
    for gate in GATES:
        refusal = gate(lead, rules, now)
        if refusal is not None:
            return refusal
    return None
