"""Orders that pass numbers from account to account; each in one transaction with its moves and its ledger rows.

Leads are locked with SKIP LOCKED: two leaders who draw the last numbers at once each get what there is, none twice,
and nobody waits for a number that is being called now.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.errors import Conflict, Forbidden, NotFound
from api.numbers import orders, teams_of
from api.numbers.ledger_rules import commands_leaders, room, share, wanted, why_short
from api.numbers.ledger_schemas import (
    COUNT_MAX,
    Chosen,
    Done,
    Draw,
    Issue,
    Order,
    Return,
    TakeBack,
    Transfer,
    Undo,
    WhyShort,
)
from api.numbers.move_list import move_row, moved_on, moves_of
from api.numbers.teams_of import Team
from dialer.core.holding import STOCK, UNDOABLE, Account, Holder, MoveKind
from dialer.core.ledger import Entry, EntryKind
from dialer.core.selection import CLAIMABLE
from dialer.store import ledger, number_moves
from dialer.store.number_moves import Move
from dialer.store.number_tables import number_move_leads
from dialer.store.number_tables import number_moves as moves_table
from dialer.store.tables import campaigns, leads, lists

Condition = ColumnElement[bool]
BodyOf = TypeVar("BodyOf", bound=Order)
NOT_PROMISED: Condition = leads.c.state != "callback"
_TOUCHED_AT = (
    select(number_move_leads.c.attempts)
    .join(moves_table, moves_table.c.id == number_move_leads.c.move_id)
    .where(number_move_leads.c.lead_id == leads.c.id)
    .order_by(moves_table.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
UNTOUCHED: Condition = leads.c.attempts == _TOUCHED_AT  # not called since the last move


@dataclass
class Book:
    """One order while it is carried out; its ledger rows come last, with the ledger's lock."""

    connection: AsyncConnection
    who: Person
    request_id: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    entries: list[Entry] = field(default_factory=list)
    moved: int = 0

    async def move(
        self, kind: MoveKind, accounts: tuple[Account, Account], lead_ids: Sequence[str], **other: str
    ) -> None:
        """Gives locked leads from one account to the other; no leads, no move."""
        if not lead_ids:
            return
        giver, taker = accounts
        move = Move(kind, giver, taker, self.at, self.who.id, request_id=self.request_id, **other)
        self.note(move, await number_moves.give(self.connection, move, lead_ids), len(lead_ids))

    def note(self, move: Move, root: str, count: int) -> None:
        """Remembers a written move for the ledger's row of it."""
        body = {"move_id": move.id, "move": move.kind.value, "by": self.who.id, "count": count, "root": root}
        sides = {"from": _side(move.giver), "to": _side(move.taker), "reverses": move.reverses}
        self.entries.append(Entry(EntryKind.NUMBERS_MOVED, None, self.at, body | sides))
        self.moved += count

    async def done(self, asked: int, why: WhyShort | None) -> Done:
        """Writes the ledger's rows; what came of the order."""
        if self.entries:
            await ledger.append(self.connection, self.entries)
        moves = await moves_of(self.connection, self.request_id)
        short = max(0, asked - self.moved)
        return Done(
            request_id=self.request_id, asked=asked, moved=self.moved, short=short, why_short=why, moves=moves
        )


async def draw(connection: AsyncConnection, who: Person, body: Draw) -> Done:
    """Out of the stock to the leader, as far as stock and quota go. Raises NotFound, Forbidden, Conflict."""
    return await _once(connection, who, MoveKind.DRAW.value, body, _draw)


async def issue(connection: AsyncConnection, who: Person, body: Issue) -> Done:
    """The leader's to his agents. Raises NotFound, Forbidden, Conflict."""
    return await _once(connection, who, MoveKind.ISSUE.value, body, _issue)


async def take_back(connection: AsyncConnection, who: Person, body: TakeBack) -> Done:
    """The agents' back to the leader. Raises NotFound, Forbidden, Conflict."""
    return await _once(connection, who, MoveKind.TAKE_BACK.value, body, _take_back)


async def give_back(connection: AsyncConnection, who: Person, body: Return) -> Done:
    """The leader's back to the stock, or an agent's own to his leader. Raises Forbidden, Conflict."""
    return await _once(connection, who, MoveKind.RETURN.value, body, _return)


async def transfer(connection: AsyncConnection, who: Person, body: Transfer) -> Done:
    """From leader to leader, or from agent to agent of one. Raises NotFound, Forbidden, Conflict."""
    return await _once(connection, who, MoveKind.TRANSFER.value, body, _transfer)


