"""PURE decisions about a call's recording: wait, seal or absent, each with its reason. No clock, no disk, no SQL.

Every ended attempt comes out as `present` or `absent(reason)`; nothing is decided while a file may still grow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from dialer.core.attempt import EndReason

UNCHANGED_S = 5.0  # an unclosed file this long unchanged has no writer any more; its buffer holds 2.05 s at most
LOST_MOST_S = Decimal("2.100")  # 32,768 bytes of 16-bit samples at 8 kHz, and what was in the air
MISSING_S = 10.0  # an answered call's files may appear this long after its end, not later
CALL_REJECTED = 21  # Q.850
DECLINE = 603  # SIP
NOT_PLACED = EndReason.NOT_PLACED.value
LONGEST_DELAY_S = 5.0


class WaitReason(StrEnum):
    """Why nothing is decided yet."""

    NOT_ENDED = "not_ended"
    STILL_OPEN = "still_open"  # a header is unclosed and the file changed lately
    FILES_MISSING = "files_missing"  # answered, just ended: they may still come


class AbsentReason(StrEnum):
    """Why there is no recording: the closed list."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    INVALID = "invalid"
    TRUNK_FAILED = "trunk_failed"
    CANCELLED = "cancelled"
    NOT_DIALED = "not_dialed"  # ended without a word from the network: it was never sent, or nobody knows
    UNKNOWN = "unknown"  # a dial result that says nothing
    RECORDER_FAILED = "recorder_failed"  # answered and not recorded: an alarm
    ERASED = "erased"  # was there, and was taken away by order of two persons
    RETENTION = "retention"  # was there, and its time was over


class PresentReason(StrEnum):
    """What is odd about a recording that is there."""

    NO_MEDIA = "no_media"  # answered, and neither side ever sent RTP
    CUSTOMER_LEG_MISSING = "customer_leg_missing"
    AGENT_LEG_MISSING = "agent_leg_missing"


@dataclass(frozen=True)
class CallFacts:
    """What the attempt's row says of the call."""

    answered_at: datetime | None
    ended_at: datetime | None
    dial_result: str | None = None
    cause: int | None = None
    tech_cause: int | None = None
    end_reason: str | None = None

    @property
    def is_answered(self) -> bool:
        """Either witness suffices: in doubt a recording is owed."""
        return self.answered_at is not None or self.dial_result == "answered"


def owes_cdr(is_answered: bool, end_reason: str | None, is_repaired: bool) -> bool:
    """Whether Asterisk must have written a record of the call's end.

    It writes it at the hangup: one that died before wrote none. The attempt says so (`node_lost`), or, where the
    hangup was just being carried out, the recording, whose files nobody closed any more.
    """
    return is_answered and end_reason != EndReason.NODE_LOST and not is_repaired


@dataclass(frozen=True)
class LegFacts:
    """What one leg's file shows; `unchanged_s` is how long we have seen the same size and time on it."""

    samples: int
    is_closed: bool
    unchanged_s: float

    @property
    def may_grow(self) -> bool:
        """Whether somebody may still be writing it."""
        return not self.is_closed and self.unchanged_s < UNCHANGED_S


@dataclass(frozen=True)
class Wait:
    """Look again later."""

    reason: WaitReason


@dataclass(frozen=True)
class Seal:
    """Seal what is on disk; `repaired` = a header had to be ignored, `reason` = what is odd."""

    repaired: bool
    reason: PresentReason | None = None


@dataclass(frozen=True)
class Absent:
    """There is no recording and there will be none."""

    reason: AbsentReason


Judgement = Wait | Seal | Absent

TAKEN_AWAY = frozenset({AbsentReason.ERASED, AbsentReason.RETENTION})

ABSENCES = {
    None: AbsentReason.NOT_DIALED,
    "no_answer": AbsentReason.NO_ANSWER,
    "busy": AbsentReason.BUSY,
    "rejected": AbsentReason.REJECTED,
    "invalid": AbsentReason.INVALID,
    "congestion": AbsentReason.TRUNK_FAILED,
    "failed": AbsentReason.TRUNK_FAILED,
    "cancelled": AbsentReason.CANCELLED,
}


