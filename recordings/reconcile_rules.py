"""PURE: what is amiss with a call, by what attempts, recordings, ledger, store and Asterisk's records each say of it.

One fault is one incident: a recordings row that is gone leaves an object without row and a call that looks unsettled;
only the row is reported. A call is judged once it is old enough that everybody has had the time to say something.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.core.incidents import IncidentKind
from recordings.rules import TAKEN_AWAY, owes_cdr

IN_FLIGHT = timedelta(seconds=60)  # Asterisk, the engine and the worker have so long to write what they know
LATE = timedelta(minutes=10)  # an ended call that is still not settled: the worker tries again for as long
# what this comparison opens, and so may close
OURS = frozenset(
    {
        IncidentKind.NOT_RECORDED,
        IncidentKind.NOT_SETTLED,
        IncidentKind.CALL_UNKNOWN,
        IncidentKind.CDR_MISSING,
        IncidentKind.CDR_NOT_ANSWERED,
        IncidentKind.ROW_GONE,
        IncidentKind.AUDIO_MISSING,
        IncidentKind.AUDIO_DIFFERS,
    }
)
AUDIO = frozenset({IncidentKind.AUDIO_MISSING, IncidentKind.AUDIO_DIFFERS})


class Audio(StrEnum):
    """What a look at the stored object gave."""

    UNCHECKED = "unchecked"  # there is none to look at, or the store did not answer
    GOOD = "good"
    MISSING = "missing"
    DIFFERS = "differs"


@dataclass(frozen=True)
class AttemptSays:
    """What the attempt's row says; `is_seen` = the answer was noted by the engine itself."""

    ended_at: datetime | None
    is_answered: bool
    is_seen: bool
    end_reason: str | None = None


@dataclass(frozen=True)
class RowSays:
    """What the recordings row says."""

    is_present: bool
    reason: str | None
    has_object: bool
    samples: int
    is_repaired: bool = False


@dataclass(frozen=True)
class LedgerSays:
    """What the ledger says: how often the call was settled in it, and in what its row differs from that."""

    intents: int = 0
    seals: int = 0
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Witnesses:
    """Everything known of one call. `cdr` is None where Asterisk's records were not read for its time."""

    call: str
    attempt: AttemptSays | None = None
    row: RowSays | None = None
    ledger: LedgerSays = LedgerSays()
    audio: Audio = Audio.UNCHECKED
    cdr: frozenset[str] | None = None  # the dispositions in it; empty = no record


@dataclass(frozen=True)
class Gap:
    """Something that no reason accounts for."""

    kind: IncidentKind
    call: str
    detail: str


ANSWERED = "ANSWERED"


def gaps_of(known: Witnesses, now: datetime) -> list[Gap]:
    """What is amiss with one call: empty for one that is whole, reasoned or still in flight."""
    if known.attempt is None:
        return [] if (detail := _who_knows(known)) is None else [Gap(IncidentKind.CALL_UNKNOWN, known.call, detail)]
    ended = known.attempt.ended_at
    if ended is None or now - ended < IN_FLIGHT:
        return []
    found = [*_of_the_row(known, known.attempt, now - ended), *_of_the_cdr(known, known.attempt)]
    return [Gap(kind, known.call, detail) for kind, detail in found]


def over_of(open_kinds: Iterable[IncidentKind], known: Witnesses, now: datetime) -> list[IncidentKind]:
    """Which open incidents of a call are over: found right by a look that could have found them again."""
    found = {gap.kind for gap in gaps_of(known, now)}
    seen = OURS - (AUDIO if known.audio is Audio.UNCHECKED else frozenset())
    if known.cdr is None:
        seen -= {IncidentKind.CDR_MISSING, IncidentKind.CDR_NOT_ANSWERED}
    if known.attempt is None and _who_knows(known) is None:
        seen = seen if known.cdr is not None else frozenset()  # nobody knows the call any more: nothing was compared
    return [kind for kind in open_kinds if kind in seen and kind not in found]


def explained(closed: Mapping[tuple[IncidentKind, str], bool], gaps: Collection[Gap]) -> list[Gap]:
    """The gaps that are still to be opened: those that a person closed with a reason are accounted for."""
    return [gap for gap in gaps if not closed.get((gap.kind, gap.call), False)]


def _who_knows(known: Witnesses) -> str | None:
    if known.ledger.intents or known.ledger.seals:
        return "The ledger knows this call, the attempts do not."
    if known.row is not None:
        return "The recordings know this call, the attempts do not."
    if known.cdr is not None and ANSWERED in known.cdr:
        return "Asterisk's records have an answered call, we do not."
    return None


def _of_the_row(known: Witnesses, attempt: AttemptSays, age: timedelta) -> Iterator[tuple[IncidentKind, str]]:
    """The recordings row, its ledger entry and its object; the first that is wrong explains the others."""
    row, ledger = known.row, known.ledger
    if row is None:
        if ledger.seals:
            yield IncidentKind.ROW_GONE, "The ledger has the seal, the recordings row is gone."
        elif age >= LATE:
            yield IncidentKind.NOT_SETTLED, f"The call ended {age // timedelta(minutes=1)} minutes ago, unsettled."
    elif (detail := _disagreement(ledger)) is not None:
        yield IncidentKind.ROW_GONE, detail
    elif row.is_present:
        yield from _of_the_object(row, known.audio)
    elif attempt.is_answered and row.reason not in TAKEN_AWAY:
        yield IncidentKind.NOT_RECORDED, f"The call was answered and is not recorded: {row.reason}."


def _of_the_object(row: RowSays, audio: Audio) -> Iterator[tuple[IncidentKind, str]]:
    if row.samples and not row.has_object:
        yield IncidentKind.AUDIO_MISSING, "The recordings row names no object."
    elif audio is Audio.MISSING:
        yield IncidentKind.AUDIO_MISSING, "The sealed recording is not in the store."
    elif audio is Audio.DIFFERS:
        yield IncidentKind.AUDIO_DIFFERS, "What lies in the store is not what was sealed."


def _disagreement(ledger: LedgerSays) -> str | None:
    if ledger.seals == 0:
        return "The ledger does not know this recordings row."
    if ledger.seals > 1:
        return f"The call was settled {ledger.seals} times; a row was taken away in between."
    return f"Row and ledger differ in {', '.join(ledger.differs)}." if ledger.differs else None


def _of_the_cdr(known: Witnesses, attempt: AttemptSays) -> Iterator[tuple[IncidentKind, str]]:
    if known.cdr is None:
        return
    saw_answer = ANSWERED in known.cdr
    is_repaired = known.row is not None and known.row.is_repaired
    if owes_cdr(attempt.is_answered and attempt.is_seen, attempt.end_reason, is_repaired) and not saw_answer:
        yield IncidentKind.CDR_MISSING, "The call was answered; Asterisk's records have no answered call."
    if saw_answer and not attempt.is_answered:
        yield IncidentKind.CDR_NOT_ANSWERED, "Asterisk saw an answer that the attempt does not know."
