"""Who has how many numbers: by the moves, and by the count of holders; what does not agree is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, and_, func, literal, not_, or_, select, union
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.numbers.ledger_rules import sees_all
from api.numbers.ledger_schemas import Difference, HeldLead, Holding, StockLine
from api.numbers.moves import UNTOUCHED, drawable
from api.numbers.tables import number_shifts
from api.numbers.teams_of import people_of
from api.paging import page_of
from api.teams.tables import team_members, teams
from dialer.core.holding import OVER, Account, Entry, Figures, Holder, Sums, since, sums
from dialer.core.numbers import mask
from dialer.store.number_moves import ids, last_move
from dialer.store.number_tables import number_move_leads, number_moves
from dialer.store.tables import leads, lists

NAMED_MAX = 200
STOCK_MAX = 500
_DEALER = users.alias("by_moves")


@dataclass(frozen=True)
class Standing:
    """One account as it stands now."""

    figures: Figures
    sums: Sums
    since: datetime | None


async def holdings(connection: AsyncConnection, who: Person, user_id: str | None) -> list[Holding]:
    """Every account that the person may see, or one person's of them: leaders before their agents."""
    people = await visible_people(connection, who)
    if user_id is not None:
        people = [person for person in people if person == user_id]
    found = await standings(connection, people)
    known = {row.id: row for row in await connection.execute(_people().where(users.c.id == func.any(ids(people))))}
    accounts = {*found, *(Account(Holder.LEADER, key) for key, row in known.items() if row.leads)}
    accounts |= {Account(Holder.AGENT, key) for key, row in known.items() if row.member}
    lines = [_holding(account, found.get(account), known[account.id or ""]) for account in accounts]
    return sorted(lines, key=lambda line: (line.team_id or "", line.holder is Holder.AGENT, line.name, line.user_id))


async def visible_people(connection: AsyncConnection, who: Person) -> list[str]:
    """Whose accounts the person sees: everybody's, or his own and his agents'."""
    if not sees_all(who.roles):
        return await people_of(connection, who.id)
    having = select(leads.c.holder_id).where(leads.c.holder_id.is_not(None))
    everybody = union(having, select(teams.c.leader_id), select(team_members.c.agent_id))
    return list((await connection.execute(everybody)).scalars())


async def standings(connection: AsyncConnection, people: Sequence[str]) -> dict[Account, Standing]:
    """The accounts of these people in which there ever was a number; moves and holders of one moment."""
    entries, held = await _now(connection, people)
    total, closes = sums(entries), await _closes(connection, people)
    found = {}
    for account in (each for each in {*total, *held} if each.id in people):
        before, brought, closed_at = closes.get(account, (Sums(), 0, None))
        mine = total.get(account, Sums())
        figures = since(mine, before, brought, held.get(account, 0))
        found[account] = Standing(figures, mine, closed_at)
    return found


async def differences(connection: AsyncConnection, people: Sequence[str]) -> list[Difference]:
    """Numbers of these people whose holder is another than their last move says, at most 200."""
    mine = func.any(ids(people))
    came = number_move_leads.join(number_moves, number_moves.c.id == number_move_leads.c.move_id)
    touched = union(
        select(number_move_leads.c.lead_id).select_from(came).where(number_moves.c.to_id == mine),
        select(leads.c.id).where(leads.c.holder_id == mine),
    ).subquery("touched")
    last = last_move().where(number_move_leads.c.lead_id.in_(select(touched.c.lead_id))).subquery("last")
    by_moves = func.coalesce(last.c.to_holder, Holder.STOCK.value)
    agrees = and_(
        by_moves.is_not_distinct_from(func.coalesce(leads.c.holder, Holder.STOCK.value)),
        last.c.to_id.is_not_distinct_from(leads.c.holder_id),
    )
    nobodys = tuple({Holder.STOCK, *OVER})  # what was called from stock is over without a move: nobody had it
    both_over = and_(by_moves.in_(nobodys), leads.c.holder.in_(tuple(OVER)))
    columns = (touched.c.lead_id, leads.c.number, leads.c.holder, leads.c.holder_id)
    query = (
        select(*columns, by_moves.label("by_moves"), last.c.to_id.label("by_moves_id"))
        .add_columns(_DEALER.c.name.label("by_moves_name"), users.c.name.label("holder_name"))
        .select_from(touched)
        .outerjoin(last, last.c.lead_id == touched.c.lead_id)
        .outerjoin(leads, leads.c.id == touched.c.lead_id)
        .outerjoin(_DEALER, _DEALER.c.id == last.c.to_id)
        .outerjoin(users, users.c.id == leads.c.holder_id)
        .where(not_(agrees), not_(both_over & leads.c.id.is_not(None)))
        .order_by(touched.c.lead_id)
        .limit(NAMED_MAX)
    )
    rows = await connection.execute(query)
    return [Difference(**dict(row._mapping) | {"number": mask(row.number) if row.number else None}) for row in rows]


async def held_leads(
    connection: AsyncConnection, account: Account, cursor: str | None, limit: int
) -> tuple[list[HeldLead], str | None]:
    """One page of the numbers in an account, the newest first. Raises Invalid on a bad cursor."""
    same = ("id", "campaign_id", "list_id", "number", "name", "region", "quality", "state", "attempts", "next_at")
    columns = [leads.c[name] for name in same]
    query = select(*columns, func.coalesce(UNTOUCHED, False).label("untouched"))
    mine = (leads.c.holder == account.holder.value, leads.c.holder_id == account.id)
    rows, following = await page_of(connection, query.where(*mine), leads.c.id, cursor, limit)
    return [HeldLead(**dict(row._mapping) | {"number": mask(row.number)}) for row in rows], following


async def stock(connection: AsyncConnection, campaign_id: str | None) -> list[StockLine]:
    """What may be drawn now, by campaign, list, region and quality."""
    kind = (leads.c.campaign_id, leads.c.list_id, lists.c.name, leads.c.region, leads.c.quality)
    query = (
        select(*kind[:2], lists.c.name.label("list_name"), *kind[3:], func.count().label("count"))
        .select_from(leads.outerjoin(lists, lists.c.id == leads.c.list_id))
        .where(*drawable())
        .group_by(*kind)
        .order_by(*kind)
        .limit(STOCK_MAX)
    )
    if campaign_id is not None:
        query = query.where(leads.c.campaign_id == campaign_id)
    return [StockLine(**row._mapping) for row in await connection.execute(query)]


async def _now(connection: AsyncConnection, people: Sequence[str]) -> tuple[list[Entry], dict[Account, int]]:
    """Moves summed by their two accounts, and how many each holds: one statement, so of one moment."""
    column, mine = number_moves.c, func.any(ids(people))
    sides = (column.from_holder, column.from_id, column.to_holder, column.to_id)
    undoes = (column.kind == "undo").label("undoes")
    moved = (
        select(literal("moved").label("what"), undoes, *sides, func.sum(column.count).cast(Integer).label("count"))
        .where(or_(column.from_id == mine, column.to_id == mine))
        .group_by(undoes, *sides)
    )
    holder = (leads.c.holder, leads.c.holder_id)
    held = (
        select(literal("held"), literal(False), *holder, *holder, func.count().cast(Integer))
        .where(leads.c.holder_id == mine)
        .group_by(*holder)
    )
    rows = (await connection.execute(moved.union_all(held))).all()
    entries = [_entry(row) for row in rows if row.what == "moved"]
    counts = {_account(row.to_holder, row.to_id): row._mapping["count"] for row in rows if row.what == "held"}
    return entries, counts


async def _closes(connection: AsyncConnection, people: Sequence[str]) -> dict[Account, tuple[Sums, int, datetime]]:
    """Of each account its last close: the sums then, what was open, and when."""
    last = (
        select(number_shifts)
        .ext(distinct_on(number_shifts.c.user_id, number_shifts.c.holder))
        .where(number_shifts.c.user_id == func.any(ids(people)))
        .order_by(number_shifts.c.user_id, number_shifts.c.holder, number_shifts.c.id.desc())
    )
    return {
        _account(row.holder, row.user_id): (Sums(**row.sums), row.figures["open"], row.closed_at)
        for row in await connection.execute(last)
    }


def _people() -> Any:
    led = select(teams.c.id).where(teams.c.leader_id == users.c.id).scalar_subquery()
    return select(users.c.id, users.c.name, team_members.c.team_id.label("member"), led.label("leads")).outerjoin(
        team_members, team_members.c.agent_id == users.c.id
    )


def _holding(account: Account, standing: Standing | None, person: Row[Any]) -> Holding:
    figures = standing.figures if standing else Figures(0, 0, 0, 0, 0, 0)
    names = ("brought", "received", "used", "returned", "passed_on", "open", "difference")
    return Holding(
        user_id=person.id,
        name=person.name,
        holder=account.holder,
        team_id=person.leads if account.holder is Holder.LEADER else person.member or person.leads,
        since=standing.since if standing else None,
        **{name: getattr(figures, name) for name in names},
    )


def _entry(row: Row[Any]) -> Entry:
    giver, taker = _account(row.from_holder, row.from_id), _account(row.to_holder, row.to_id)
    return Entry(giver, taker, row._mapping["count"], row.undoes)


def _account(holder: str, person: str | None) -> Account:
    return Account(Holder(holder), person)
