"""The gates before every dial. Each answers Permit or Refusal with a reason; all fail closed.

The law wins over the sale: no consent on file, no recorder, outside hours: no call (reliability.md §4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dialer.core.calendar import Calendar, Hours, intersection
from dialer.core.presets import CN, Preset

AFTER_ABANDON = timedelta(hours=72)


class RefusalReason(StrEnum):
    """Why something was not done: logged, stored, shown."""

    MALFORMED_NUMBER = "malformed_number"
    DNC = "dnc"
    NO_CONSENT = "no_consent"
    OUTSIDE_HOURS = "outside_hours"
    CLOSING_SOON = "closing_soon"
    FREQUENCY_CAP = "frequency_cap"
    AFTER_ABANDON = "after_abandon"
    LIST_OFF = "list_off"
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
    BAD_CALLBACK_TIME = "bad_callback_time"
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
    """What the gates ask about a number. `dialed_*` count attempts on the number in any campaign; `zone` is None
    where the called place is not known; `abandoned_at` is when a customer last answered there and got nobody.
    """

    number: str
    on_dnc: bool
    consent_source: str | None
    consent_basis: str | None
    consent_proof: str | None
    attempts: int
    dialed_day: int
    dialed_30_days: int
    dialed_life: int
    abandoned_at: datetime | None = None
    zone: str | None = None
    list_is_active: bool = True


@dataclass(frozen=True)
class Rules:
    """A campaign's rules, the centre's caps, and the country's preset, which they can only tighten.

    `by_hand` = an agent is on the line before the customer is.
    """

    zone: str
    opens_at: time
    closes_at: time
    max_attempts: int
    caller_id: str
    allowed_caller_ids: frozenset[str]
    per_day: int
    per_30_days: int
    per_life: int
    closing_margin_s: int = 0
    preset: Preset = CN
    by_hand: bool = False

    def hours(self, zones: tuple[str, ...]) -> Hours:
        """The campaign's window and the preset's hours, at all of these places."""
        return Hours(zones, (Calendar(((self.opens_at, self.closes_at),)), self.preset.calendar))


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
    """Only canonical numbers of the country: no premium, international, emergency or short one."""
    if rules.preset.may_reach(lead.number):
        return None
    return Refusal(RefusalReason.MALFORMED_NUMBER, "This is not a number that can be dialed")


def dnc_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Never again after a refusal (13 ministries 2018, 禁呼名单)."""
    return Refusal(RefusalReason.DNC, "The number is on the do-not-call list") if lead.on_dnc else None


def consent_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Calls need consent with its source, basis and proof on file (13 ministries 2018; PIPL art. 13)."""
    if lead.consent_source and lead.consent_basis and lead.consent_proof:
        return None
    return Refusal(RefusalReason.NO_CONSENT, "There is no proof of consent on file for this number")


def list_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """A list that a person switched off is not dialed."""
    return None if lead.list_is_active else Refusal(RefusalReason.LIST_OFF, "The number's list is switched off")


def hours_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Only inside the calling windows at the called place; where it is not known, at every possible one."""
    return _asked(rules, places(lead, rules), now)


def places(lead: LeadFacts, rules: Rules) -> tuple[str, ...]:
    """The zones in which the called person may be."""
    known = (rules.zone, *(zone for zone in rules.preset.zones if zone != rules.zone))
    return intersection(known, lead.zone)


def ring_by(lead: LeadFacts, rules: Rules, now: datetime) -> datetime:
    """When ringing must be over: the end of the window at the called place; at once where it is closed."""
    return rules.hours(places(lead, rules)).closing(now) or now


def window_gate(rules: Rules, now: datetime) -> Refusal | None:
    """Whether the campaign may call anybody now, by the clock of its own zone, and not in a window's last minutes."""
    return _asked(rules, (rules.zone,), now)


def _asked(rules: Rules, zones: tuple[str, ...], now: datetime) -> Refusal | None:
    hours = rules.hours(zones)
    closing = hours.closing(now)
    if closing is not None and now + timedelta(seconds=rules.closing_margin_s) < closing:
        return None
    local = now.astimezone(ZoneInfo(zones[0]))
    again_at = hours.next_opening(now)
    if closing is None:
        detail = f"It is {local:%H:%M} there, outside the hours in which people may be called"
        return Refusal(RefusalReason.OUTSIDE_HOURS, detail, again_at)
    detail = f"It is {local:%H:%M} there; the window closes within {rules.closing_margin_s} s"
    return Refusal(RefusalReason.CLOSING_SOON, detail, again_at)


def frequency_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """At most so many dials of a number in 24 hours, in 30 days, and ever, all campaigns together."""
    counted = (
        (lead.dialed_day, rules.per_day, "in 24 hours"),
        (lead.dialed_30_days, rules.per_30_days, "in 30 days"),
        (lead.dialed_life, rules.per_life, "in all"),
    )
    for dialed, most, span in counted:
        if dialed >= most:
            return Refusal(RefusalReason.FREQUENCY_CAP, f"Dialed {dialed} times {span} already")
    return None


def abandon_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """No machine calls a number again for 72 hours after a customer there got nobody (Ofcom 2010)."""
    if lead.abandoned_at is None or rules.by_hand or now >= lead.abandoned_at + AFTER_ABANDON:
        return None
    detail = "A customer answered there and got nobody: for 72 hours only a person may call"
    return Refusal(RefusalReason.AFTER_ABANDON, detail, lead.abandoned_at + AFTER_ABANDON)


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
    list_gate,
    hours_gate,
    caller_id_gate,
    attempts_gate,
    frequency_gate,
    abandon_gate,
)


def may_dial(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """None = permit; else the first gate's refusal."""
    for gate in GATES:
        refusal = gate(lead, rules, now)
        if refusal is not None:
            return refusal
    return None
