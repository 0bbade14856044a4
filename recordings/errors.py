"""Faults of this folder. A refusal is a value (see rules.py); these mean that something could not be read or kept.

RecordingError
├── WavError       a leg's file is not what Asterisk writes
├── SpoolError     the spool folder is not there, or a file changed after it was sealed
├── AudioError     a FLAC cannot be decoded
└── StorageError   the store is away, slow or refuses
    └── MissingObjectError   the store answers, and has no such object
"""


class RecordingError(Exception):
    """The root; the text is a sentence for a person."""


class WavError(RecordingError):
    """A spool file is not an 8 kHz mono 16-bit PCM WAV; the text says which of these it is not."""


class SpoolError(RecordingError):
    """The spool cannot be trusted now: no folder, or a file that changed after it was sealed."""


class AudioError(RecordingError):
    """A stored FLAC does not decode to the end."""


class StorageError(RecordingError):
    """The store did not answer in time, or refused."""


class MissingObjectError(StorageError):
    """There is no object of that key."""
