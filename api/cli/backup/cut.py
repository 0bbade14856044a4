"""PURE: what belongs to a snapshot and what began after it."""

from dataclasses import dataclass
from datetime import datetime

from dialer.core.ids import is_attempt_id
from recordings.records import SKEW, moment_of


@dataclass(frozen=True)
class Cut:
    """Where a snapshot ends: `known` are its calls of the last minutes before `taken_at`.

    `signed` is how many rows of the ledger its newest checkpoint covers.
    """

    taken_at: datetime
    known: frozenset[str]
    signed: int

    def is_later(self, call: str | None) -> bool:
        """Whether a call began after the snapshot. An unknown call that is older is an orphan, and kept."""
        if call is None or not is_attempt_id(call) or call in self.known:
            return False
        return moment_of(call) > self.taken_at - SKEW
