"""Carries out what `imports` says: reads the files that came, makes leads of their rows, takes them back.

Everything it knows is in the row: killed at any moment, it goes on where the last batch was committed. A second one
on the same database does no harm: a batch is only written where the one before it ended.
"""

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import new_id
from api.numbers import batches
from api.numbers.batches import Batch
from api.numbers.files import BadFile, Read, normalise, rows_from
from api.numbers.rules import Consent, Meaning, Plan, is_header, is_number, mask_any, propose
from api.numbers.rules import text as seen
from api.numbers.tables import import_columns, imports
from dialer.store.tables import leads, lists

BATCH = 5_000  # rows
SAMPLE = 20
UNDO = 20_000  # leads at a time
LOOK_S = 0.5
WORK = ("reading", "waiting", "running", "undoing")
# only what nobody touched: not dialed, not drawn, not being dialed now
TAKE_BACK = text("""
delete from leads where id in (
    select id from leads where import_id = :import_id and attempts = 0 and holder in ('stock', 'blocked')
    and state in ('new', 'waiting', 'blocked') limit :most for update skip locked)
""")

log = structlog.get_logger()


@dataclass
class Importer:
    """All imports of one database; `folder` holds the files."""

    engine: AsyncEngine
    folder: Path
    batch: int = BATCH

    async def run(self) -> None:
        """For ever: the oldest import that asks for something, until nothing does."""
        while True:
            if not await self.step():
                await asyncio.sleep(LOOK_S)

    async def step(self) -> bool:
        """Does what the oldest open import asks for; whether there was one."""
        query = select(imports).where(imports.c.state.in_(WORK)).order_by(imports.c.id).limit(1)
        async with self.engine.connect() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            return False
        with structlog.contextvars.bound_contextvars(import_id=found.id):
            await self._do(found)
        return True

    async def _do(self, found: Row[Any]) -> None:
        if found.state == "reading":
            await self._read(found)
        elif found.state == "undoing":
            await self._undo(found)
        else:
            await self._import(found)

    # -- reading -------------------------------------------------------------------------------------------------

    async def _read(self, found: Row[Any]) -> None:
        source, target = file_of(self.folder, found.id), plain_of(self.folder, found.id)
        try:
            read = await asyncio.to_thread(normalise, source, target)
            first = await asyncio.to_thread(
                lambda: [row[2] for row in itertools.islice(rows_from(target), SAMPLE + 1)]
            )
            if not first:
                raise BadFile("empty_file", "The file holds no row.")
            if len(first[0]) > 200:
                raise BadFile("too_many_columns", "The first row has more than 200 columns: is the separator right?")
        except BadFile as bad:
            await self._fail(found.id, bad.reason)
            return
        except FileNotFoundError:
            await self._fail(found.id, "file_lost")
            return
        await self._ready(found, read, first)

    async def _ready(self, found: Row[Any], read: Read, first: list[list[str]]) -> None:
        has_header = is_header(first[0])
        width = max(map(len, first))
        heads = [seen(cell) for cell in first[0]] if has_header else []
        heads += [f"#{n + 1}" for n in range(len(heads), width)]
        sample = first[1:] if has_header else first[:SAMPLE]
        async with self.engine.connect() as connection:
            kept = await connection.execute(select(import_columns).where(import_columns.c.region == found.region))
            remembered = {row.head: Meaning(row.meaning) for row in kept}
        meanings = propose(heads, remembered, sample)
        values = {
            "state": "ready",
            "sha256": read.sha256,
            "encoding": read.encoding,
            "rows": read.rows - has_header,
            "heads": heads,
            "meanings": [each.value for each in meanings],
            "sample": [[_shown(cell) for cell in row] for row in sample],
            "has_header": int(has_header),
        }
        try:
            async with self.engine.begin() as connection:
                still = (imports.c.id == found.id, imports.c.state == "reading")
                await connection.execute(update(imports).where(*still).values(values))
        except IntegrityError:
            await self._fail(found.id, "already_imported")
            return
        log.info("read", action="import_read", rows=read.rows, encoding=read.encoding)

    # -- importing -----------------------------------------------------------------------------------------------

    async def _import(self, found: Row[Any]) -> None:
        """Reads the next rows while the last ones are being written."""
        plan, target = plan_of(found), plain_of(self.folder, found.id)
        if found.list_id is None:
            await self._begin(found)
            return
        reading = asyncio.create_task(self._next(target, plan, found.position, found.has_header))
        try:
            while (batch := await reading).rows:
                reading = asyncio.create_task(self._next(target, plan, batch.position, 0))
                if not await self._keep(found.id, batch):
                    return
        except FileNotFoundError:
            await self._fail(found.id, "file_lost")
            return
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, FileNotFoundError):
                await reading
        await self._end(found.id, "running", "done")
        await asyncio.to_thread(self._forget, found.id)

    async def _next(self, target: Path, plan: Plan, position: int, header: int) -> Batch:
        skip = header if position == 0 else 0

        def read() -> Batch:
            rows = list(itertools.islice(rows_from(target, position), self.batch + skip))
            return batches.read_batch(rows, plan, position, skip)

        return await asyncio.to_thread(read)

    async def _begin(self, found: Row[Any]) -> None:
        """The list that the leads come into: a new one, or one of that name in the campaign."""
        row = {"campaign_id": found.campaign_id, "name": found.list_name, "region": found.region}
        made = insert(lists).values(row | {"id": new_id(), "created_by": found.created_by})
        same = (lists.c.campaign_id == found.campaign_id, lists.c.name == found.list_name)
        async with self.engine.begin() as connection:
            await connection.execute(made.on_conflict_do_nothing())
            list_id = (await connection.execute(select(lists.c.id).where(*same))).scalar_one()
            begun = {"state": "running", "list_id": list_id, "began_at": func.now()}
            await connection.execute(
                update(imports).where(imports.c.id == found.id, imports.c.state == "waiting").values(begun)
            )

    async def _keep(self, import_id: str, batch: Batch) -> bool:
        """False when it was cancelled meanwhile, or another importer was quicker."""
        here = (imports.c.id == import_id, imports.c.state == "running", imports.c.position == batch.start)
        async with self.engine.begin() as connection:
            found = (await connection.execute(select(imports).where(*here).with_for_update())).one_or_none()
            if found is None:
                return False
            await batches.keep(connection, found, batch)
        return True

    # -- taking back ---------------------------------------------------------------------------------------------

    async def _undo(self, found: Row[Any]) -> None:
        taken = 1
        while taken:
            async with self.engine.begin() as connection:
                done = await connection.execute(TAKE_BACK, {"import_id": found.id, "most": UNDO})
                taken = done.rowcount
        async with self.engine.begin() as connection:
            left = select(func.count()).where(leads.c.import_id == found.id)
            kept = (await connection.execute(left)).scalar_one()
            await connection.execute(
                update(imports).where(imports.c.id == found.id).values(state="undone", kept=kept, ended_at=func.now())
            )
        log.info("taken back", action="import_undone", kept=kept)
        await asyncio.to_thread(self._forget, found.id)

    # -- ends ----------------------------------------------------------------------------------------------------

    async def _fail(self, import_id: str, why: str) -> None:
        log.warning("not imported", action="import_failed", why=why)
        async with self.engine.begin() as connection:
            values = {"state": "failed", "why": why, "ended_at": func.now()}
            await connection.execute(update(imports).where(imports.c.id == import_id).values(values))
        await asyncio.to_thread(self._forget, import_id)

    async def _end(self, import_id: str, state: str, after: str) -> None:
        async with self.engine.begin() as connection:
            ended = update(imports).where(imports.c.id == import_id, imports.c.state == state)
            await connection.execute(ended.values(state=after, ended_at=func.now()))
        log.info("imported", action="import_done")

    def _forget(self, import_id: str) -> None:
        """Its files hold numbers: they go when they are needed no more."""
        for file in (file_of(self.folder, import_id), plain_of(self.folder, import_id)):
            file.unlink(missing_ok=True)


def plan_of(found: Row[Any]) -> Plan:
    """How the rows of an import are read."""
    consent = Consent(found.consent_source, found.consent_basis, found.consent_proof)
    return Plan(tuple(found.heads), tuple(map(Meaning, found.meanings)), found.region, consent)


def file_of(folder: Path, import_id: str) -> Path:
    """Where the file lies as it was sent: no name from outside reaches a path."""
    return folder / f"{import_id}.sent"


def plain_of(folder: Path, import_id: str) -> Path:
    """Where it lies in the plain form."""
    return folder / f"{import_id}.rows"


def _shown(cell: str) -> str:
    """A cell of the sample: a number masked, everything else as it will be read."""
    return mask_any(cell) if is_number(cell) else seen(cell)[:60]
