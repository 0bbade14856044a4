"""Appends to the ledger and reads it back. One appender at a time: the head row's lock says who."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.ledger import Entry, EntryKind, Row, chain
from dialer.store import statements
from dialer.store.tables import ledger, ledger_head


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
    """Every row in order, streamed."""
    result = await connection.stream(select(ledger).order_by(ledger.c.seq))
    async for row in result:
        entry = Entry(EntryKind(row.kind), row.attempt_id, row.event_at, json.loads(row.body))
        yield Row(row.seq, entry, row.appended_at, row.prev_hash, row.hash)


def _columns(row: Row) -> dict[str, object]:
    return {
        "seq": row.seq,
        "kind": row.entry.kind.value,
        "attempt_id": row.entry.attempt_id,
        "event_at": row.entry.event_at,
        "appended_at": row.appended_at,
        "body": json.dumps(row.entry.body, sort_keys=True, ensure_ascii=False),
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }
