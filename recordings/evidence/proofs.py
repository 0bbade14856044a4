"""Proofs over the ledger's tree, read from its kept nodes: an old call's costs a few hundred rows, not the ledger."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.ledger import content_of
from dialer.core.merkle import (
    TILE_BITS,
    Span,
    consistency_spans,
    fold,
    inclusion_spans,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
    subtrees,
)
from dialer.store import ledger
from recordings.errors import LedgerBroken
from recordings.evidence.case import BROKEN
from recordings.notes import Checkpoint
from recordings.tables import ledger_tiles

Proof = list[bytes]


class Prover:
    """Proofs against one checkpoint, each checked before it is given out; what was read is kept for the next."""

    def __init__(self, connection: AsyncConnection, checkpoint: Checkpoint) -> None:
        self._connection, self._checkpoint = connection, checkpoint
        self._known: dict[tuple[int, int], bytes] = {}

    async def inclusion(self, seq: int, content: bytes) -> Proof:
        """That the row `seq` with these canonical bytes is in the checkpoint. Raises LedgerBroken when it is not."""
        size, root = self._checkpoint.size, self._checkpoint.root
        proof = await self._roots(inclusion_spans(seq - 1, size))
        if not is_included(leaf_hash(content), seq - 1, size, proof, root):
            raise LedgerBroken(BROKEN, f"row {seq} is not what the checkpoint over {size} rows says")
        return proof

    async def consistency(self, older: Checkpoint) -> Proof:
        """That nothing before the older checkpoint changed since. Raises LedgerBroken when something did."""
        size, root = self._checkpoint.size, self._checkpoint.root
        proof = await self._roots(consistency_spans(older.size, size))
        if not is_consistent(older.size, size, proof, older.root, root):
            raise LedgerBroken(BROKEN, f"the checkpoint over {size} rows does not continue that over {older.size}")
        return proof

    async def _roots(self, spans: Sequence[Span]) -> Proof:
        return [fold([await self._subtree(*subtree) for subtree in subtrees(span)]) for span in spans]

    async def _subtree(self, level: int, nth: int) -> bytes:
        if (level, nth) not in self._known:
            base = level - level % TILE_BITS
            first, count = nth << (level - base), 1 << (level - base)
            below = await self._tiles(base, first, count) if base else await self._leaves(first, count)
            self._known[level, nth] = root_of(below)
        return self._known[level, nth]

    async def _tiles(self, level: int, first: int, count: int) -> list[bytes]:
        tiles = ledger_tiles.c
        query = select(tiles.hash).where(tiles.level == level, tiles.nth >= first, tiles.nth < first + count)
        return list(await self._connection.scalars(query.order_by(tiles.nth)))

    async def _leaves(self, first: int, count: int) -> list[bytes]:
        chunks = ledger.read_raw(self._connection, first, first + count)
        return [leaf_hash(content_of(ledger.row_of(raw))) async for chunk in chunks for raw in chunk]
