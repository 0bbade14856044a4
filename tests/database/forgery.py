"""What the database's owner could do: change rows and compute everything anew, but for the signatures."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.ledger import GENESIS, Follower, Row, chain, content_of
from dialer.core.merkle import Tree, leaf_hash
from dialer.store import ledger as books
from dialer.store.tables import ledger, ledger_head
from recordings.tables import ledger_checkpoints, ledger_tiles

Change = Callable[[list[Row]], list[Row]]


async def rewrite(owner: AsyncEngine, change: Change) -> None:
    """The ledger with its rows changed, and numbers, links, head, roots, frontiers and tiles made to agree."""
    async with owner.begin() as connection:
        rows = [row async for row in books.read_rows(connection)]
        await write(connection, renumbered(change(rows)))
        await recompute(connection)


def renumbered(rows: Sequence[Row]) -> list[Row]:
    """These rows as a chain from the beginning, each keeping the time of its appending."""
    made: list[Row] = []
    for row in rows:
        before = (made[-1].seq, made[-1].hash) if made else (0, GENESIS)
        made += chain(*before, [row.entry], row.appended_at)
    return made


async def write(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """These rows, and no other, with the head that belongs to them."""
    await connection.execute(delete(ledger))
    if rows:
        await connection.execute(insert(ledger), [columns(row) for row in rows])
    seq, digest = (rows[-1].seq, rows[-1].hash) if rows else (0, GENESIS)
    await connection.execute(update(ledger_head).values(seq=seq, hash=digest))


def columns(row: Row) -> dict[str, Any]:
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


async def recompute(connection: AsyncConnection) -> None:
    """Every checkpoint's columns from the rows as they are; its note says the same, under the old signature."""
    tree, follower = Tree(), Follower()
    kept = {row.size: row for row in await connection.execute(select(ledger_checkpoints))}
    async for row in books.read_rows(connection):
        content = content_of(row)
        follower.follow(row, content)
        tree.add(leaf_hash(content))
        if tree.size in kept:
            await _restate(connection, tree, follower.hash)
    await connection.execute(delete(ledger_checkpoints).where(ledger_checkpoints.c.size > tree.size))
    await connection.execute(delete(ledger_tiles))
    if tree.tiles:
        await connection.execute(insert(ledger_tiles), [tile._asdict() for tile in tree.tiles])


async def _restate(connection: AsyncConnection, tree: Tree, head: bytes) -> None:
    said = {"root": tree.root(), "head_hash": head, "frontier": b"".join(tree.peaks)}
    await connection.execute(update(ledger_checkpoints).where(ledger_checkpoints.c.size == tree.size).values(said))


async def do(owner: AsyncEngine, statement: str, **values: Any) -> None:
    """One statement that changes exactly one row."""
    async with owner.begin() as connection:
        assert (await connection.execute(text(statement), values)).rowcount == 1
