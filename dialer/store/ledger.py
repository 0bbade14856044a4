"""Appends to the ledger and reads it back. One appender at a time: the head row's lock says who."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row as Raw
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.ledger import Entry, EntryKind, Row, body_text, chain
from dialer.store import statements
from dialer.store.tables import ledger, ledger_head

CHUNK = 500
MAX_SEQ = 2**63 - 1


async def append(connection: AsyncConnection, entries: Sequence[Entry]) -> list[Row]:
    """Writes the entries as the next rows, inside the caller's transaction.

    Lock the head last in a transaction: whoever holds it makes every other appender wait.
    """
    head = (await connection.execute(statements.HEAD)).one()
    rows = chain(head.seq, head.hash, entries, datetime.now(UTC))
    if not rows:
        return rows
    await connection.execute(statements.APPEND, [_columns(row) for row in rows])
    await connection.execute(statements.MOVE_HEAD, {"p_seq": rows[-1].seq, "p_hash": rows[-1].hash})
    return rows


async def head(connection: AsyncConnection) -> tuple[int, bytes]:
    """The last row's number and hash."""
    found = (await connection.execute(select(ledger_head))).one()
    return found.seq, found.hash


async def read_rows(connection: AsyncConnection) -> AsyncIterator[Row]:
    """Every row in order, streamed. Raises ValueError for one that nobody can have appended."""
    async for chunk in read_raw(connection):
        for raw in chunk:
            yield row_of(raw)


async def read_raw(
    connection: AsyncConnection, after: int = 0, up_to: int = MAX_SEQ
) -> AsyncIterator[list[Raw[Any]]]:
    """Rows after..up_to as the table has them, streamed in chunks: `row_of` is work for a thread."""
    query = select(ledger).where(ledger.c.seq > after, ledger.c.seq <= up_to).order_by(ledger.c.seq)
    result = await connection.stream(query)
    async for chunk in result.partitions(CHUNK):
        yield list(chunk)


def row_of(raw: Raw[Any]) -> Row:
    """A row as it was appended. Raises ValueError for one that nobody can have appended."""
    said = json.loads(raw.body)
    if body_text(said) != raw.body:
        raise ValueError(f"the body of row {raw.seq} is not written as the ledger writes")
    entry = Entry(EntryKind(raw.kind), raw.attempt_id, raw.event_at, said)
    return Row(raw.seq, entry, raw.appended_at, raw.prev_hash, raw.hash)


def _columns(row: Row) -> dict[str, object]:
    return {
        "seq": row.seq,
        "kind": row.entry.kind.value,
        "attempt_id": row.entry.attempt_id,
        "event_at": row.entry.event_at,
        "appended_at": row.appended_at,
        "body": body_text(row.entry.body),
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }
