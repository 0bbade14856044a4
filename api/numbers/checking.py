"""A file looked at before it is imported: what would become of its first rows. Nothing is changed."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import Conflict, NotFound
from api.numbers.batches import Batch, batches, rejects_of
from api.numbers.files import rows_from
from api.numbers.importer import plain_of, plan_of
from api.numbers.judging import counted, judge, refused, waiting
from api.numbers.rules import Plan, Reject, RejectReason
from api.numbers.schemas import ImportCheck, ImportProblem, ImportState, StartImport
from api.numbers.service import chosen_of
from api.numbers.tables import imports

LOOKED_AT = 5_000  # rows: half a second's work
SHOWN = 100  # problems


async def check(connection: AsyncConnection, folder: Path, import_id: str, chosen: StartImport) -> ImportCheck:
    """Judges the first rows as the import would. Raises NotFound, Conflict, Invalid as its start does."""
    found = (await connection.execute(select(imports).where(imports.c.id == import_id))).one_or_none()
    if found is None:
        raise NotFound("unknown_import", "There is no import with this id.")
    if found.state != ImportState.READY:
        raise Conflict("wrong_import_state", f"This cannot be done while the import is {found.state}.")
    plan = plan_of(dict(found._mapping) | chosen_of(found, chosen))
    try:
        batch = await asyncio.to_thread(_first_rows, plain_of(folder, import_id), plan, found.has_header)
    except FileNotFoundError as gone:
        raise Conflict("wrong_import_state", "The file is not here any more: cancel, and send it again.") from gone
    return _told(batch, await judge(connection, found, batch))


def _first_rows(file: Path, plan: Plan, header: int) -> Batch:
    rows = itertools.islice(rows_from(file), header, LOOKED_AT + header)
    return next(batches(rows, plan, "", 0, LOOKED_AT), Batch(0, 0))


def _told(batch: Batch, judged: Sequence[Row[Any]]) -> ImportCheck:
    rejects = sorted([*rejects_of(batch), *refused(judged)], key=lambda each: each.row)
    return ImportCheck(
        rows=batch.rows,
        accepted=batch.numbers - len(judged),
        without_consent=waiting(batch, judged),
        rejected={RejectReason(reason): count for reason, count in counted(batch, judged).items()},
        problems=[_problem(each) for each in rejects[:SHOWN]],
    )


def _problem(reject: Reject) -> ImportProblem:
    return ImportProblem(row=reject.row, head=reject.column, reason=reject.reason, value=reject.value)