async def undo(connection: AsyncConnection, who: Person, move_id: str, body: Undo) -> Done:
    """The counter-entry of a whole move. Raises NotFound, Forbidden, Conflict naming the numbers that moved on."""
    asked = body.model_dump(mode="json") | {"move_id": move_id}
    known = await orders.begin(connection, who, MoveKind.UNDO.value, asked, Done)
    if known is not None:
        return known
    move = await move_row(connection, move_id)
    if move.by != who.id and not commands_leaders(who.roles):
        raise Forbidden
    if move.kind not in UNDOABLE:
        raise Conflict("not_undoable", "Calls made this move, or it is a counter-entry itself.")
    if move.reversed_by is not None:
        raise Conflict("undone_already", "This move has its counter-entry.")
    lead_ids = await _unmoved(connection, move_id)
    accounts = (Account(Holder(move.to_holder), move.to_id), Account(Holder(move.from_holder), move.from_id))
    book = Book(connection, who, str(body.request_id))
    await book.move(MoveKind.UNDO, accounts, lead_ids, reverses=move_id, why=body.why)
    done = await book.done(len(lead_ids), None)
    await orders.end(connection, book.request_id, done)
    return done


async def pick(connection: AsyncConnection, account: Account, most: int, *conditions: Condition) -> list[str]:
    """Locks numbers of the account that nobody is calling, those due longest first; their ids, at most `most`."""
    query = (
        select(leads.c.id)
        .where(leads.c.holder == account.holder.value, leads.c.holder_id.is_not_distinct_from(account.id))
        .where(leads.c.state != "claimed", *conditions)
        .order_by(leads.c.next_at, leads.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list((await connection.execute(query)).scalars())


def drawable() -> list[Condition]:
    """What an agent could call now: not resting, with consent, of a list that is on."""
    own = lists.alias("own")
    off = select(own.c.id).where(own.c.id == leads.c.list_id, ~own.c.is_active).exists()
    states = tuple(state.value for state in CLAIMABLE)
    due = (leads.c.state.in_(states), leads.c.next_at <= func.now())
    return [leads.c.holder == Holder.STOCK.value, *due, leads.c.consent_basis.is_not(None), ~off]


async def _once(
    connection: AsyncConnection,
    who: Person,
    kind: str,
    body: BodyOf,
    carry_out: Callable[[Book, BodyOf], Awaitable[Done]],
) -> Done:
    known = await orders.begin(connection, who, kind, body.model_dump(mode="json"), Done)
    if known is not None:
        return known
    book = Book(connection, who, str(body.request_id))
    done = await carry_out(book, body)
    await orders.end(connection, book.request_id, done)
    return done


async def _draw(book: Book, body: Draw) -> Done:
    connection = book.connection
    found = await connection.execute(select(campaigns.c.id).where(campaigns.c.id == str(body.campaign_id)))
    if found.first() is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    team = await teams_of.led_by(connection, book.who, body.leader_id)
    allowed = room(team.quota, await teams_of.open_numbers(connection, team), body.count)
    conditions = (leads.c.campaign_id == str(body.campaign_id), *_chosen(body), *drawable())
    lead_ids = await pick(connection, STOCK, allowed, *conditions)
    await book.move(MoveKind.DRAW, (STOCK, _leader(team)), lead_ids)
    return await book.done(body.count, why_short(body.count, allowed, book.moved))


async def _issue(book: Book, body: Issue) -> Done:
    team = await teams_of.led_by(book.connection, book.who, body.leader_id)
    agents = _agents(team, [str(agent_id) for agent_id in body.agent_ids])
    named = _these(body.lead_ids)
    total = len(body.lead_ids) if body.lead_ids else body.total or 0
    shares = wanted(len(agents), body.each, total)
    asked = sum(shares)
    conditions = [*_chosen(body), *_of_campaign(body.campaign_id), *(named or [NOT_PROMISED])]
    lead_ids = await pick(book.connection, _leader(team), asked, *conditions)
    for agent, mine in zip(agents, share(lead_ids, shares), strict=True):
        await book.move(MoveKind.ISSUE, (_leader(team), agent), mine)
    return await book.done(asked, why_short(asked, asked, book.moved, bool(named)))


async def _take_back(book: Book, body: TakeBack) -> Done:
    team = await teams_of.led_by(book.connection, book.who, body.leader_id)
    agents = _agents(team, list(map(str, body.agent_ids or team.people)))
    named = _these(body.lead_ids)
    conditions = [*(named or [NOT_PROMISED]), *([UNTOUCHED] if body.untouched else [])]
    for agent in agents:
        lead_ids = await pick(book.connection, agent, body.each or COUNT_MAX, *conditions)
        await book.move(MoveKind.TAKE_BACK, (agent, _leader(team)), lead_ids)
    asked = len(body.lead_ids) if body.lead_ids else (body.each or 0) * len(agents) or book.moved
    return await book.done(asked, why_short(asked, asked, book.moved, bool(named)))


async def _return(book: Book, body: Return) -> Done:
    if body.holder is Holder.AGENT:
        team = await teams_of.of_agent(book.connection, book.who.id)
        kind, accounts = MoveKind.TAKE_BACK, (Account(Holder.AGENT, book.who.id), _leader(team))
    else:
        team = await teams_of.led_by(book.connection, book.who, body.leader_id)
        kind, accounts = MoveKind.RETURN, (_leader(team), STOCK)
    return await _pass(book, kind, accounts, body, [UNTOUCHED] if body.untouched else [])


async def _transfer(book: Book, body: Transfer) -> Done:
    connection, (giver, taker) = book.connection, (str(body.from_id), str(body.to_id))
    if body.holder is Holder.AGENT:
        team = await teams_of.led_by(connection, book.who, body.leader_id)
        accounts = _agents(team, [giver, taker])
        return await _pass(book, MoveKind.TRANSFER, (accounts[0], accounts[1]), body, [])
    if giver != book.who.id and not commands_leaders(book.who.roles):
        raise Forbidden
    mine, other = await teams_of.both(connection, giver, taker)
    allowed = room(other.quota, await teams_of.open_numbers(connection, other), COUNT_MAX)
    return await _pass(book, MoveKind.TRANSFER, (_leader(mine), _leader(other)), body, [], allowed)


async def _pass(
    book: Book,
    kind: MoveKind,
    accounts: tuple[Account, Account],
    body: Return | Transfer,
    conditions: list[Condition],
    allowed: int = COUNT_MAX,
) -> Done:
    """So many of an account's numbers, those named, or all."""
    named = _these(body.lead_ids)
    asked = len(body.lead_ids) if body.lead_ids else body.count
    chosen = [*_chosen(body), *_of_campaign(body.campaign_id), *(named or [NOT_PROMISED]), *conditions]
    lead_ids = await pick(book.connection, accounts[0], min(asked or COUNT_MAX, allowed), *chosen)
    await book.move(kind, accounts, lead_ids)
    asked = asked if asked is not None else book.moved
    return await book.done(asked, why_short(asked, allowed, book.moved, bool(named)))


async def _unmoved(connection: AsyncConnection, move_id: str) -> list[str]:
    """All numbers of a move, locked. Raises Conflict when one has moved on, or is being called now."""
    mine = select(number_move_leads.c.lead_id).where(number_move_leads.c.move_id == move_id)
    locked = select(leads.c.id).where(leads.c.id.in_(mine)).order_by(leads.c.id).with_for_update(skip_locked=True)
    held = set((await connection.execute(locked)).scalars())
    wrong = [row for row in await moved_on(connection, move_id) if row.moved_on or row.lead_id not in held]
    if wrong:
        names = ", ".join(f"{row.number or row.lead_id} ({row.holder or 'gone'})" for row in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise Conflict(
            "numbers_moved_on", f"{len(wrong)} of its numbers have moved on or were called: {names}{more}."
        )
    return sorted(held)


def _chosen(body: Chosen) -> list[Condition]:
    said: list[tuple[Any, Any]] = [
        (leads.c.list_id, str(body.list_id) if body.list_id else None),
        (leads.c.region, body.region),
        (leads.c.quality, body.quality),
    ]
    return [column == value for column, value in said if value is not None]


def _of_campaign(campaign_id: Any) -> list[Condition]:
    return [leads.c.campaign_id == str(campaign_id)] if campaign_id is not None else []


def _these(lead_ids: Sequence[Any] | None) -> list[Condition]:
    return [leads.c.id == func.any(number_moves.ids(list(map(str, lead_ids))))] if lead_ids else []


def _leader(team: Team) -> Account:
    return Account(Holder.LEADER, team.leader_id)


def _agents(team: Team, agent_ids: Sequence[str]) -> list[Account]:
    """Their accounts. Raises Conflict when one is not of the team."""
    if not set(agent_ids) <= set(team.people):
        raise Conflict("not_your_agent", "One of these agents is not in the leader's team.")
    return [Account(Holder.AGENT, agent_id) for agent_id in dict.fromkeys(agent_ids)]


def _side(account: Account) -> dict[str, str | None]:
    return {"holder": account.holder.value, "id": account.id}
