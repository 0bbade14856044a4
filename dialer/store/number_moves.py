"""Writes moves of numbers: those that people order, and those that follow from what came of a call."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import Row, Select, Subquery, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.holding import OVER, STOCK, Account, Holder, MoveKind, ending, lent_again
from dialer.core.merkle import leaf_hash, root_of
from dialer.store.metadata import Id
from dialer.store.number_tables import number_move_leads, number_moves
from dialer.store.tables import leads

_HELD = ("holder", "holder_id")


def before(*conditions: Any, of: Any = leads) -> Subquery:
    """The holders of leads as they are before a statement changes them: locked, so that nobody else does."""
    return select(of.c.id, *(of.c[name] for name in _HELD)).where(*conditions).with_for_update().subquery("was")


def changes(was: Subquery) -> list[Any]:
    """What a statement that changes holders gives back, for `follow`."""
    return [leads.c.id, *(leads.c[name] for name in _HELD), *(was.c[name].label(f"was_{name}") for name in _HELD)]


async def follow(
    connection: AsyncConnection, rows: Iterable[Row[Any]], at: datetime, call_id: str | None, by: str | None = None
) -> None:
    """Writes what a statement's changes mean for the ledger of numbers, in its transaction.

    A number that a person had and that is over leaves his account; one that was over and is to be called again after
    all goes back to who had it, by a counter-entry.
    """
    for row in rows:
        was, now = _account(row, "was_holder"), _account(row, "holder")
        kind = ending(was, now.holder)
        if kind is not None:
            await write(connection, Move(kind, was, Account(now.holder, None), at, by, call_id=call_id), [row.id])
        elif was.holder in OVER and now.holder not in OVER:
            await _take_up_again(connection, row.id, at, call_id)


class Move:
    """A move before it is written."""

    def __init__(  # noqa: PLR0913 - the columns of a row
        self,
        kind: MoveKind,
        giver: Account,
        taker: Account,
        at: datetime,
        by: str | None,
        *,
        request_id: str | None = None,
        call_id: str | None = None,
        reverses: str | None = None,
        why: str = "",
    ) -> None:
        self.id = str(uuid_utils.uuid7())
        self.kind, self.giver, self.taker, self.at, self.by = kind, giver, taker, at, by
        self.request_id, self.call_id, self.reverses, self.why = request_id, call_id, reverses, why


async def write(connection: AsyncConnection, move: Move, lead_ids: Sequence[str]) -> str:
    """Writes a move with its leads, whose holders the caller changes in the same transaction; their root as hex."""
    root = root_of(leaf_hash(UUID(lead_id).bytes) for lead_id in sorted(lead_ids)).hex()
    row = {
        "id": move.id,
        "kind": move.kind.value,
        "from_holder": move.giver.holder.value,
        "from_id": move.giver.id,
        "to_holder": move.taker.holder.value,
        "to_id": move.taker.id,
        "count": len(lead_ids),
        "root": root,
        "at": move.at,
        "by": move.by,
        "request_id": move.request_id,
        "call_id": move.call_id,
        "reverses": move.reverses,
        "why": move.why,
    }
    await connection.execute(insert(number_moves).values(row))
    mine = select(literal(move.id, type_=Id), leads.c.id, leads.c.attempts).where(
        leads.c.id == func.any(ids(lead_ids))
    )
    await connection.execute(insert(number_move_leads).from_select(["move_id", "lead_id", "attempts"], mine))
    return root


async def give(connection: AsyncConnection, move: Move, lead_ids: Sequence[str]) -> str:
    """Gives locked leads to the move's taker and writes the move; the root over their ids as hex."""
    root = await write(connection, move, lead_ids)
    held = {"holder": move.taker.holder.value, "holder_id": move.taker.id}
    await connection.execute(update(leads).where(leads.c.id == func.any(ids(lead_ids))).values(held))
    return root


def ids(lead_ids: Sequence[str]) -> Any:
    """The ids as one bound array, however many."""
    return literal(list(lead_ids), type_=ARRAY(Id))


def last_move() -> Select[Any]:
    """The last move of each number that ever moved: `lead_id`, and the move's columns."""
    moved = number_move_leads.join(number_moves, number_moves.c.id == number_move_leads.c.move_id)
    columns = (number_move_leads.c.lead_id, number_move_leads.c.attempts, *number_moves.c)
    order = (number_move_leads.c.lead_id, number_moves.c.seq.desc())
    return select(*columns).select_from(moved).ext(distinct_on(number_move_leads.c.lead_id)).order_by(*order)


async def lent(connection: AsyncConnection, lead_id: str, redialed: str) -> Account | None:
    """Who has the number while that call is dialed anew; None = who has it now."""
    move = await _last_move(connection, lead_id)
    if move is None:
        return None
    return lent_again(MoveKind(move.kind), _from(move), move.call_id, redialed)


async def lend_again(connection: AsyncConnection, lead_id: str, at: datetime, redialed: str, call_id: str) -> None:
    """The counter-entry with which a call that dials another anew begins."""
    if await lent(connection, lead_id, redialed) is not None:
        await _take_up_again(connection, lead_id, at, call_id)


async def _take_up_again(connection: AsyncConnection, lead_id: str, at: datetime, call_id: str | None) -> None:
    move = await _last_move(connection, lead_id)
    if move is None or move.kind not in (MoveKind.USE, MoveKind.BLOCK):
        return
    accounts = (Account(Holder(move.to_holder), None), _from(move))
    await give(connection, Move(MoveKind.UNDO, *accounts, at, None, call_id=call_id, reverses=move.id), [lead_id])


async def _last_move(connection: AsyncConnection, lead_id: str) -> Row[Any] | None:
    of_it = last_move().where(number_move_leads.c.lead_id == lead_id)
    row: Row[Any] | None = (await connection.execute(of_it)).one_or_none()
    return row


def _from(move: Row[Any]) -> Account:
    return Account(Holder(move.from_holder), move.from_id)


def _account(row: Row[Any], name: str) -> Account:
    holder = Holder(row._mapping[name])
    return STOCK if holder is Holder.STOCK else Account(holder, row._mapping[f"{name}_id"])
