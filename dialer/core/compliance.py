"""The gates before every dial. Each answers Permit or Refusal with a reason; all fail closed.

The law wins over the sale: no consent on file, no recorder, outside hours: no call (reliability.md §4).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dialer.core.calendar import NO_REGIONS, Calendar, Hours, Places, Regions, in_force, intersection
from dialer.core.holding import Holder
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
    NOT_LAST_CALL = "not_last_call"
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
    """What the gates ask about a number. `dialed_*` count attempts on the number in any campaign, `dialed_at` are the
    newest of the last 30 days, newest first; `zone` None or `region` empty: not known where; `abandoned_at` is
    when a customer last answered there and got nobody; `promised_to` is the agent whose own callback is open.
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
    holder: str = Holder.STOCK
    holder_id: str | None = None
    promised_to: str | None = None
    dialed_at: tuple[datetime, ...] = ()
    region: str = ""


@dataclass(frozen=True)
class Caps:
    """The centre's: dials of one number in all campaigns together, and the caller numbers that may be shown."""

    per_day: int = 1
    per_30_days: int = 3
    per_life: int = 10
    caller_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """A campaign's rules, the centre's caps and calendars, and the country's preset, which they can only tighten.

    `by_hand` = an agent is on the line before the customer is; `issued_to` = he may call only what he holds.
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
    issued_to: str | None = None
    regions: Regions = field(default_factory=lambda: NO_REGIONS, hash=False)

    def hours(self, zones: tuple[str, ...], region: str | None = None) -> Hours:
        """The campaign's window, the preset's hours and the region's calendar, at all of these places."""
        own = (self.regions[name] for name in in_force(self.regions, region))
        return Hours(zones, (Calendar(((self.opens_at, self.closes_at),)), self.preset.calendar, *own))


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
    return _asked(rules, places(lead, rules), now, lead.region)


def places(lead: LeadFacts, rules: Rules) -> tuple[str, ...]:
    """The zones in which the called person may be."""
    return intersection(_known_places(rules), lead.zone)


def ring_by(lead: LeadFacts, rules: Rules, now: datetime) -> datetime:
    """When ringing must be over: the end of the window at the called place; at once where it is closed."""
    return rules.hours(places(lead, rules), lead.region).closing(now) or now


def window_gate(rules: Rules, now: datetime) -> Refusal | None:
    """Whether anybody may be called now at a place that is known, and not in a window's last minutes."""
    refusals = [_asked(rules, (zone,), now) for zone in _known_places(rules)]
    refused = [each for each in refusals if each is not None]
    if len(refused) < len(refusals):
        return None
    openings = [each.again_at for each in refused if each.again_at is not None]
    return replace(refused[0], again_at=min(openings, default=None))


def open_places(rules: Rules, now: datetime) -> Places:
    """Until when each of the country's places may be called, as `hours_gate` has it; elsewhere is anywhere."""
    known = _known_places(rules)
    return Places({zone: _closing(rules, (zone,), now) for zone in known}, _closing(rules, known, now))


def _closing(rules: Rules, zones: tuple[str, ...], now: datetime) -> datetime | None:
    """When it closes next there; None = it is closed, or closes so soon that nobody is dialed any more."""
    closing = rules.hours(zones).closing(now)
    margin = timedelta(seconds=rules.closing_margin_s)
    return closing if closing is not None and now + margin < closing else None


def _known_places(rules: Rules) -> tuple[str, ...]:
    return (rules.zone, *(zone for zone in rules.preset.zones if zone != rules.zone))


def _asked(rules: Rules, zones: tuple[str, ...], now: datetime, region: str | None = None) -> Refusal | None:
    hours = rules.hours(zones, region)
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
    if lead.dialed_life >= rules.per_life:
        return Refusal(RefusalReason.FREQUENCY_CAP, f"Dialed {lead.dialed_life} times in all already")
    counted = (
        (lead.dialed_30_days, rules.per_30_days, timedelta(days=30), "in 30 days"),
        (lead.dialed_day, rules.per_day, timedelta(days=1), "in 24 hours"),
    )
    reached = [each for each in counted if each[0] >= each[1]]
    if not reached:
        return None
    dialed, _most, _span, words = reached[0]
    free = [_free_again(lead, most, span) for _dialed, most, span, _words in reached]
    known = [each for each in free if each is not None]
    again_at = max(known) if len(known) == len(free) else None
    return Refusal(RefusalReason.FREQUENCY_CAP, f"Dialed {dialed} times {words} already", again_at)


def _free_again(lead: LeadFacts, most: int, span: timedelta) -> datetime | None:
    """When fewer dials than `most` lie within the span; None = not known, or never."""
    return lead.dialed_at[most - 1] + span if 0 < most <= len(lead.dialed_at) else None


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


def issued_gate(lead: LeadFacts, rules: Rules, now: datetime) -> Refusal | None:
    """Where the campaign wants it an agent calls by hand what is issued to him, and his own callbacks (L282)."""
    if rules.issued_to is None or lead.promised_to == rules.issued_to:
        return None
    if lead.holder == Holder.AGENT and lead.holder_id == rules.issued_to:
        return None
    return Refusal(RefusalReason.NOT_ISSUED, "This number was not issued to you, and is no callback of yours")


def for_callback(rules: Rules) -> Rules:
    """The customer asked for this call: it may be one dial over the caps of a day, of 30 days and of the campaign."""
    return replace(
        rules,
        per_day=rules.per_day + 1,
        per_30_days=rules.per_30_days + 1,
        max_attempts=rules.max_attempts + 1,
    )


GATES: tuple[Gate, ...] = (
    number_gate,
    issued_gate,
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
