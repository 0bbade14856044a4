"""The ledger's part of a verification: chain, tree, and every checkpoint in the database and outside it.

The whole chain is read, whatever the scope: one changed row makes every later one worthless.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.x509 import Certificate
from sqlalchemy import Row as Raw
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core import ledger as chain
from dialer.core.merkle import Node, Tree, leaf_hash
from dialer.store import ledger
from recordings.checkpoints import Kept, kept_of
from recordings.copies import DAY_FILE, Content
from recordings.errors import NoteError, StampError
from recordings.notes import Checkpoint, PublicKey, opened
from recordings.report import Finding, Report
from recordings.tables import ledger_checkpoints, ledger_tiles, ledger_timestamps
from recordings.timestamps import checked

UNSIGNED_FOR = timedelta(minutes=10)  # a row is signed within a minute; later, nobody signs at all
COPY_LAG = timedelta(seconds=60)  # the newest copy may be on its way: a killed signer writes it at its next turn
CHUNK = 500
Read = Callable[[chain.Row], None]


@dataclass(frozen=True)
class Outside:
    """What is outside the database, read before it: its key, the copies beside it, copies kept elsewhere."""

    read_at: datetime  # just before the copies were read
    key: PublicKey | None
    copies: list[Content]
    elsewhere: list[Content] = field(default_factory=list)
    roots: tuple[Certificate, ...] = ()  # of the authority that stamps; none = its signatures are not checked


@dataclass(frozen=True)
class Mark:
    """A checkpoint that the ledger must agree with; `frontier` only of the database's own."""

    where: str
    checkpoint: Checkpoint
    frontier: tuple[bytes, ...] | None = None


