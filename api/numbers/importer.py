"""Carries out what `imports` says: reads the files that came, makes leads of their rows, takes them back.

Everything it knows is in the row: killed at any moment, it goes on where the last batch was committed. A second one
on the same database does no harm: whatever it writes, it writes only while the row says what it said before.
"""

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import new_id
from api.numbers.batches import BATCH, Batch
from api.numbers.files import BadFile, Read, normalise, rows_from
from api.numbers.judging import keep
from api.numbers.reader import Job, batches_of
from api.numbers.rules import COLUMNS_MAX, Consent, Meaning, Plan, hides, is_header, mask_any, propose
from api.numbers.rules import text as seen
from api.numbers.tables import import_columns, imports
from dialer.store.tables import leads, lists

SAMPLE = 20
UNDO = 20_000  # leads at a time
LOOK_S = 0.5
RACES = 5  # how often others may bring the same numbers while a batch is being written
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
        """Does what the oldest open import asks for; False when there is none, or it was taken out of our hands."""
        found = await self.oldest()
        if found is None:
            return False
        do = {"reading": self._read, "undoing": self._undo}.get(found.state, self._import)
        with structlog.contextvars.bound_contextvars(import_id=found.id):
            return await do(found)

    async def oldest(self) -> Row[Any] | None:
        """The import that asks for something since longest."""
        query = select(imports).where(imports.c.state.in_(WORK)).order_by(imports.c.id).limit(1)
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).one_or_none()

    # -- reading -------------------------------------------------------------------------------------------------

    async def _read(self, found: Row[Any]) -> bool:
        source, target = file_of(self.folder, found.id), plain_of(self.folder, found.id)
        mine = self.folder / f"{found.id}.{new_id()}"  # another importer may be reading it too
        try:
            read = await asyncio.to_thread(normalise, source, mine)
            first = await asyncio.to_thread(_first_rows, mine)
            mine.replace(target)
        except BadFile as bad:
            return await self._fail(found, bad.reason)
        except FileNotFoundError:
            return await self._fail(found, "file_lost")
        finally:
            mine.unlink(missing_ok=True)
        return await self._ready(found, read, first)

    async def _ready(self, found: Row[Any], read: Read, first: list[list[str]]) -> bool:
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
            is_mine = await self._change(found, **values)
        except IntegrityError:
            return await self._fail(found, "already_imported")
        if is_mine:
            log.info("read", action="import_read", rows=read.rows, encoding=read.encoding)
        return is_mine

    # -- importing -----------------------------------------------------------------------------------------------

    async def _import(self, found: Row[Any]) -> bool:
        """Writes batch after batch as the reader's process brings them; False when this is no more ours to do."""
        if found.list_id is None:
            return await self._begin(found)
        heads = found.has_header if found.position == 0 else 0
        file = str(plain_of(self.folder, found.id))
        job = Job(file, found.id, plan_of(dict(found._mapping)), found.position, heads, self.batch)
        try:
            async with aclosing(batches_of(job)) as coming:
                async for batch in coming:
                    if not await self._kept(found.id, batch):
                        return False
        except FileNotFoundError:
            return await self._fail(found, "file_lost")
        return await self._end(found)

    async def _begin(self, found: Row[Any]) -> bool:
        """The list that the leads come into: a new one, or one of that name in the campaign."""
        row = {"campaign_id": found.campaign_id, "name": found.list_name, "region": found.region}
        made = insert(lists).values(row | {"id": new_id(), "created_by": found.created_by})
        same = (lists.c.campaign_id == found.campaign_id, lists.c.name == found.list_name)
        async with self.engine.begin() as connection:
            await connection.execute(made.on_conflict_do_nothing())
            list_id = (await connection.execute(select(lists.c.id).where(*same))).scalar_one()
        return await self._change(found, state="running", list_id=list_id, began_at=func.now())

    async def _keep(self, import_id: str, batch: Batch) -> bool:
        """False when it was cancelled meanwhile, or another importer was quicker."""
        here = (imports.c.id == import_id, imports.c.state == "running", imports.c.position == batch.start)
        async with self.engine.begin() as connection:
            found = (await connection.execute(select(imports).where(*here).with_for_update())).one_or_none()
            if found is not None:
                await keep(connection, found, batch)
        return found is not None

    async def _kept(self, import_id: str, batch: Batch) -> bool:
        """As `_keep`, again where others brought the same numbers in that moment."""
        for _ in range(RACES):
            with suppress(IntegrityError):
                return await self._keep(import_id, batch)
            log.info("judged again", action="import_raced", position=batch.start)
        return await self._keep(import_id, batch)

    # -- taking back ---------------------------------------------------------------------------------------------

    async def _undo(self, found: Row[Any]) -> bool:
        while taken := await self._take_back(found):
            continue
        if taken is None:
            return False
        log.info("taken back", action="import_undone")
        await asyncio.to_thread(self._forget, found.id)
        return True

    async def _take_back(self, found: Row[Any]) -> int | None:
        """How many leads went; when none was left, the import is undone. None when this is no more ours to do."""
        mine = select(imports.c.id).where(imports.c.id == found.id, imports.c.state == "undoing")
        async with self.engine.begin() as connection:
            if (await connection.execute(mine.with_for_update())).one_or_none() is None:
                return None
            taken = (await connection.execute(TAKE_BACK, {"import_id": found.id, "most": UNDO})).rowcount
            if not taken:
                left = select(func.count()).where(leads.c.import_id == found.id).scalar_subquery()
                undone = update(imports).where(imports.c.id == found.id)
                await connection.execute(undone.values(state="undone", kept=left, ended_at=func.now()))
        return taken

    # -- ends ----------------------------------------------------------------------------------------------------

    async def _fail(self, found: Row[Any], why: str) -> bool:
        if not await self._change(found, state="failed", why=why, ended_at=func.now()):
            return False
        log.warning("not imported", action="import_failed", why=why)
        await asyncio.to_thread(self._forget, found.id)
        return True

    async def _end(self, found: Row[Any]) -> bool:
        if not await self._change(found, state="done", ended_at=func.now()):
            return False
        log.info("imported", action="import_done")
        await asyncio.to_thread(self._forget, found.id)
        return True

    async def _change(self, found: Row[Any], **values: Any) -> bool:
        """Of an import that is as it was found; False when another importer, or a person, has brought it on.

        Files go only after the change that needs them no more: who misses one later changes nothing any more.
        """
        still = (imports.c.id == found.id, imports.c.state == found.state)
        async with self.engine.begin() as connection:
            changed = await connection.execute(update(imports).where(*still).values(values))
        return bool(changed.rowcount)

    def _forget(self, import_id: str) -> None:
        """Its files hold numbers: they go when they are needed no more."""
        for file in self.folder.glob(f"{import_id}.*"):
            file.unlink(missing_ok=True)


def _first_rows(plain: Path) -> list[list[str]]:
    """The head and some rows. Raises BadFile."""
    first = [cells for _position, _row, cells in itertools.islice(rows_from(plain), SAMPLE + 1)]
    if not first:
        raise BadFile("empty_file", "The file holds no row.")
    if len(first[0]) > COLUMNS_MAX:
        raise BadFile("too_many_columns", "The first row has more than 200 columns: is the separator right?")
    return first


def plan_of(found: Mapping[str, Any]) -> Plan:
    """How the rows of an import are read; `found` is its row."""
    consent = Consent(*(found[f"consent_{name}"] for name in ("source", "basis", "proof")))
    return Plan(tuple(found["heads"]), tuple(map(Meaning, found["meanings"])), found["region"], consent)


def file_of(folder: Path, import_id: str) -> Path:
    """Where the file lies as it was sent: no name from outside reaches a path."""
    return folder / f"{import_id}.sent"


def plain_of(folder: Path, import_id: str) -> Path:
    """Where it lies in the plain form."""
    return folder / f"{import_id}.rows"


def _shown(cell: str) -> str:
    """A cell of the sample: a number masked, one that cannot be called too; everything else as it will be read."""
    return mask_any(cell) if hides(cell) else seen(cell)[:60]
