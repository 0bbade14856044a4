"""What is known of one call, as plain JSON values: its rows, and every row of the ledger about it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Raw
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.incidents import IncidentKind
from dialer.core.ledger import EntryKind, Row, content_of
from dialer.store import ledger as books
from dialer.store.tables import attempts, ledger
from recordings.checkpoints import Kept, kept_of, newest
from recordings.sealed import Sealed, find_sealed
from recordings.tables import ledger_checkpoints, ledger_timestamps, recordings

BROKEN = IncidentKind.CHECKPOINT_BROKEN
SETTLING = (EntryKind.SEAL, EntryKind.ABSENCE)


@dataclass(frozen=True)
class Stamp:
    """A time stamp by somebody else, over the note of one checkpoint."""

    note: str
    token: bytes
    authority: str
    made_at: datetime


@dataclass(frozen=True)
class Case:
    """One call's evidence before it is written; `attempt` holds the whole number."""

    call: str
    attempt: dict[str, Any]
    recording: dict[str, Any] | None
    sealed: Sealed | None
    rows: list[Row]
    newest: Kept
    first: Kept | None  # the first checkpoint that covers the call's seal
    stamp: Stamp | None

    @property
    def settled(self) -> Row | None:
        """The ledger row that says what became of the recording."""
        return next((row for row in self.rows if row.entry.kind in SETTLING), None)


async def is_known(connection: AsyncConnection, call: str) -> bool:
    """Whether there is such a call."""
    return (await connection.execute(select(attempts.c.id).where(attempts.c.id == call))).first() is not None


async def last_row(connection: AsyncConnection, call: str) -> int:
    """The number of the last ledger row about a call, 0 = none."""
    query = select(ledger.c.seq).where(ledger.c.attempt_id == call).order_by(ledger.c.seq.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def gather(connection: AsyncConnection, call: str) -> Case:
    """Everything of one call, in the connection's snapshot. Raises ValueError for a row that nobody appended."""
    found = await connection.execute(select(ledger).where(ledger.c.attempt_id == call).order_by(ledger.c.seq))
    rows = [books.row_of(raw) for raw in found]
    kept = await newest(connection)
    assert kept is not None  # it covers the row of this export
    settled = next((row.seq for row in rows if row.entry.kind in SETTLING), None)
    return Case(
        call=call,
        attempt=await _one(connection, attempts, "id", call) or {},
        recording=await _one(connection, recordings, "attempt_id", call),
        sealed=await find_sealed(connection, call),
        rows=rows,
        newest=kept,
        first=await _first(connection, settled) if settled else None,
        stamp=await _stamp(connection, kept.checkpoint.size),
    )


def plain(value: Any) -> Any:
    """A column's value in JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Decimal | UUID) else value


def text_of(row: Row) -> str:
    """A ledger row's canonical text: what its hash is over."""
    return content_of(row).decode()


async def _one(connection: AsyncConnection, table: Table, key: str, call: str) -> dict[str, Any] | None:
    row = (await connection.execute(select(table).where(table.c[key] == call))).one_or_none()
    return {name: plain(value) for name, value in row._mapping.items()} if row is not None else None


async def _first(connection: AsyncConnection, seq: int) -> Kept | None:
    table = ledger_checkpoints
    query = select(table).where(table.c.size >= seq).order_by(table.c.size).limit(1)
    row: Raw[Any] | None = (await connection.execute(query)).one_or_none()
    return kept_of(row) if row is not None else None


async def _stamp(connection: AsyncConnection, size: int) -> Stamp | None:
    stamps = ledger_timestamps
    same = stamps.c.size == ledger_checkpoints.c.size
    query = select(stamps, ledger_checkpoints.c.note).join(ledger_checkpoints, same).where(stamps.c.size <= size)
    row = (await connection.execute(query.order_by(stamps.c.size.desc()).limit(1))).one_or_none()
    return Stamp(row.note, row.token, row.authority, row.made_at) if row is not None else None
