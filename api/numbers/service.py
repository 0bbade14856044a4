"""Lists and imports in the database, and the files on their way in."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.sessions import Person
from api.errors import Conflict, Invalid, NotFound
from api.exports.forms import csv_head, csv_rows
from api.ids import new_id
from api.numbers.importer import file_of, plain_of
from api.numbers.rules import Consent, Meaning, head_key
from api.numbers.schemas import ChangeList, ConsentProof, Import, ImportState, List, NewImport, StartImport
from api.numbers.tables import import_columns, import_rejects, imports
from api.numbers.words import head_of, reason_of
from api.paging import page_of
from dialer.core.holding import Holder
from dialer.store.tables import campaigns, leads, lists

REJECTS_AT_ONCE = 5_000
HOLDERS = {
    "stock": Holder.STOCK,
    "leaders": Holder.LEADER,
    "agents": Holder.AGENT,
    "used": Holder.USED,
    "blocked": Holder.BLOCKED,
}
BEFORE_START = (ImportState.UPLOADING, ImportState.READING, ImportState.READY, ImportState.WAITING)


async def create(connection: AsyncConnection, who: Person, new: NewImport) -> Import:
    """Makes an import that waits for its file. Raises NotFound, Conflict."""
    found = await connection.execute(select(campaigns.c.state).where(campaigns.c.id == str(new.campaign_id)))
    state = found.scalar_one_or_none()
    if state is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    if state == "stopped":
        raise Conflict("campaign_stopped", "A stopped campaign takes no numbers any more.")
    import_id = new_id()
    values = {
        "id": import_id,
        "campaign_id": str(new.campaign_id),
        "list_name": new.list_name,
        "region": new.region,
        "file_name": new.file_name,
        "size_bytes": new.size_bytes,
        "state": ImportState.UPLOADING.value,
        "across": new.across.value,
        "created_by": who.id,
    }
    await connection.execute(insert(imports).values(values | _consent(new.consent)))
    return await get(connection, import_id)


async def receive(engine: AsyncEngine, folder: Path, import_id: str, offset: int, piece: bytes) -> Import:
    """Adds a piece of the file where it belongs; one that is there already changes nothing.

    Raises NotFound, Conflict `wrong_offset` (the detail says where to go on), `wrong_import_state`, Invalid.
    """
    async with engine.begin() as connection:
        held = await _held(connection, import_id, ImportState.UPLOADING)
        if offset > held.received_bytes:
            raise Conflict("wrong_offset", f"{held.received_bytes} bytes are here: go on from there.")
        if offset + len(piece) > held.size_bytes:
            raise Invalid("too_many_bytes", f"The file was said to have {held.size_bytes} bytes.", "query.offset")
        received = max(held.received_bytes, offset + len(piece))
        await asyncio.to_thread(_write, file_of(folder, import_id), offset, piece)
        values: dict[str, Any] = {"received_bytes": received}
        if received == held.size_bytes:
            values["state"] = ImportState.READING.value
        await connection.execute(update(imports).where(imports.c.id == import_id).values(values))
        return await get(connection, import_id)


async def start(connection: AsyncConnection, import_id: str, chosen: StartImport) -> Import:
    """Has the rows made into leads. Raises NotFound, Conflict, Invalid."""
    held = await _held(connection, import_id, ImportState.READY)
    values = chosen_of(held, chosen)
    waiting = values | {"state": ImportState.WAITING.value}
    await connection.execute(update(imports).where(imports.c.id == import_id).values(waiting))
    await _remember(connection, held, values["meanings"])
    return await get(connection, import_id)


def chosen_of(held: Row[Any], chosen: StartImport) -> dict[str, Any]:
    """What an import would be started with: as chosen, else as proposed. Raises Invalid."""
    meanings = [each.value for each in chosen.meanings] if chosen.meanings is not None else held.meanings
    if len(meanings) != len(held.heads):
        raise Invalid("bad_columns", f"The file has {len(held.heads)} columns.", "body.meanings")
    if Meaning.PHONE.value not in meanings:
        raise Invalid("no_phone_column", "No column holds the phone number.", "body.meanings")
    return {"meanings": meanings} | (_consent(chosen.consent) if chosen.consent is not None else {})


async def cancel(connection: AsyncConnection, folder: Path, import_id: str) -> Import:
    """Ends an import that has not made all its leads yet; those there stay, and can be undone. Raises as `start`."""
    held = await _held(connection, import_id, *BEFORE_START, ImportState.RUNNING)
    after = ImportState.CANCELLED if held.list_id is None else ImportState.DONE
    ended = update(imports).where(imports.c.id == import_id).values(state=after.value, ended_at=func.now())
    await connection.execute(ended)
    for file in (file_of(folder, import_id), plain_of(folder, import_id)):
        await asyncio.to_thread(file.unlink, True)
    return await get(connection, import_id)


async def undo(connection: AsyncConnection, import_id: str) -> Import:
    """Has every number of an import taken out again. Raises NotFound, Conflict `numbers_in_use`."""
    await _held(connection, import_id, ImportState.DONE)
    touched = (leads.c.attempts > 0) | leads.c.holder.not_in(("stock", "blocked")) | (leads.c.state == "claimed")
    used = select(func.count()).where(leads.c.import_id == import_id, touched)
    count = (await connection.execute(used)).scalar_one()
    if count:
        raise Conflict("numbers_in_use", f"{count} of its numbers have been dialed, drawn or issued.")
    await connection.execute(update(imports).where(imports.c.id == import_id).values(state=ImportState.UNDOING.value))
    return await get(connection, import_id)


async def get(connection: AsyncConnection, import_id: str) -> Import:
    """One import. Raises NotFound."""
    row = (await connection.execute(_query().where(imports.c.id == import_id))).one_or_none()
    if row is None:
        raise NotFound("unknown_import", "There is no import with this id.")
    return _import(row)


async def list_imports(
    connection: AsyncConnection, cursor: str | None, limit: int, campaign_id: str | None
) -> tuple[list[Import], str | None]:
    """One page, newest first. Raises Invalid on a bad cursor."""
    query = _query()
    if campaign_id is not None:
        query = query.where(imports.c.campaign_id == campaign_id)
    rows, following = await page_of(connection, query, imports.c.id, cursor, limit)
    return [_import(row) for row in rows], following


async def rejects(engine: AsyncEngine, import_id: str) -> AsyncIterator[bytes]:
    """Every reject as CSV, piece by piece, in the order of the file."""
    yield csv_head([head_of(name) for name in ("row", "head", "value", "reason")])
    query = select(import_rejects).where(import_rejects.c.import_id == import_id)
    async with engine.connect() as connection:
        found = await connection.stream(query.order_by(import_rejects.c.row))
        async for part in found.partitions(REJECTS_AT_ONCE):
            yield csv_rows([(row.row, row.head, row.value, reason_of(row.reason)) for row in part])


async def list_lists(
    connection: AsyncConnection, cursor: str | None, limit: int, campaign_id: str | None
) -> tuple[list[List], str | None]:
    """One page of lists, newest first, with what became of their numbers."""
    query = _lists()
    if campaign_id is not None:
        query = query.where(lists.c.campaign_id == campaign_id)
    rows, following = await page_of(connection, query, lists.c.id, cursor, limit)
    return [List(**row._mapping) for row in rows], following


async def change_list(connection: AsyncConnection, list_id: str, change: ChangeList) -> List:
    """Changes what is sent. Raises NotFound."""
    values = change.model_dump(exclude_none=True)
    if values:
        await connection.execute(update(lists).where(lists.c.id == list_id).values(values))
    row = (await connection.execute(_lists().where(lists.c.id == list_id))).one_or_none()
    if row is None:
        raise NotFound("unknown_list", "There is no list with this id.")
    return List(**row._mapping)


async def give_consent(connection: AsyncConnection, list_id: str, proof: ConsentProof) -> List:
    """Files the proof for the list's numbers that have none. Raises NotFound, Invalid."""
    if not Consent(proof.source, proof.basis, proof.proof).is_whole:
        raise Invalid("consent_incomplete", "Source, basis and proof must all be there.", "body")
    waiting = (leads.c.list_id == list_id, leads.c.consent_basis.is_(None))
    await connection.execute(update(leads).where(*waiting).values(_consent(proof)))
    return await change_list(connection, list_id, ChangeList())


