"""Cursors: a list goes down by UUIDv7 id, and a cursor is the last id given, not meant to be read."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import Invalid


def encode(row_id: str) -> str:
    """The cursor that continues after this id."""
    return base64.urlsafe_b64encode(UUID(row_id).bytes).rstrip(b"=").decode()


def decode(cursor: str) -> str:
    """The id in a cursor. Raises Invalid when we did not make it."""
    try:
        raw = base64.b64decode(cursor + "==", altchars=b"-_", validate=True)
        row_id = str(UUID(bytes=raw))
    except (binascii.Error, ValueError) as error:
        raise Invalid("bad_cursor", "This cursor is not one of ours.", "query.cursor") from error
    if encode(row_id) != cursor:
        raise Invalid("bad_cursor", "This cursor is not one of ours.", "query.cursor")
    return row_id


async def page_of(
    connection: AsyncConnection, query: Select[Any], by: Column[str], cursor: str | None, limit: int
) -> tuple[Sequence[Row[Any]], str | None]:
    """Runs the query as one page below the cursor; the second value is the next cursor.

    The query must select `by` under its own name.
    """
    if cursor is not None:
        query = query.where(by < decode(cursor))
    rows = (await connection.execute(query.order_by(by.desc()).limit(limit + 1))).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, encode(rows[-1]._mapping[by.name]) if more else None
