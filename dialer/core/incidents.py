"""What may go wrong with the promise that every call is recorded: the closed list, and what each kind means. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class IncidentKind(StrEnum):
    """What happened; each stays open until somebody, or the program that found it over, closes it."""

    # the recorder
    RECORDER_NOT_STARTED = "recorder_not_started"  # a call was answered and its leg files are not there
    NOT_GROWING = "not_growing"  # a bridged call whose files do not grow
    RECORDER_STOPPED = "recorder_stopped"  # MixMonitor was stopped, and not by us
    ONE_SIDED = "one_sided"  # a leg without any sound beside one with sound
    SILENT = "silent"  # a talk without any sound on either leg
    LENGTH_DIFFERS = "length_differs"  # more than a second is missing that no mutual silence accounts for
    CRASH_TRUNCATED = "crash_truncated"  # Asterisk died: the last seconds of the call are lost
    BACKLOG = "backlog"  # ended calls wait too long to be sealed
    DISK_RESERVE = "disk_reserve"  # less than the reserve is left for recordings
    SELF_TEST_FAILED = "self_test_failed"  # the hourly test call did not come through
    WORKER_AWAY = "worker_away"  # the recordings worker gives no sign of life
    # completeness
    NOT_RECORDED = "not_recorded"  # answered, and no recording
    NOT_SETTLED = "not_settled"  # ended long ago, neither present nor absent
    CALL_UNKNOWN = "call_unknown"  # Asterisk's records, the ledger or a file know a call that the attempts do not
    CDR_MISSING = "cdr_missing"  # answered, and not in Asterisk's records
    CDR_NOT_ANSWERED = "cdr_not_answered"  # Asterisk saw an answer that the attempt does not know
    ROW_GONE = "row_gone"  # the ledger has a seal whose recordings row is gone, or no longer says the same
    AUDIO_MISSING = "audio_missing"  # sealed, and not in the store
    AUDIO_DIFFERS = "audio_differs"  # in the store, and not what was sealed
    ORPHAN = "orphan"  # a file or an object that no call accounts for; adopted, never deleted
    # who hears them
    MANY_PLAYS = "many_plays"  # one person began to hear more recordings within an hour than anybody can
    # the ledger, the keys, the clock, the store
    LEDGER_BROKEN = "ledger_broken"
    CHECKPOINT_BROKEN = "checkpoint_broken"  # the ledger no longer agrees with a checkpoint that was signed
    KEY_MISSING = "key_missing"  # a recording cannot be opened: its key, or the key of keys, is not there
    CLOCK_STEPPED = "clock_stepped"
    STORAGE_AWAY = "storage_away"
    STORAGE_LIES = "storage_lies"  # the store said "kept", and what was read back is something else


# in doubt the recording wins over the call: nothing is dialed while one of these is open
STOPPING = frozenset(
    {
        IncidentKind.DISK_RESERVE,
        IncidentKind.SELF_TEST_FAILED,
        IncidentKind.RECORDER_STOPPED,
        IncidentKind.LEDGER_BROKEN,
        IncidentKind.CHECKPOINT_BROKEN,
    }
)


@dataclass(frozen=True)
class Incident:
    """Something that was found; `subject` with `kind` says whether it is the same as one that is open already.

    `detail` is a sentence for a person without number or name; `facts` are plain JSON values.
    """

    kind: IncidentKind
    subject: str
    at: datetime
    detail: str
    call_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