class Marks:
    """All checkpoints, from wherever; what is wrong with them by themselves goes into the report."""

    def __init__(self, outside: Outside, settled_by: datetime, report: Report) -> None:
        self._outside, self._settled_by, self._report = outside, settled_by, report
        self._notes: dict[int, Kept] = {}
        self.by_size: dict[int, list[Mark]] = defaultdict(list)
        self.signed = 0

    def keep(self, rows: Iterable[Raw[Any]]) -> None:
        """Checkpoints of the table, in their order. Blocking: a signature each."""
        for row in rows:
            kept = kept_of(row)
            size = kept.checkpoint.size
            self._notes[size], self.signed = kept, size
            self._report.checkpoints += 1
            said = self._open(kept.note, "in the database")
            self._mark("in the database", said or kept.checkpoint, kept.frontier)
            if said is not None and said != kept.checkpoint:
                self._differs(f"the checkpoint over {size} rows: the database's columns are not what was signed")

    def compare(self) -> None:
        """The copies beside the database, both ways, and those kept elsewhere. Blocking."""
        if self._outside.key is None and self._notes:
            self._report.unchecked.append("the ledger's key is not on this machine: no signature was checked")
        copied = [size for content in self._outside.copies for size in self._copies_of(content)]
        if copied != sorted(set(copied)):
            self._differs("the copies of the checkpoints are not in their order")
        self._find_missing(set(copied))
        for content in self._outside.elsewhere:
            self._elsewhere(content)

    def note_of(self, size: int) -> str | None:
        """The database's note of a size."""
        kept = self._notes.get(size)
        return kept.note if kept is not None else None

    def _copies_of(self, content: Content) -> list[int]:
        """The sizes of a file's notes."""
        if not DAY_FILE.fullmatch(content.name):
            self._forged(f"{content.name} is no file of checkpoints")
        sizes = [size for note in content.notes if (size := self._copy(note, content.name)) is not None]
        if content.rest and not self._is_being_written(content.rest, max(sizes, default=0)):
            self._forged(f"{content.name} holds something that is no checkpoint")
        return sizes

    def _copy(self, note: str, name: str) -> int | None:
        size = _size(note)
        kept = self._notes.get(size) if size is not None else None
        if kept is not None and kept.note == note:  # its signature was checked already
            if not name.startswith(f"{kept.checkpoint.made_at:%Y-%m-%d}"):
                self._differs(f"{name} holds the checkpoint over {size} rows, of another day")
            return size
        said = self._open(note, f"in {name}")
        if said is not None and kept is not None:
            self._differs(f"the checkpoint over {said.size} rows is another one in {name} than in the database")
        elif said is not None:
            self._missing(f"the checkpoint over {said.size} rows is in {name} and not in the database")
        if said is not None:
            self._mark(f"in {name}", said)
        return size

    def _is_being_written(self, rest: str, after: int) -> bool:
        kept = next((kept for size, kept in self._notes.items() if size > after), None)
        is_fresh = kept is not None and kept.checkpoint.made_at > self._settled_by
        return kept is not None and is_fresh and f"{kept.note}\n".startswith(rest)

    def _find_missing(self, copied: set[int]) -> None:
        """Checkpoints of before the look at the copies that have none; the newest one's may have been on its way."""
        made = {size: kept.checkpoint.made_at for size, kept in self._notes.items()}
        early = [size for size, made_at in made.items() if made_at < self._outside.read_at]
        lost = [size for size in early if size not in copied]
        is_on_its_way = lost == early[-1:] and bool(lost) and made[lost[0]] > self._settled_by
        if not lost or is_on_its_way:
            return
        if not copied and self._is_of_another_machine(lost[-1]):
            self._report.unchecked.append("the checkpoints' copies are on another machine: they were not compared")
            return
        self._missing(f"{len(lost)} checkpoints have no copy outside the database, the first over {lost[0]} rows")

    def _is_of_another_machine(self, size: int) -> bool:
        key = self._outside.key
        return not self._outside.copies and (key is None or not self._notes[size].note.startswith(key.name))

    def _elsewhere(self, content: Content) -> None:
        """Copies kept elsewhere need not be all; each must be signed and agree with the ledger."""
        for note in content.notes:
            said = self._open(note, f"in {content.name}")
            if said is not None:
                self._mark(f"in {content.name}", said)
        if content.rest:
            self._forged(f"{content.name} holds something that is no checkpoint")

    def _open(self, note: str, where: str) -> Checkpoint | None:
        try:
            return opened(note, self._outside.key)
        except NoteError as error:
            self._forged(f"a checkpoint {where}: {error}")
            return None

    def _mark(self, where: str, checkpoint: Checkpoint, frontier: tuple[bytes, ...] | None = None) -> None:
        self.by_size[checkpoint.size].append(Mark(where, checkpoint, frontier))

    def _forged(self, words: str) -> None:
        self._report.differs(Finding.CHECKPOINT_FORGED, None, words)

    def _differs(self, words: str) -> None:
        self._report.differs(Finding.CHECKPOINT_DIFFERS, None, words)

    def _missing(self, words: str) -> None:
        self._report.differs(Finding.CHECKPOINT_MISSING, None, words)