def judge(call: CallFacts, customer: LegFacts | None, agent: LegFacts | None, now: datetime) -> Judgement:
    """What to do about a call's recording; a leg is None when its file is not there.

    An unanswered call whose files hold sound (a manual call's early media) is sealed like an answered one.
    """
    if call.ended_at is None:
        return Wait(WaitReason.NOT_ENDED)
    legs = [leg for leg in (customer, agent) if leg is not None]
    if any(leg.may_grow for leg in legs):
        return Wait(WaitReason.STILL_OPEN)
    if not call.is_answered and not any(leg.samples for leg in legs):
        return Absent(absence_of(call))
    if len(legs) < 2 and (now - call.ended_at).total_seconds() < MISSING_S:
        return Wait(WaitReason.FILES_MISSING)
    if not legs:
        return Absent(AbsentReason.RECORDER_FAILED)
    return Seal(not all(leg.is_closed for leg in legs), _oddity(customer, agent))


def absence_of(call: CallFacts) -> AbsentReason:
    """Why an unanswered call has no recording, from what the network said."""
    if call.end_reason == NOT_PLACED:
        return AbsentReason.NOT_DIALED
    if call.dial_result in ("failed", "busy") and (call.cause == CALL_REJECTED or call.tech_cause == DECLINE):
        return AbsentReason.REJECTED
    return ABSENCES.get(call.dial_result, AbsentReason.UNKNOWN)


def talk_s(call: CallFacts) -> Decimal:
    """Seconds from answer to end, to the millisecond; 0 for a call that was not answered."""
    if call.answered_at is None or call.ended_at is None:
        return Decimal("0.000")
    return _milliseconds(Decimal(str((call.ended_at - call.answered_at).total_seconds())))


def difference_s(samples: int, rate: int, talk: Decimal) -> Decimal:
    """Recorded minus talk, in seconds; negative = less was recorded than was talked."""
    return _milliseconds(Decimal(samples) / Decimal(rate) - talk)


def lost_s(seal: Seal, samples: int, rate: int, talk: Decimal) -> Decimal | None:
    """The seconds that a crash took at most, of a recording whose header was never closed; None = nothing was lost.

    Asterisk holds back at most LOST_MOST_S of a leg (reliability.md §0.2): that bounds what talk time cannot tell.
    """
    if not seal.repaired:
        return None
    missing = -difference_s(samples, rate, talk) if talk else LOST_MOST_S
    return min(max(missing, Decimal("0.000")), LOST_MOST_S)


def delays() -> Iterator[float]:
    """Seconds to wait before each next try while something is away: doubling up to 5 s, without end."""
    delay = 0.2
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY_S)


def _oddity(customer: LegFacts | None, agent: LegFacts | None) -> PresentReason | None:
    if not any(leg.samples for leg in (customer, agent) if leg is not None):
        return PresentReason.NO_MEDIA
    if customer is None:
        return PresentReason.CUSTOMER_LEG_MISSING
    return PresentReason.AGENT_LEG_MISSING if agent is None else None


def _milliseconds(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.001"))


CHECKPOINT_EVERY_S = 60.0
CHECKPOINT_EVERY_ROWS = 1000
STEP_S = 1.0  # what a clock may be slewed by in one look and still be the same clock


def is_checkpoint_due(grown: int, waited_s: float) -> bool:
    """Whether the ledger is to be signed: `grown` rows are not, and the last checkpoint is `waited_s` old.

    A ledger that shrank (below 0) is looked at like one that grew.
    """
    return grown >= CHECKPOINT_EVERY_ROWS or (grown != 0 and waited_s >= CHECKPOINT_EVERY_S)


def step_s(before: tuple[float, float], now: tuple[float, float]) -> float | None:
    """By how many seconds the wall clock was set between two looks at (wall, monotonic); None = it was not."""
    step = (now[0] - before[0]) - (now[1] - before[1])
    return step if abs(step) > STEP_S else None
