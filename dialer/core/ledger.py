"""The ledger's form: numbered without holes, each row's hash over the one before it (reliability.md §2).

hash_n = SHA256(hash_{n-1} || SHA256(canonical row n)); the first row follows 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

GENESIS = bytes(32)


class EntryKind(StrEnum):
    """What a ledger row witnesses."""

    INTENT = "intent"  # an attempt is about to be dialed
    OUTCOME = "outcome"  # how the attempt ended
    DISPOSED = "disposed"  # what the agent, or the program, said came of the talk
    SEAL = "seal"  # its recording is stored and verified
    ABSENCE = "absence"  # there is no recording, and why
    LISTENED = "listened"  # somebody played it: who, what, from where, why
    EXPORTED = "exported"  # somebody took a list, a clip or the evidence away
    NUMBER_REVEALED = "number_revealed"  # somebody saw a whole number
    HOLD_SET = "hold_set"  # nothing of it may be erased
    HOLD_LIFTED = "hold_lifted"
    PAUSE_INTERVAL = "pause_interval"  # the recorder was muted, from when to when
    RETENTION = "retention"  # its time was over: erased by rule
    ERASURE = "erasure"  # erased by order: the tombstone
    POLICY_CHANGE = "policy_change"  # a rule or threshold of evidence was changed, from what to what
    CLOCK_STEP = "clock_step"  # the clock jumped by more than a second
    VERIFIER_RUN = "verifier_run"  # what a verification found
    SELF_TEST = "self_test"  # a test call went through the recorder, and what came of it
    NUMBERS_MOVED = "numbers_moved"  # so many numbers passed from one account to another, and the root of their ids
    DNC_ADDED = "dnc_added"  # a number or prefix is on the do-not-call list
    DNC_WITHDRAWN = "dnc_withdrawn"  # taken off it: who asked, who agreed, why
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_CLOSED = "incident_closed"


@dataclass(frozen=True)
class Entry:
    """A row before it has a number; `body` is plain JSON values (no floats: numbers as text or int).

    `attempt_id` is None where the row is about no call.
    """

    kind: EntryKind
    attempt_id: str | None
    event_at: datetime
    body: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A row as stored."""

    seq: int
    entry: Entry
    appended_at: datetime
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True)
class Break:
    """Where a chain stops being believable."""

    seq: int
    reason: str


def canonical(seq: int, entry: Entry, appended_at: datetime) -> bytes:
    """The bytes that are hashed: JSON, keys sorted, no spaces, UTF-8, times in UTC with microseconds."""
    value = {
        "seq": seq,
        "kind": entry.kind.value,
        "attempt_id": entry.attempt_id,
        "event_at": entry.event_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "appended_at": appended_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "body": entry.body,
    }
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain(prev_seq: int, prev_hash: bytes, entries: Iterable[Entry], appended_at: datetime) -> list[Row]:
    """The next rows after (prev_seq, prev_hash), in the order given."""
    rows: list[Row] = []
    for entry in entries:
        seq = prev_seq + 1
        digest = link(prev_hash, canonical(seq, entry, appended_at))
        rows.append(Row(seq, entry, appended_at, prev_hash, digest))
        prev_seq, prev_hash = seq, digest
    return rows


def link(prev_hash: bytes, row: bytes) -> bytes:
    """The hash of a row whose canonical bytes are `row`."""
    return hashlib.sha256(prev_hash + hashlib.sha256(row).digest()).digest()


def body_text(body: dict[str, Any]) -> str:
    """A body as the table keeps it. A row whose text is any other was not written by us, whatever it means."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False)


class Follower:
    """Follows a chain row by row, from (`seq`, `hash`) on; it never goes past a row that it does not believe."""

    def __init__(self, seq: int = 0, digest: bytes = GENESIS) -> None:
        self.seq, self.hash = seq, digest

    def follow(self, row: Row, content: bytes) -> Break | None:
        """One more row, whose canonical bytes are `content`: why it cannot be the next one, or None."""
        seq = self.seq + 1
        if row.seq != seq:
            return Break(seq, f"row {seq} is missing; found {row.seq}")
        if row.prev_hash != self.hash:
            return Break(seq, f"row {seq} does not follow the row before it")
        if row.hash != link(self.hash, content):
            return Break(seq, f"row {seq} was changed after it was written")
        self.seq, self.hash = seq, row.hash
        return None

    def end(self, head_seq: int, head_hash: bytes) -> Break | None:
        """Whether the rows end where the head says."""
        if (self.seq, self.hash) == (head_seq, head_hash):
            return None
        return Break(self.seq + 1, f"the ledger ends at row {self.seq}, its head says {head_seq}")


def content_of(row: Row) -> bytes:
    """The bytes of a row that are hashed."""
    return canonical(row.seq, row.entry, row.appended_at)


def first_break(rows: Iterable[Row], head_seq: int, head_hash: bytes) -> Break | None:
    """The first place where number, link, content or head do not agree; None when the chain is whole."""
    follower = Follower()
    for row in rows:
        if found := follower.follow(row, content_of(row)):
            return found
    return follower.end(head_seq, head_hash)