class Walk:
    """Goes through the rows once: chain, tree, marks; each row that can be read is handed on. Blocking."""

    def __init__(self, marks: Marks, read: Read, unsigned_by: datetime, report: Report) -> None:
        self._marks, self._read, self._report = marks, read, report
        self._unsigned_by = unsigned_by
        self._chain, self.tree = chain.Follower(), Tree()
        self._broken, self._disagreed = False, 0

    def add(self, rows: Iterable[Raw[Any]]) -> None:
        """More rows, in their order."""
        for raw in rows:
            self._report.ledger_rows += 1
            try:
                row = ledger.row_of(raw)
            except ValueError as error:  # a kind that is none, a body that is no JSON: changed by hand
                self._break(f"row {raw.seq} cannot be read: {error}")
                continue
            self._follow(row)
            self._read(row)

    def end(self, head_seq: int, head_hash: bytes) -> None:
        """No more rows: what the head says, and what was signed beyond the end."""
        found = None if self._broken else self._chain.end(head_seq, head_hash)
        if found is not None:
            self._break(found.reason)
        beyond = [size for size in self._marks.by_size if size > self.tree.size]
        if beyond:
            self._disagree(f"{max(beyond)} rows were signed, the ledger has {self.tree.size}")
        if self._disagreed > 1:
            more = f"{self._disagreed - 1} later checkpoints do not agree either"
            self._report.differs(Finding.CHECKPOINT_BROKEN, None, more)

    def _follow(self, row: chain.Row) -> None:
        content = chain.content_of(row)
        found = None if self._broken else self._chain.follow(row, content)
        if found is not None:
            self._break(found.reason)
        self.tree.add(leaf_hash(content))
        for mark in self._marks.by_size.get(self.tree.size, ()):
            self._compare(mark, row.hash)
        if self.tree.size == self._marks.signed + 1 and row.appended_at < self._unsigned_by:
            words = f"row {row.seq} was appended at {row.appended_at.isoformat()} and is not signed"
            self._report.differs(Finding.CHECKPOINT_MISSING, None, words)

    def _compare(self, mark: Mark, head: bytes) -> None:
        size = mark.checkpoint.size
        if mark.checkpoint.root != self.tree.root() or mark.checkpoint.head != head:
            self._disagree(f"the first {size} rows are not those of the checkpoint {mark.where}")
        elif mark.frontier is not None and mark.frontier != tuple(self.tree.peaks):
            words = f"the checkpoint over {size} rows: its frontier was changed"
            self._report.differs(Finding.CHECKPOINT_DIFFERS, None, words)

    def _disagree(self, words: str) -> None:
        self._disagreed += 1
        if self._disagreed == 1:
            self._report.differs(Finding.CHECKPOINT_BROKEN, None, words)

    def _break(self, words: str) -> None:
        if not self._broken:
            self._report.differs(Finding.LEDGER_BROKEN, None, words)
        self._broken = True


async def check_ledger(
    connection: AsyncConnection, outside: Outside, read: Read, started_at: datetime, report: Report
) -> None:
    """Checks everything and hands every row to `read`, in a thread. Raises SQLAlchemyError."""
    head = await ledger.head(connection)
    marks = Marks(outside, started_at - COPY_LAG, report)
    table = await connection.stream(select(ledger_checkpoints).order_by(ledger_checkpoints.c.size))
    async for some in table.partitions(CHUNK):
        await asyncio.to_thread(marks.keep, some)
    await asyncio.to_thread(marks.compare)
    report.signed_rows = marks.signed
    walk = Walk(marks, read, started_at - UNSIGNED_FOR, report)
    async for chunk in ledger.read_raw(connection):
        await asyncio.to_thread(walk.add, chunk)
    await asyncio.to_thread(walk.end, *head)
    await _check_tiles(connection, walk.tree, marks.signed, report)
    await _check_stamps(connection, marks, outside.roots, report)


async def _check_stamps(
    connection: AsyncConnection, marks: Marks, roots: Sequence[Certificate], report: Report
) -> None:
    """Each time stamp is over the note that its checkpoint has, of the time that the row says."""
    for row in await connection.execute(select(ledger_timestamps).order_by(ledger_timestamps.c.size)):
        report.timestamps += 1
        note = marks.note_of(row.size)
        try:
            if note is None:
                raise StampError("there is no such checkpoint")
            if checked(row.token, note.encode(), list(roots)).tst_info.gen_time != row.made_at:
                raise StampError("it was made at another time than its row says")
        except StampError as error:
            report.differs(
                Finding.TIMESTAMP_BROKEN, None, f"the stamp of the checkpoint over {row.size} rows: {error}"
            )


async def _check_tiles(connection: AsyncConnection, tree: Tree, signed: int, report: Report) -> None:
    """The kept nodes of the tree, of which proofs are made: all that were signed, and no other."""
    kept = {Node(row.level, row.nth, row.hash) for row in await connection.execute(select(ledger_tiles))}
    due = {tile for tile in tree.tiles if (tile.nth + 1) << tile.level <= signed}
    for tile in sorted(kept ^ due)[:1]:
        words = f"the tree's node {tile.nth} of level {tile.level} is not what its rows give"
        report.differs(Finding.CHECKPOINT_DIFFERS, None, words)


def _size(note: str) -> int | None:
    try:
        return opened(note, None).size
    except NoteError:
        return None
