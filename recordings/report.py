"""What a verification found: differences, and what could not be looked at."""

from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class ExitCode(IntEnum):
    """What `tianzhou verify` ends with."""

    GOOD = 0
    DIFFERENCES = 1
    COULD_NOT_CHECK = 2


class Finding(StrEnum):
    """What does not agree."""

    LEDGER_BROKEN = "ledger_broken"
    CHECKPOINT_BROKEN = "checkpoint_broken"  # the ledger is not what was signed
    CHECKPOINT_FORGED = "checkpoint_forged"  # what nobody with the ledger's key can have written
    CHECKPOINT_DIFFERS = "checkpoint_differs"  # database and copy, or row and note, say different things
    TIMESTAMP_BROKEN = (
        "timestamp_broken"  # a stamp that is not over its checkpoint, or that its authority did not make
    )
    CHECKPOINT_MISSING = (
        "checkpoint_missing"  # in the database and not outside, or the other way round, or never made
    )
    ATTEMPT_MISSING = "attempt_missing"  # the ledger, a row or a CDR knows a call that the attempts do not
    ATTEMPT_DIFFERS = "attempt_differs"  # the call's row and the ledger, or its recordings row, say different things
    ROW_MISSING = "row_missing"  # an ended call without a recordings row
    NOT_RECORDED = "not_recorded"  # answered, and absent: an alarm
    SEAL_MISSING = "seal_missing"  # a row that the ledger does not witness
    SEALED_TWICE = "sealed_twice"
    SEAL_DIFFERS = "seal_differs"  # row and ledger say different things
    SEAL_WITHOUT_ROW = "seal_without_row"
    TOMBSTONE_DIFFERS = "tombstone_differs"  # taken away without a tombstone, or there in spite of one
    OBJECT_MISSING = "object_missing"
    OBJECT_DIFFERS = "object_differs"
    KEY_MISSING = "key_missing"  # a recording cannot be opened
    OBJECT_WITHOUT_ROW = "object_without_row"
    SPOOL_LEFT = "spool_left"  # settled long ago or never, and still in the spool
    SPOOL_ORPHAN = "spool_orphan"
    CDR_NOT_ANSWERED = "cdr_not_answered"  # Asterisk saw an answer that the attempt does not know
    CDR_MISSING = "cdr_missing"  # answered, and Asterisk's records do not have it


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree; `call` is None when it belongs to no call."""

    kind: Finding
    call: str | None
    detail: str


@dataclass
class Report:
    """The result of one verification."""

    day: str | None = None
    call: str | None = None
    calls: int = 0
    present: int = 0
    absent: int = 0
    ledger_rows: int = 0
    checkpoints: int = 0
    signed_rows: int = 0
    timestamps: int = 0
    objects: int = 0
    cdr_calls: int = 0
    differences: list[Difference] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def differs(self, kind: Finding, call: str | None, detail: str) -> None:
        """Notes a difference."""
        self.differences.append(Difference(kind, call, detail))

    @property
    def code(self) -> ExitCode:
        """A difference outweighs what could not be checked."""
        if self.differences:
            return ExitCode.DIFFERENCES
        return ExitCode.COULD_NOT_CHECK if self.unchecked else ExitCode.GOOD

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, the exit code with them."""
        return asdict(self) | {"code": int(self.code)}
