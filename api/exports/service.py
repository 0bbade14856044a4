"""Exports: counted and in the ledger before the first byte leaves, read in one snapshot, a batch at a time.

They have an engine of their own: nobody else's connection waits for them, and theirs may take longer. What the rows
are made into is made in a thread. Memory holds one batch, however many rows there are.
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.auth.sessions import Person
from api.errors import DATABASE_FAULTS, Busy, Invalid, LedgerAway, StorageAway
from api.exports import forms
from api.exports.columns import Sight, cells, heads
from api.exports.rules import ROWS_MAX, numbers_shown
from api.exports.schemas import Form
from api.ids import new_id
from api.recordings.search import Found, count, find
from api.recordings.search_rules import Filters
from dialer.core.ledger import Entry, EntryKind
from dialer.core.numbers import mask
from dialer.store import ledger
from dialer.store.database import make_engine

log = structlog.get_logger(__name__)

AT_ONCE = 2  # exports that one api process makes at the same time
BATCH = 1000  # rows: some milliseconds of the event loop
PIECE = 256 * 1024  # bytes of a finished file
STATEMENT_S = 60.0  # counting a million rows
AWAY = "The ledger cannot be written now, and no list is taken away without its row there."
MEDIA = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Order:
    """Who takes what away, from where and why."""

    who: Person
    address: str | None
    filters: Filters
    form: Form
    sight: Sight
    why: str


@dataclass
class Sent:
    """What has left so far."""

    rows: int = 0
    size: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)
    is_whole: bool = False

    def add(self, piece: bytes, rows: int) -> bytes:
        """Counts the piece, and gives it."""
        self.rows += rows
        self.size += len(piece)
        self.sha256.update(piece)
        return piece


class Exports:
    """The exports of one api process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._ledger = engine
        url = engine.url.render_as_string(hide_password=False)
        self._engine = make_engine(url, pool_size=AT_ONCE, statement_s=STATEMENT_S)
        self._running = 0

    async def close(self) -> None:
        """Lets go of the database."""
        await self._engine.dispose()

    async def take(self, order: Order) -> StreamingResponse:
        """The file, its first ledger row committed. Raises Busy, Invalid, LedgerAway, StorageAway."""
        if self._running >= AT_ONCE:
            raise Busy("exports_busy", f"{AT_ONCE} exports are being made already.")
        self._running += 1
        taking = _Taking(order, self._ledger, self._engine, self._let_go)
        try:
            return await taking.begin()
        except BaseException:
            await taking.end()
            raise

    def _let_go(self) -> None:
        self._running -= 1


class _Taking:
    """One export, from its count to its last ledger row."""

    def __init__(self, order: Order, ledger_engine: AsyncEngine, engine: AsyncEngine, let_go: Any) -> None:
        self._order, self._ledger, self._engine, self._let_go = order, ledger_engine, engine, let_go
        self._id = new_id()
        self._sent = Sent()
        self._connection: AsyncConnection | None = None
        self._sheet: forms.Sheet | None = None
        self._is_told = False

    async def begin(self) -> StreamingResponse:
        connection = await self._engine.connect()
        self._connection = connection
        # one snapshot: what is settled meanwhile does not get in half; read only, so that nobody waits for it
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        rows = await count(connection, self._order.filters, ROWS_MAX + 1)
        if rows > ROWS_MAX:
            raise Invalid("too_many_rows", f"More than {ROWS_MAX} rows match.", "body.filters")
        await self._tell({"step": "begun", "rows": rows, **_asked(self._order)})
        self._is_told = True
        headers = {
            "Content-Disposition": f'attachment; filename="{_name(self._order)}"',
            "Cache-Control": "private, no-store",
            "X-Total-Rows": str(rows),
        }
        if self._order.form is Form.CSV:
            return _Response(self, self._csv(), headers, MEDIA[Form.CSV])
        size = await self._make_sheet()
        headers["Content-Length"] = str(size)
        return _Response(self, self._pieces(), headers, MEDIA[Form.XLSX])

    async def end(self) -> None:
        """Lets go of everything, and says in the ledger what left. Safe to call twice."""
        let_go, self._let_go = self._let_go, lambda: None
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                await connection.close()
            if self._sheet is not None:
                self._sheet.file.close()
            if self._is_told:
                self._is_told = False
                sent = self._sent
                digest = {"sha256": sent.sha256.hexdigest(), "bytes": sent.size, "rows": sent.rows}
                await self._tell({"step": "ended", "whole": sent.is_whole, **digest})
        finally:
            let_go()

    async def _tell(self, facts: dict[str, Any]) -> None:
        body = {"what": "recordings", "export_id": self._id, "user_id": self._order.who.id, **facts}
        try:
            async with self._ledger.begin() as connection:
                await ledger.append(connection, [Entry(EntryKind.EXPORTED, None, datetime.now(UTC), body)])
        except DATABASE_FAULTS as error:
            log.warning("an export is not in the ledger", action="export_unwritten", error=type(error).__name__)
            raise LedgerAway(AWAY) from error

    async def _batches(self) -> AsyncIterator[list[Found]]:
        last: str | None = None
        while self._connection is not None:
            found = await find(self._connection, self._order.filters, last, BATCH)
            if not found:
                return
            last = found[-1].row.attempt_id
            yield found

    async def _csv(self) -> AsyncIterator[bytes]:
        sent, sight = self._sent, self._order.sight
        yield sent.add(forms.csv_head(heads(sight)), 0)
        async for found in self._batches():
            yield sent.add(await asyncio.to_thread(_lines, found, sight), len(found))
        sent.is_whole = True

    async def _make_sheet(self) -> int:
        """Makes the whole file, so that its hash is known before it leaves; its size in bytes."""
        sight = self._order.sight
        try:
            sheet = await asyncio.to_thread(forms.Sheet, heads(sight))
            self._sheet = sheet
            async for found in self._batches():
                await asyncio.to_thread(lambda rows: sheet.add(cells(rows, sight)), found)
                self._sent.rows += len(found)
            return await asyncio.to_thread(sheet.close)
        except OSError as error:
            raise StorageAway("There is no room for the file, or no place.") from error

    async def _pieces(self) -> AsyncIterator[bytes]:
        assert self._sheet is not None
        file = self._sheet.file
        file.seek(0, io.SEEK_SET)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield self._sent.add(piece, 0)
        self._sent.is_whole = True


class _Response(StreamingResponse):
    """Whatever becomes of the client, the export is ended and the ledger told."""

    def __init__(self, taking: _Taking, pieces: AsyncIterator[bytes], headers: dict[str, str], media: str) -> None:
        super().__init__(pieces, headers=headers, media_type=media)
        self._taking = taking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.shield(self._taking.end())


def _lines(found: list[Found], sight: Sight) -> bytes:
    return forms.csv_rows(cells(found, sight))


def _asked(order: Order) -> dict[str, Any]:
    """The order as its ledger row has it: plain values, no whole number."""
    filters = {name: _plain(value) for name, value in vars(order.filters).items() if value is not None}
    if order.filters.phone is not None:
        filters["phone"] = mask(order.filters.phone)
    return {
        "form": order.form.value,
        "lang": order.sight.language.value,
        "numbers": numbers_shown(order.who.roles),
        "filters": filters,
        "why": order.why,
        "address": order.address,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, int) else str(value)


def _name(order: Order) -> str:
    return f"recordings-{datetime.now(order.sight.zone):%Y%m%d-%H%M%S}.{order.form.value}"
