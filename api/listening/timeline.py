"""A call's happenings on the seconds of its audio. Pure.

A recording is not a clock (design.md): where neither side sends a sound, nothing is written, and all that follows
lies earlier in the audio than on the clock. How much is missing is known, where it is missing is not: so a place
between the audio's begin and end is a span, and exact only when nothing is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from api.listening.schemas import Mark, MarkKind

TOLERANCE_S = 0.5  # the recorder's own begin and end
MANUAL = "manual"


@dataclass(frozen=True)
class CallFacts:
    """What is known of a call's course."""

    mode: str
    opened_at: datetime
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    disposed_at: datetime | None = None
    dial_result: str | None = None
    end_reason: str | None = None
    disposition: str | None = None


class PauseFacts(NamedTuple):
    """The recording was muted; `ended_at` None = it is yet, `why` = how it ended."""

    began_at: datetime
    ended_at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True)
class Sound:
    """A call's audio between two moments of the clock. `from_end`: what is missing is missing at its begin."""

    begins_at: datetime
    ends_at: datetime
    duration_s: float
    from_end: bool = False

    @property
    def missing_s(self) -> float:
        """Seconds of the call that are not in the audio."""
        missing = (self.ends_at - self.begins_at).total_seconds() - self.duration_s
        return missing if missing > TOLERANCE_S else 0.0


class Place(NamedTuple):
    """Where in the audio: the likeliest second and the bounds of it."""

    at_s: float
    earliest_s: float
    latest_s: float


class Event(NamedTuple):
    """Something that happened, from when to when; until None = a moment."""

    kind: MarkKind
    at: datetime
    until: datetime | None = None
    detail: str | None = None


def sound_of(call: CallFacts, duration_s: float | None) -> Sound | None:
    """The audio's place on the clock: automatic calls from the answer on, those dialed by hand from the dial on.

    Of a call dialed by hand the seconds before the first sound of the line are missing at the begin.
    """
    begins_at = call.opened_at if call.mode == MANUAL else call.answered_at
    if begins_at is None or call.ended_at is None or not duration_s:
        return None
    return Sound(begins_at, call.ended_at, duration_s, from_end=call.mode == MANUAL)


def events_of(call: CallFacts, pauses: Iterable[PauseFacts] = ()) -> list[Event]:
    """What happened to the call, in order of time. A pause that nobody ended lasts as long as the call."""
    found = [Event(MarkKind.OPENED, call.opened_at), *_stretches(call)]
    moments = (
        (MarkKind.ANSWERED, call.answered_at, None),
        (MarkKind.CONNECTED, call.connected_at, None),
        (MarkKind.ENDED, call.ended_at, call.end_reason or call.dial_result),
        (MarkKind.DISPOSED, call.disposed_at, call.disposition),
    )
    found += [Event(kind, at, None, detail) for kind, at, detail in moments if at is not None]
    found += [Event(MarkKind.PAUSE, began, ended or call.ended_at, why) for began, ended, why in pauses]
    return sorted(found, key=lambda event: event.at)


def mark_of(event: Event, sound: Sound | None) -> Mark:
    """The event with its place in the audio."""
    begin = place(event.at, sound)
    end = place(event.until, sound) if event.until is not None else None
    if event.until is not None and sound is not None and begin is None and end is not None:
        begin = Place(0.0, 0.0, 0.0)  # it began before the audio does
    if event.until is not None and sound is not None and begin is not None and end is None:
        end = Place(*(sound.duration_s,) * 3)  # it ended after the audio does
    return Mark(
        kind=event.kind,
        at=event.at,
        until=event.until,
        at_s=begin.at_s if begin else None,
        until_s=end.at_s if end else None,
        earliest_s=begin.earliest_s if begin else None,
        latest_s=begin.latest_s if begin else None,
        detail=event.detail,
    )


def place(at: datetime, sound: Sound | None) -> Place | None:
    """Where in the audio a moment is to be heard; None = before or after it."""
    if sound is None or not sound.begins_at <= at <= sound.ends_at:
        return None
    wall_s = (at - sound.begins_at).total_seconds()
    if at == sound.ends_at or not sound.missing_s:
        exact = sound.duration_s if at == sound.ends_at else min(wall_s, sound.duration_s)
        return Place(exact, exact, exact)
    earliest, latest = max(0.0, wall_s - sound.missing_s), min(wall_s, sound.duration_s)
    return Place(earliest if sound.from_end else latest, earliest, latest)


def _stretches(call: CallFacts) -> list[Event]:
    found = []
    if (rung := call.answered_at or call.ended_at) is not None:
        found.append(Event(MarkKind.RINGING, call.opened_at, rung))
    waited = call.connected_at or call.ended_at
    if call.mode != MANUAL and call.answered_at is not None and waited is not None and waited > call.answered_at:
        found.append(Event(MarkKind.WAITING, call.answered_at, waited))
    return found