def _consent(proof: ConsentProof) -> dict[str, str]:
    return {"consent_source": proof.source, "consent_basis": proof.basis, "consent_proof": proof.proof}


async def _held(connection: AsyncConnection, import_id: str, *states: ImportState) -> Row[Any]:
    """The row, kept from changing until the transaction ends. Raises NotFound, Conflict."""
    held = await connection.execute(select(imports).where(imports.c.id == import_id).with_for_update())
    row = held.one_or_none()
    if row is None:
        raise NotFound("unknown_import", "There is no import with this id.")
    if row.state not in states:
        raise Conflict("wrong_import_state", f"This cannot be done while the import is {row.state}.")
    return row


async def _remember(connection: AsyncConnection, held: Row[Any], meanings: Sequence[str]) -> None:
    """The region's next file is proposed the same."""
    known = {head_key(head): meaning for head, meaning in zip(held.heads, meanings, strict=True) if head_key(head)}
    if not known:
        return
    rows = [{"region": held.region, "head": head, "meaning": meaning} for head, meaning in known.items()]
    made = insert(import_columns).values(rows)
    changed = {"meaning": made.excluded.meaning}
    await connection.execute(made.on_conflict_do_update(index_elements=["region", "head"], set_=changed))


def _write(file: Path, offset: int, piece: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.seek(offset)
        out.write(piece)


def _query() -> Select[Any]:
    return select(imports, campaigns.c.name.label("campaign_name")).join(
        campaigns, campaigns.c.id == imports.c.campaign_id
    )


def _lists() -> Select[Any]:
    mine = leads.c.list_id == lists.c.id

    def count(*conditions: Any) -> Any:
        return select(func.count()).where(mine, *conditions).scalar_subquery()

    return select(
        *(lists.c[name] for name in ("id", "campaign_id", "name", "region", "priority", "weight", "is_active")),
        lists.c.created_at,
        campaigns.c.name.label("campaign_name"),
        count().label("leads"),
        *(count(leads.c.holder == holder.value).label(name) for name, holder in HOLDERS.items()),
        count(leads.c.consent_basis.is_(None)).label("without_consent"),
    ).join(campaigns, campaigns.c.id == lists.c.campaign_id)


def _import(row: Row[Any]) -> Import:
    kept = {name: value for name, value in row._mapping.items() if name in Import.model_fields}
    consent = ConsentProof(source=row.consent_source, basis=row.consent_basis, proof=row.consent_proof)
    listed = {name: kept[name] or [] for name in ("heads", "meanings", "sample")}
    return Import(**kept | listed | {"consent": consent, "rows_per_s": _speed(row)})


def _speed(row: Row[Any]) -> float | None:
    if row.began_at is None:
        return None
    seconds = ((row.ended_at or datetime.now(UTC)) - row.began_at).total_seconds()
    return round(row.rows_done / seconds, 1) if seconds > 0 else None
