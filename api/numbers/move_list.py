"""Moves read: listed, one of an order's, one with its numbers and where these are now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.errors import NotFound
from api.numbers.ledger_rules import sees_all
from api.numbers.ledger_schemas import Move, MoveDetail, MovedLead
from api.numbers.teams_of import people_of
from api.paging import page_of
from dialer.core.holding import MoveKind
from dialer.core.numbers import mask
from dialer.store.number_moves import last_move
from dialer.store.number_tables import number_move_leads, number_moves
from dialer.store.tables import leads

SHOWN = 500
_GIVER, _TAKER, _DOER, _COUNTER = (
    users.alias("giver"),
    users.alias("taker"),
    users.alias("doer"),
    number_moves.alias("counter"),
)


@dataclass(frozen=True)
class Filters:
    """What to list; None = any."""

    kind: MoveKind | None = None
    user_id: str | None = None  # on either side, or by
    lead_id: str | None = None
    list_id: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_moves(
    connection: AsyncConnection, who: Person, filters: Filters, cursor: str | None, limit: int
) -> tuple[list[Move], str | None]:
    """One page of the moves that the person may see, newest first. Raises Invalid on a bad cursor."""
    query = _moves().where(*_conditions(filters), *await _visible(connection, who))
    rows, following = await page_of(connection, query, number_moves.c.id, cursor, limit)
    return [_move(row) for row in rows], following


async def get_move(connection: AsyncConnection, who: Person, move_id: str) -> MoveDetail:
    """One move with its numbers. Raises NotFound when it is not there or not the person's to see."""
    query = _moves().where(number_moves.c.id == move_id, *await _visible(connection, who))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise _unknown()
    held = await moved_on(connection, move_id)
    count = sum(lead.moved_on for lead in held)
    return MoveDetail(**_move(row).model_dump() | {"moved_on": count, "leads": held[:SHOWN]})


async def move_row(connection: AsyncConnection, move_id: str) -> Row[Any]:
    """The move with `reversed_by`. Raises NotFound."""
    row: Row[Any] | None = (await connection.execute(_moves().where(number_moves.c.id == move_id))).one_or_none()
    if row is None:
        raise _unknown()
    return row


async def moves_of(connection: AsyncConnection, request_id: str) -> list[Move]:
    """The moves of one order, in the order in which they were written."""
    query = _moves().where(number_moves.c.request_id == request_id).order_by(number_moves.c.seq)
    return [_move(row) for row in await connection.execute(query)]


async def moved_on(connection: AsyncConnection, move_id: str) -> list[MovedLead]:
    """Every number of a move: where it is now, and whether it was moved or called since."""
    mine = number_move_leads.alias("mine")
    of_move = select(mine.c.lead_id).where(mine.c.move_id == move_id)
    last = last_move().where(number_move_leads.c.lead_id.in_(of_move)).subquery("last")
    stays = (
        (last.c.id == mine.c.move_id)
        & leads.c.holder.is_not_distinct_from(last.c.to_holder)
        & leads.c.holder_id.is_not_distinct_from(last.c.to_id)
        & (leads.c.attempts == mine.c.attempts)
        & (leads.c.state != "claimed")
    )
    query = (
        select(mine.c.lead_id, leads.c.number, leads.c.holder, leads.c.holder_id, leads.c.state, stays.label("stays"))
        .add_columns(users.c.name.label("holder_name"))
        .join(last, last.c.lead_id == mine.c.lead_id)
        .outerjoin(leads, leads.c.id == mine.c.lead_id)
        .outerjoin(users, users.c.id == leads.c.holder_id)
        .where(mine.c.move_id == move_id)
        .order_by(mine.c.lead_id)
    )
    return [_lead(row) for row in await connection.execute(query)]


async def _visible(connection: AsyncConnection, who: Person) -> list[ColumnElement[bool]]:
    if sees_all(who.roles):
        return []
    people = await people_of(connection, who.id)
    return [or_(number_moves.c.from_id.in_(people), number_moves.c.to_id.in_(people))]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    column, found = number_moves.c, []
    if filters.kind is not None:
        found.append(column.kind == filters.kind.value)
    if filters.user_id is not None:
        found.append(
            or_(column.from_id == filters.user_id, column.to_id == filters.user_id, column.by == filters.user_id)
        )
    if filters.request_id is not None:
        found.append(column.request_id == filters.request_id)
    if filters.since is not None:
        found.append(column.at >= filters.since)
    if filters.until is not None:
        found.append(column.at < filters.until)
    return [*found, *_about(filters)]


def _about(filters: Filters) -> list[ColumnElement[bool]]:
    """Of one number, or of a list's."""
    mine = select(number_move_leads.c.lead_id).where(number_move_leads.c.move_id == number_moves.c.id)
    found: list[ColumnElement[bool]] = []
    if filters.lead_id is not None:
        found.append(exists(mine.where(number_move_leads.c.lead_id == filters.lead_id)))
    if filters.list_id is not None:
        of_list = mine.join(leads, leads.c.id == number_move_leads.c.lead_id).where(
            leads.c.list_id == filters.list_id
        )
        found.append(exists(of_list))
    return found


def _moves() -> Select[Any]:
    names = (_GIVER.c.name.label("from_name"), _TAKER.c.name.label("to_name"), _DOER.c.name.label("by_name"))
    return (
        select(number_moves, *names, _COUNTER.c.id.label("reversed_by"))
        .outerjoin(_GIVER, _GIVER.c.id == number_moves.c.from_id)
        .outerjoin(_TAKER, _TAKER.c.id == number_moves.c.to_id)
        .outerjoin(_DOER, _DOER.c.id == number_moves.c.by)
        .outerjoin(_COUNTER, _COUNTER.c.reverses == number_moves.c.id)
    )


def _move(row: Row[Any]) -> Move:
    return Move(**{name: row._mapping[name] for name in Move.model_fields})


def _lead(row: Row[Any]) -> MovedLead:
    same = {name: row._mapping[name] for name in ("lead_id", "holder", "holder_id", "holder_name", "state")}
    return MovedLead(number=mask(row.number) if row.number else None, moved_on=not row.stays, **same)


def _unknown() -> NotFound:
    return NotFound("unknown_move", "There is no such move that you may see.")
