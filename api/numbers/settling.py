"""Differences settled: the moves are made to say where a number is, by who has looked into it, with the reason."""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.numbers import orders
from api.numbers.holdings import differences, visible_people
from api.numbers.ledger_schemas import Done, Settle, WhyShort
from api.numbers.moves import Book
from dialer.core.holding import Account, MoveKind
from dialer.store import number_moves
from dialer.store.number_moves import Move
from dialer.store.tables import leads


async def settle(connection: AsyncConnection, who: Person, body: Settle) -> Done:
    """Writes a correction for each of these that is a difference; holders stay. Raises Conflict `request_reused`."""
    known = await orders.begin(connection, who, "settle", body.model_dump(mode="json"), Done)
    if known is not None:
        return known
    book = Book(connection, who, str(body.request_id))
    for (said, held), lead_ids in (await _wrong(connection, who, body)).items():
        move = Move(MoveKind.CORRECT, said, held, book.at, who.id, request_id=book.request_id, why=body.why)
        book.note(move, await number_moves.write(connection, move, lead_ids), len(lead_ids))
    asked = len(body.lead_ids)
    done = await book.done(asked, WhyShort.BUSY if book.moved < asked else None)
    await orders.end(connection, book.request_id, done)
    return done


async def _wrong(connection: AsyncConnection, who: Person, body: Settle) -> dict[tuple[Account, Account], list[str]]:
    """Those of the named numbers that are differences, locked, by what the moves say and who has them."""
    named = leads.c.id == func.any(number_moves.ids(list(map(str, body.lead_ids))))
    locked = select(leads.c.id).where(named).order_by(leads.c.id).with_for_update(skip_locked=True)
    mine = set((await connection.execute(locked)).scalars())
    found: dict[tuple[Account, Account], list[str]] = defaultdict(list)
    for each in await differences(connection, await visible_people(connection, who)):
        if each.lead_id in mine and each.holder is not None:
            said = Account(each.by_moves, each.by_moves_id)
            found[said, Account(each.holder, each.holder_id)].append(each.lead_id)
    return found
