"""Signs the ledger: who changes a row afterwards, and computes everything anew, cannot sign it anew.

One signer at a time, by an advisory lock. It reads only the rows since the last checkpoint, and signs nothing unless
they continue it, the checkpoint is the one that was signed, and its copy outside the database says the same.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row as Raw
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.incidents import IncidentKind
from dialer.core.ledger import Follower, content_of
from dialer.core.merkle import Tree, leaf_hash
from dialer.store import ledger
from dialer.store.database import transaction
from recordings.copies import Copies, size_of
from recordings.errors import LedgerBroken, NoteError
from recordings.notes import HASH_BYTES, Checkpoint, SigningKey, opened
from recordings.tables import ledger_checkpoints, ledger_tiles

ROWS_AT_ONCE = 50_000  # a ledger that was never signed is signed in steps, each kept
TURN = 6_962  # the advisory lock of whoever signs
BROKEN = IncidentKind.CHECKPOINT_BROKEN


@dataclass(frozen=True)
class Kept:
    """A checkpoint as the table has it."""

    checkpoint: Checkpoint
    note: str
    frontier: tuple[bytes, ...]


class Signer:
    """Makes checkpoints of one database with one key; `copies` are outside the database."""

    def __init__(self, engine: AsyncEngine, key: SigningKey, copies: Copies) -> None:
        self._engine, self._key, self._copies = engine, key, copies
        self.public = key.public

    async def grown(self) -> int:
        """How many rows no checkpoint covers yet."""
        async with self._engine.connect() as connection:
            size, _hash = await ledger.head(connection)
            last = await newest(connection)
        return size - (last.checkpoint.size if last else 0)

    async def sign(self) -> Checkpoint | None:
        """A checkpoint over the ledger as it is, its copy on the disk; None = nothing is new, or another signs.

        Raises LedgerBroken when there is something that must not be signed, OSError when the copy cannot be kept.
        """
        async with transaction(self._engine) as connection:
            if not await _take_turn(connection):
                return None
            last = await newest(connection)
            await self._compare(connection, last)
            made = await self._next(connection, last)
        if made is not None:  # it is committed: killed here, the next run writes the copy
            await asyncio.to_thread(self._copies.append, made.note, made.checkpoint.made_at)
        return made.checkpoint if made else None

    async def sign_all(self) -> Checkpoint | None:
        """The same until nothing is new: the newest checkpoint. Raises as `sign`."""
        made = None
        while (step := await self.sign()) is not None:
            made = step
        return made

    async def _compare(self, connection: AsyncConnection, last: Kept | None) -> None:
        """The last checkpoint is what was signed, here and outside."""
        copy, rest = await asyncio.to_thread(self._copies.newest)
        if last is not None and copy is None and not last.note.startswith(f"{self.public.name}\n"):
            raise LedgerBroken(IncidentKind.KEY_MISSING, "the ledger was signed with a key that this machine has not")
        if last is not None:
            self._believe(last)
        copied = _size(copy)
        if copied > (last.checkpoint.size if last else 0):
            raise LedgerBroken(BROKEN, f"a checkpoint over {copied} rows is outside the database and not in it")
        if copy is not None and not await _has(connection, copied, copy):
            raise LedgerBroken(BROKEN, f"the checkpoint over {copied} rows is another one outside the database")
        await self._catch_up(await _after(connection, copied), rest)

    async def _catch_up(self, missing: list[Raw[Any]], rest: str) -> None:
        """Writes the one copy that a kill or a full disk prevented; it may be there in part."""
        if len(missing) > 1:
            raise LedgerBroken(BROKEN, f"the copies outside the database end before the checkpoint {missing[0].size}")
        if rest and not (missing and f"{missing[0].note}\n".startswith(rest)):
            raise LedgerBroken(BROKEN, "the copies outside the database hold something that is no checkpoint")
        if rest:
            await asyncio.to_thread(self._copies.cut, rest)
        for row in missing:
            await asyncio.to_thread(self._copies.append, row.note, row.made_at)

    def _believe(self, last: Kept) -> None:
        try:
            said = opened(last.note, self.public)
            root = Tree(last.checkpoint.size, last.frontier).root()
        except (NoteError, ValueError) as error:
            raise LedgerBroken(BROKEN, f"the checkpoint over {last.checkpoint.size} rows: {error}") from error
        if said != last.checkpoint or root != said.root:
            raise LedgerBroken(BROKEN, f"the checkpoint over {last.checkpoint.size} rows was changed")

    async def _next(self, connection: AsyncConnection, last: Kept | None) -> Kept | None:
        head, head_hash = await ledger.head(connection)
        size = last.checkpoint.size if last else 0
        if head < size:
            raise LedgerBroken(IncidentKind.LEDGER_BROKEN, f"the ledger ends at row {head}; {size} were signed")
        if head == size:
            return None
        growth, up_to = Growth(last), min(head, size + ROWS_AT_ONCE)
        async for chunk in ledger.read_raw(connection, size, up_to):
            await asyncio.to_thread(growth.add, chunk)
        found = growth.chain.end(up_to, head_hash if up_to == head else growth.chain.hash)
        if found is not None:
            raise LedgerBroken(IncidentKind.LEDGER_BROKEN, found.reason)
        made = self._made(growth)
        await connection.execute(insert(ledger_checkpoints).values(_columns(made)))
        if growth.tree.tiles:
            await connection.execute(insert(ledger_tiles), [tile._asdict() for tile in growth.tree.tiles])
        return made

    def _made(self, growth: "Growth") -> Kept:
        tree = growth.tree
        checkpoint = Checkpoint(tree.size, tree.root(), growth.chain.hash, datetime.now(UTC))
        return Kept(checkpoint, self._key.note(checkpoint), tuple(tree.peaks))


class Growth:
    """What a ledger became since its last checkpoint. Blocking; fed in a thread."""

    def __init__(self, last: Kept | None) -> None:
        start = last.checkpoint if last else None
        self.chain = Follower(start.size, start.head) if start else Follower()
        self.tree = Tree(start.size, last.frontier) if start and last else Tree()

    def add(self, chunk: Iterable[Raw[Any]]) -> None:
        """More rows. Raises LedgerBroken when one does not follow."""
        for raw in chunk:
            try:
                row = ledger.row_of(raw)
            except ValueError as error:
                raise LedgerBroken(IncidentKind.LEDGER_BROKEN, f"row {raw.seq} cannot be read") from error
            content = content_of(row)
            if found := self.chain.follow(row, content):
                raise LedgerBroken(IncidentKind.LEDGER_BROKEN, found.reason)
            self.tree.add(leaf_hash(content))


async def newest(connection: AsyncConnection) -> Kept | None:
    """The table's last checkpoint, not looked at."""
    query = select(ledger_checkpoints).order_by(ledger_checkpoints.c.size.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return kept_of(row) if row is not None else None


def kept_of(row: Raw[Any]) -> Kept:
    """A row of the table."""
    frontier = [row.frontier[at : at + HASH_BYTES] for at in range(0, len(row.frontier), HASH_BYTES)]
    return Kept(Checkpoint(row.size, row.root, row.head_hash, row.made_at), row.note, tuple(frontier))


def _columns(kept: Kept) -> dict[str, Any]:
    made = kept.checkpoint
    return {
        "size": made.size,
        "root": made.root,
        "head_hash": made.head,
        "made_at": made.made_at,
        "note": kept.note,
        "frontier": b"".join(kept.frontier),
    }


def _size(copy: str | None) -> int:
    try:
        return size_of(copy) if copy is not None else 0
    except NoteError as error:
        raise LedgerBroken(BROKEN, f"the last checkpoint outside the database: {error}") from error


async def _take_turn(connection: AsyncConnection) -> bool:
    taken = await connection.execute(text("select pg_try_advisory_xact_lock(:turn)"), {"turn": TURN})
    return bool(taken.scalar_one())


async def _has(connection: AsyncConnection, size: int, note: str) -> bool:
    query = select(ledger_checkpoints.c.note).where(ledger_checkpoints.c.size == size)
    return (await connection.execute(query)).scalar_one_or_none() == note


async def _after(connection: AsyncConnection, size: int) -> list[Raw[Any]]:
    """The first two checkpoints beyond a size."""
    table = ledger_checkpoints
    query = select(table).where(table.c.size > size).order_by(table.c.size).limit(2)
    return list(await connection.execute(query))
