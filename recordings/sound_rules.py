"""Whether a sealed recording is as long as its talk and holds both voices. Pure; times in seconds.

A recording is not a clock: while nobody sends, MixMonitor writes nothing. So it is held against what the line
carried, RTP packets of 20 ms from the moment the recorder began; what talk time is left beyond them is mutual
silence, a gap and no fault (design.md §2).
"""

from dataclasses import dataclass
from decimal import Decimal

from dialer.core.incidents import IncidentKind
from dialer.core.recorder import LOUD

PACKET_S = Decimal("0.02")
NEAR_S = Decimal(1)
LONG_S = 10  # who talks for less may well have said nothing
FULL_SCALE = 32768


@dataclass(frozen=True)
class Sealed:
    """What is known of a recording; `packets` of the busier direction, None = nobody heard; peaks 0 to 1 of customer
    and agent, None = no sound at all; `together_s` = since customer and agent heard each other.
    """

    recorded_s: Decimal
    talk_s: Decimal
    packets: int | None
    repaired: bool
    together_s: float
    peaks: tuple[float, float] | None


@dataclass(frozen=True)
class Fault:
    """What is wrong; `detail` is a sentence for a person, `facts` plain JSON."""

    kind: IncidentKind
    detail: str
    facts: dict[str, str | int | None]


def faults(sealed: Sealed) -> list[Fault]:
    """Everything that is wrong with one recording."""
    return [fault for fault in (_length(sealed), _sound(sealed)) if fault is not None]


def owed_s(sealed: Sealed) -> Decimal:
    """How much of the talk must be on the recording."""
    if sealed.packets is None:
        return sealed.talk_s
    return min(sealed.talk_s, sealed.packets * PACKET_S)


def _length(sealed: Sealed) -> Fault | None:
    """A crash's loss is marked where it is sealed (crash_truncated)."""
    missing = owed_s(sealed) - sealed.recorded_s
    if sealed.repaired or missing <= NEAR_S:
        return None
    known = "that no silence accounts for" if sealed.packets is not None else "and nobody knows what the line carried"
    detail = f"{missing:.1f} s of {sealed.talk_s:.1f} s of talk are not on the recording, {known}"
    facts = {"recorded_s": str(sealed.recorded_s), "talk_s": str(sealed.talk_s), "packets": sealed.packets}
    return Fault(IncidentKind.LENGTH_DIFFERS, detail, facts)


def _sound(sealed: Sealed) -> Fault | None:
    if sealed.together_s < LONG_S:
        return None
    peaks = sealed.peaks or (0.0, 0.0)
    quiet = [leg for leg, peak in zip(("customer", "agent"), peaks, strict=True) if peak < LOUD / FULL_SCALE]
    facts: dict[str, str | int | None] = {"quiet": ",".join(quiet), "together_s": int(sealed.together_s)}
    if len(quiet) == len(peaks):
        return Fault(IncidentKind.SILENT, "Nothing is heard on either leg of a recording", facts)
    if quiet:
        return Fault(IncidentKind.ONE_SIDED, f"Nothing is heard of the {quiet[0]} on a recording", facts)
    return None
