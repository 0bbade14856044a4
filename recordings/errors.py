"""Faults of this folder. A refusal is a value (see rules.py); these mean that something could not be read or kept.

RecordingError
├── WavError       a leg's file is not what Asterisk writes
├── SpoolError     the spool folder is not there, or a file changed after it was sealed
├── AudioError     a stored object is not what was sealed, or does not decode
├── KeyMissingError   a recording's key is not there, destroyed, or not ours
├── NoteError      a checkpoint that nobody can believe, or no key to sign one with
├── StampError     another authority's time stamp does not hold
├── LedgerBroken   the ledger does not continue what was signed: nothing is signed
└── StorageError   the store is away, slow or refuses
    ├── MissingObjectError   the store answers, and has no such object
    └── StorageLiesError     the store said that it kept something, and gives back something else
"""

from dialer.core.incidents import IncidentKind


class RecordingError(Exception):
    """The root; the text is a sentence for a person."""


class WavError(RecordingError):
    """A spool file is not an 8 kHz mono 16-bit PCM WAV; the text says which of these it is not."""


class SpoolError(RecordingError):
    """The spool cannot be trusted now: no folder, or a file that changed after it was sealed."""


class AudioError(RecordingError):
    """A stored object is not what was sealed, or does not decode to the end."""


class KeyMissingError(RecordingError):
    """A recording cannot be opened or sealed: its key, or the key that wraps it, is not there."""


class StorageError(RecordingError):
    """The store did not answer in time, or refused."""


class MissingObjectError(StorageError):
    """There is no object of that key."""


class StorageLiesError(StorageError):
    """The store said that it kept an object, and what is read back under its key is something else."""


class NoteError(RecordingError):
    """A checkpoint's note is not believable, or there is no key to sign one with; the text says why."""


class StampError(RecordingError):
    """What an authority answered is no time stamp over our checkpoint; the text says why."""


class LedgerBroken(RecordingError):
    """The ledger is not the continuation of its last checkpoint; `kind` says which of the two is wrong."""

    def __init__(self, kind: IncidentKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
