"""The close of a shift of numbers: not with numbers missing, and what is open is shown or given back first."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.errors import Conflict
from api.ids import new_id
from api.numbers import orders, teams_of
from api.numbers.holdings import Standing, differences, standings, visible_people
from api.numbers.ledger_schemas import COUNT_MAX, Closed, CloseShift, Shift
from api.numbers.moves import NOT_PROMISED, UNTOUCHED, Book, pick
from api.numbers.tables import number_shifts
from api.numbers.teams_of import Team
from api.paging import page_of
from dialer.core.holding import STOCK, Account, Figures, Holder, MoveKind

FIGURES = ("brought", "received", "used", "returned", "passed_on", "open")


async def close(connection: AsyncConnection, who: Person, body: CloseShift) -> Closed:
    """Closes an agent's own account, or a leader's with all his agents'. Raises Forbidden, Conflict."""
    known = await orders.begin(connection, who, "close", body.model_dump(mode="json"), Closed)
    if known is not None:
        return known
    is_own = body.holder is Holder.AGENT
    team = await (
        teams_of.of_agent(connection, who.id) if is_own else teams_of.led_by(connection, who, body.leader_id)
    )
    people = [who.id] if is_own else list(team.people)
    book = Book(connection, who, str(body.request_id))
    if body.give_back:
        await _give_back(book, team, people, is_own)
    moves = (await book.done(book.moved, None)).moves
    found = await standings(connection, people)
    if is_own:
        found = {account: each for account, each in found.items() if account.holder is Holder.AGENT}
    await _check(connection, people, found, body.leave_open)
    shifts = await _keep(book, found)
    closed = Closed(request_id=book.request_id, shifts=shifts, moves=moves)
    await orders.end(connection, book.request_id, closed)
    return closed


async def list_shifts(
    connection: AsyncConnection, who: Person, user_id: str | None, cursor: str | None, limit: int
) -> tuple[list[Shift], str | None]:
    """One page of the closes that the person may see, newest first. Raises Invalid on a bad cursor."""
    people = await visible_people(connection, who)
    query = _shifts().where(number_shifts.c.user_id.in_(people))
    if user_id is not None:
        query = query.where(number_shifts.c.user_id == user_id)
    rows, following = await page_of(connection, query, number_shifts.c.id, cursor, limit)
    return [_shift(row) for row in rows], following


async def _give_back(book: Book, team: Team, people: Iterable[str], is_own: bool) -> None:
    leader = Account(Holder.LEADER, team.leader_id)
    for person in people:
        agent = Account(Holder.AGENT, person)
        mine = await pick(book.connection, agent, COUNT_MAX, UNTOUCHED, NOT_PROMISED)
        await book.move(MoveKind.TAKE_BACK, (agent, leader), mine)
    if not is_own:
        mine = await pick(book.connection, leader, COUNT_MAX, NOT_PROMISED)
        await book.move(MoveKind.RETURN, (leader, STOCK), mine)


async def _check(
    connection: AsyncConnection, people: list[str], found: dict[Account, Standing], leave_open: bool
) -> None:
    """Raises Conflict when numbers are missing or too many, or open ones are not to be left open."""
    wrong = await differences(connection, people)
    if wrong or any(each.figures.difference for each in found.values()):
        names = ", ".join(f"{each.number or each.lead_id}" for each in wrong[:5])
        more = f": {names}{' and more' if len(wrong) > 5 else ''}" if names else ""
        raise Conflict("numbers_missing", f"{len(wrong)} numbers are not where the moves say{more}.")
    left = sum(each.figures.open for each in found.values())
    if left and not leave_open:
        raise Conflict("numbers_open", f"{left} numbers are still open.")


async def _keep(book: Book, found: dict[Account, Standing]) -> list[Shift]:
    rows = [
        {
            "id": new_id(),
            "user_id": account.id,
            "holder": account.holder.value,
            "closed_at": book.at,
            "closed_by": book.who.id,
            "request_id": book.request_id,
            "figures": {name: getattr(each.figures, name) for name in FIGURES},
            "sums": each.sums.__dict__,
        }
        for account, each in found.items()
        if each.figures != Figures(0, 0, 0, 0, 0, 0)
    ]
    if not rows:
        return []
    await book.connection.execute(insert(number_shifts), rows)
    kept = _shifts().where(number_shifts.c.id.in_([row["id"] for row in rows])).order_by(number_shifts.c.id)
    return [_shift(row) for row in await book.connection.execute(kept)]


def _shifts() -> Select[Any]:
    return select(number_shifts, users.c.name).join(users, users.c.id == number_shifts.c.user_id)


def _shift(row: Row[Any]) -> Shift:
    same = ("id", "user_id", "name", "holder", "closed_at", "closed_by", "request_id")
    return Shift(**{name: row._mapping[name] for name in same}, **{name: row.figures[name] for name in FIGURES})
