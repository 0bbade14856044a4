"""Evidence: what the rows do not say is added, the export is made, and sent piece by piece."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.tables import users
from api.context import Context
from api.errors import DATABASE_FAULTS, Conflict, LedgerAway, NotFound
from api.listening.story import timeline
from api.recordings.service import faults
from dialer.store.tables import attempts, campaigns
from recordings.errors import LedgerBroken, NoteError
from recordings.evidence.bundle import About
from recordings.evidence.case import is_known
from recordings.evidence.export import Asked, Exporter
from recordings.evidence.words import NONE_ON_FILE
from recordings.sealed import Sealed, find_sealed

PIECE = 1 << 20
AWAY = "The ledger cannot be written or signed now, and nothing is taken away without its row there."


async def export(here: Context, asked: Asked) -> tuple[int, AsyncIterator[bytes]]:
    """The zip's size and its bytes. Raises NotFound, Conflict, StorageAway, LedgerAway."""
    async with here.engine.connect() as connection:
        if not await is_known(connection, asked.call):
            raise NotFound("unknown_call", "There is no call with this id.")
        about, sealed = await about_call(connection, asked.call), await find_sealed(connection, asked.call)
    exporter = Exporter(here.engine, here.vault, here.paths)
    stack = AsyncExitStack()
    try:
        async with _answered(here.engine, sealed):
            made = await stack.enter_async_context(exporter.export(asked, about))
    except BaseException:
        await stack.aclose()
        raise
    return made.stat().st_size, _pieces(made, stack)


async def about_call(connection: AsyncConnection, call: str) -> About:
    """The call's names and its time line; what later parts keep about it has its place and says that it is empty."""
    query = (
        select(users.c.name.label("agent"), campaigns.c.name.label("campaign"))
        .select_from(attempts)
        .outerjoin(users, users.c.id == attempts.c.agent_id)
        .outerjoin(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .where(attempts.c.id == call)
    )
    row = (await connection.execute(query)).one()
    sealed = await find_sealed(connection, call)
    duration_s = sealed.pcm.samples / sealed.pcm.rate if sealed is not None else None
    story = (await timeline(connection, call, duration_s)).model_dump(mode="json")
    return About(row.agent, row.campaign, story["marks"], _business())


def _business() -> dict[str, Any]:
    nothing = {"on_file": False, "note": NONE_ON_FILE, "items": []}
    return {"registration": nothing, "confirmations": nothing, "quality_checks": nothing, "complaints": nothing}


@asynccontextmanager
async def _answered(engine: AsyncEngine, sealed: Sealed | None) -> AsyncIterator[None]:
    """What the export raises, as an answer."""
    try:
        if sealed is None:
            yield
        else:
            async with faults(engine, sealed):
                yield
    except NoteError as error:
        raise Conflict("no_ledger_key", f"Nothing can be signed here: {error}.") from error
    except LedgerBroken as error:
        raise Conflict("ledger_broken", f"The ledger is not what was signed: {error}.") from error
    except DATABASE_FAULTS as error:
        raise LedgerAway(AWAY) from error


async def _pieces(path: Path, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    """The file's bytes; it is gone when they have left, or when nobody wants them any more."""
    async with stack:
        with path.open("rb") as source:
            while piece := await asyncio.to_thread(source.read, PIECE):
                yield piece
