"""What is open, by row; certificates, kept or made now."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.completeness.rules import why_open
from api.completeness.schemas import Form, OpenCall
from api.context import Context
from api.errors import Conflict
from api.paging import page_of
from api.recordings.search import with_names
from dialer.core.numbers import mask
from dialer.store.tables import attempts
from recordings.certificate import Shelf, as_json, is_genuine, make
from recordings.certificate_pdf import draw
from recordings.completeness import open_calls
from recordings.errors import NoteError
from recordings.signing import signing_key


async def list_open(
    connection: AsyncConnection, start: datetime, end: datetime, cursor: str | None, limit: int
) -> tuple[list[OpenCall], str | None]:
    """One page of the calls opened in [start, end) that are not settled, newest first. Raises Invalid."""
    now = datetime.now(UTC)
    query = with_names(open_calls(start, end), attempts)
    rows, following = await page_of(connection, query, attempts.c.id, cursor, limit)
    return [_open_call(row, now) for row in rows], following


async def certificate(here: Context, day: date, form: Form) -> bytes:
    """The day's certificate: the kept one while it is as it was signed, else one made now. Raises Conflict."""
    try:
        key = await asyncio.to_thread(signing_key, here.paths)
    except NoteError as error:
        raise Conflict("key_missing", f"The certificate cannot be signed: {error}.") from error
    kept = await asyncio.to_thread(Shelf(here.paths.certificates).read, day)
    if kept is None or not is_genuine(kept, key.public.raw):
        kept = await make(here.engine, day, here.zone.key, here.node, key)
    return await asyncio.to_thread(draw, kept) if form is Form.PDF else as_json(kept)


def _open_call(row: Row[Any], now: datetime) -> OpenCall:
    same = ("id", "campaign_id", "campaign_name", "agent_id", "agent_name", "opened_at", "answered_at", "ended_at")
    values = {name: row._mapping[name] for name in same}
    return OpenCall(number=mask(row.number), why=why_open(row.ended_at, now), **values)
