"""Whether a call's recorder does what it promises, from looks at its files and at the line. Pure.

Times are seconds of a clock that never jumps. MixMonitor writes through a buffer of 32 KiB a leg: 2.05 s of sound
(reliability.md §0.2). Where nobody sends RTP it writes nothing, and that is no fault: so a file that does not grow
is held against the packets that came or went meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from dialer.core.ids import AttemptId
from dialer.core.incidents import Incident, IncidentKind

MISSING_S = 5.0  # the files are there some milliseconds after the answer
STALL_S = 2.5  # no growth for so long: the line is asked from now on
NOT_GROWING_S = 5.0
OWED_PACKETS = 110  # 2.2 s of RTP of 20 ms: more than the buffer holds
HEARD_S = 30.0  # a leg may be without any sound for so long beside one with sound
LOUD = 50  # of 32768: above what the silence of a codec decodes to (A-law 8, mu-law 0)
BYTES_PER_S = 32_000  # two legs of 16 bits at 8 kHz
RESERVE_S = 7200  # issue: two hours of recording at the present rate
WORKER_AWAY_S = 15.0
LEGS = ("customer", "agent")


@dataclass(frozen=True)
class Look:
    """One look at a call's leg files: customer, agent. Sizes in bytes, None = not there; `peaks` are the loudest
    samples of what was written since the last look; `packets` of the busier direction, None = not asked, unknown.
    """

    sizes: tuple[int | None, int | None]
    peaks: tuple[int, int] = (0, 0)
    packets: int | None = None


@dataclass(frozen=True)
class Tape:
    """What the looks have shown of one call so far; `packets` is the first count of a stall."""

    began_s: float
    size: int = -1
    grew_s: float = 0.0
    is_missing: bool = False
    packets: int | None = None
    owed: int = 0
    heard_s: tuple[float, float] = (0.0, 0.0)


def begin(now_s: float) -> Tape:
    """A call that is watched from now on: answered a moment ago, or taken over from an earlier dialer."""
    return Tape(began_s=now_s, grew_s=now_s, heard_s=(now_s, now_s))


def joined(tape: Tape, now_s: float) -> Tape:
    """Agent and customer hear each other from now on: only now is sound of both expected."""
    return replace(tape, heard_s=(now_s, now_s))


def is_stalled(tape: Tape, now_s: float) -> bool:
    """Whether the line must be asked: nothing was written for some time."""
    return now_s - tape.grew_s >= STALL_S


def after(tape: Tape, look: Look, now_s: float) -> Tape:
    """The tape after one more look."""
    there = [size for size in look.sizes if size is not None]
    size = min(there) if len(there) == len(LEGS) else -1
    heard = tuple(now_s if peak >= LOUD else at for peak, at in zip(look.peaks, tape.heard_s, strict=True))
    seen = replace(tape, is_missing=size < 0, heard_s=(heard[0], heard[1]))
    if size > tape.size:
        return replace(seen, size=size, grew_s=now_s, packets=None, owed=0)
    if look.packets is None:
        return seen
    first = look.packets if tape.packets is None else tape.packets
    return replace(seen, packets=first, owed=max(tape.owed, look.packets - first))


def faults(call_id: AttemptId, tape: Tape, is_connected: bool, at: datetime, now_s: float) -> list[Incident]:
    """What is wrong with the recording of a call that is going on."""
    found = _growth(tape, now_s)
    if found is None and is_connected:
        found = _sound(tape, now_s)
    return [] if found is None else [Incident(found[0], call_id, at, found[1], call_id, found[2])]


def is_heard(tape: Tape, now_s: float) -> bool:
    """Whether both legs are heard: a silence is over then. What was not written stays lost."""
    return now_s - min(tape.heard_s) < HEARD_S


_Found = tuple[IncidentKind, str, dict[str, Any]]


def _growth(tape: Tape, now_s: float) -> _Found | None:
    stalled = now_s - tape.grew_s
    if tape.is_missing and now_s - tape.began_s >= MISSING_S:
        detail = "A call goes on and the files of its recording are not there"
        return IncidentKind.RECORDER_NOT_STARTED, detail, {"seconds": int(now_s - tape.began_s)}
    if stalled < NOT_GROWING_S or tape.owed < OWED_PACKETS:
        return None
    detail = f"A call's files have not grown for {int(stalled)} s while sound came or went"
    return IncidentKind.NOT_GROWING, detail, {"bytes": tape.size, "seconds": int(stalled), "packets": tape.owed}


def _sound(tape: Tape, now_s: float) -> _Found | None:
    quiet = [leg for leg, at in zip(LEGS, tape.heard_s, strict=True) if now_s - at >= HEARD_S]
    facts = {"quiet": quiet, "seconds": int(now_s - min(tape.heard_s)), "bytes": tape.size}
    if len(quiet) == len(LEGS):
        return IncidentKind.SILENT, f"Nothing was heard on either leg of a call for {int(HEARD_S)} s", facts
    if quiet:
        return IncidentKind.ONE_SIDED, f"Nothing was heard of the {quiet[0]} for {int(HEARD_S)} s", facts
    return None


def reserve_mb(calls: int, least_mb: int) -> int:
    """How much of the spool's disk must stay free, in MB of 2**20 bytes: two hours of the calls in the air."""
    return max(least_mb, ceil(calls * BYTES_PER_S * RESERVE_S / 2**20))


def disk_fault(node: str, free_mb: int, reserve: int, at: datetime) -> Incident | None:
    """Less is free than the reserve."""
    if free_mb >= reserve:
        return None
    detail = f"The recording disk of {node} has {free_mb} MB left, the reserve is {reserve} MB"
    return Incident(IncidentKind.DISK_RESERVE, node, at, detail, facts={"free_mb": free_mb, "reserve_mb": reserve})


def has_room(free_mb: int, reserve: int) -> bool:
    """Whether a shortage is over: a tenth above the reserve, so that it does not come and go with each call."""
    return free_mb >= reserve + reserve // 10


def worker_fault(node: str, age_s: float | None, watched_s: float, at: datetime) -> Incident | None:
    """The worker that seals the node's recordings is silent; None = it was never heard of."""
    silent_s = watched_s if age_s is None else age_s
    if silent_s < WORKER_AWAY_S:
        return None
    detail = f"The recordings worker of {node} gives no sign of life: what is recorded is not sealed"
    return Incident(IncidentKind.WORKER_AWAY, node, at, detail, facts={"seconds": int(silent_s)})


def stopped(call_id: AttemptId, how: str, at: datetime) -> Incident:
    """MixMonitor was stopped or muted, and not by us."""
    detail = f"The recording of a call was {how}, and not by us"
    return Incident(IncidentKind.RECORDER_STOPPED, call_id, at, detail, call_id, {"how": how})


def not_started(call_id: AttemptId, at: datetime) -> Incident:
    """A customer answered and the recorder was not there: no agent hears him."""
    detail = "A customer answered and the recorder did not start: the call was not connected"
    return Incident(IncidentKind.RECORDER_NOT_STARTED, call_id, at, detail, call_id)
