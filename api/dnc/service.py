"""Entries of the do-not-call list and their withdrawals; each change with its row in the ledger.

The dialer reads the list in one statement with every claim, so a change holds for the next dial.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.dnc.rules import canonical_prefix, needs_another, said_again
from api.dnc.schemas import Entry, NewNumber, NewPrefix, Ruling, Withdrawal
from api.dnc.tables import dnc_withdrawals
from api.errors import Conflict, Invalid, NotFound
from api.filters import number_matches
from api.ids import new_id
from api.paging import page_of
from dialer.core import ledger as core
from dialer.core.ledger import EntryKind
from dialer.core.numbers import canonical, mask
from dialer.store import ledger
from dialer.store.gate_tables import dnc, dnc_prefixes
from dialer.store.tables import campaigns

_ONE, _OTHER = users.alias("one"), users.alias("other")
_OPEN = dnc_withdrawals.c.decision.is_(None)


async def list_numbers(
    connection: AsyncConnection, typed: str | None, withdrawn: bool, cursor: str | None, limit: int
) -> tuple[list[Entry], str | None]:
    """One page of numbers, the latest first: one number's, when it is named. Raises Invalid."""
    found = [number_matches(dnc.c.number, typed, "query.number")] if typed is not None else []
    return await _page(connection, dnc, withdrawn, found, (cursor, limit))


async def list_prefixes(
    connection: AsyncConnection, withdrawn: bool, cursor: str | None, limit: int
) -> tuple[list[Entry], str | None]:
    """One page of prefixes, the latest first. Raises Invalid on a bad cursor."""
    return await _page(connection, dnc_prefixes, withdrawn, [], (cursor, limit))


async def add_number(connection: AsyncConnection, who: Person, new: NewNumber) -> Entry:
    """Enters a number. Raises Invalid, NotFound, Conflict when it is there."""
    number = canonical(new.number)
    if number is None:
        raise Invalid("malformed_number", "This is not a whole number that could be called.", "body.number")
    return await _add(connection, who, dnc, new, {"number": number})


async def add_prefix(connection: AsyncConnection, who: Person, new: NewPrefix) -> Entry:
    """Enters a prefix. Raises Invalid, NotFound, Conflict when it is there."""
    prefix = canonical_prefix(new.prefix)
    if prefix is None:
        raise Invalid("malformed_prefix", "Numbers do not begin so, or too many do.", "body.prefix")
    return await _add(connection, who, dnc_prefixes, new, {"prefix": prefix})


async def withdraw(connection: AsyncConnection, who: Person, entry_id: str, reason: str) -> Withdrawal:
    """Takes an entry back, or asks for it. Raises NotFound, Conflict."""
    entry = await _held(connection, entry_id)
    now = datetime.now(UTC)
    row = {"id": new_id(), "entry_id": entry_id, "reason": reason, "asked_by": who.id, "asked_at": now}
    kept = insert(dnc_withdrawals).values(row).on_conflict_do_nothing().returning(dnc_withdrawals.c.id)
    if (await connection.execute(kept)).first() is None:
        raise Conflict("withdrawal_open", "Somebody has asked for this already; a manager is to decide.")
    if not needs_another(entry.asked, who.roles):
        await _approve(connection, who, await _open(connection, str(row["id"])), entry)
    return await _withdrawal(connection, str(row["id"]))


async def list_withdrawals(
    connection: AsyncConnection, open_only: bool, cursor: str | None, limit: int
) -> tuple[list[Withdrawal], str | None]:
    """One page, the latest first. Raises Invalid on a bad cursor."""
    query = _withdrawals().where(_OPEN) if open_only else _withdrawals()
    rows, following = await page_of(connection, query, dnc_withdrawals.c.id, cursor, limit)
    return [Withdrawal(**row._mapping) for row in rows], following


async def rule_on(connection: AsyncConnection, who: Person, withdrawal_id: str, ruling: Ruling) -> Withdrawal:
    """A manager's word on another person's wish. Raises NotFound, Conflict."""
    row = await _open(connection, withdrawal_id)
    if row.asked_by == who.id:
        raise Conflict("own_order", "Another manager must decide on what you asked for yourself.")
    if ruling is Ruling.REFUSED:
        await _decide(connection, who, withdrawal_id, ruling)
    else:
        await _approve(connection, who, row, await _held(connection, row.entry_id))
    return await _withdrawal(connection, withdrawal_id)


async def _page(
    connection: AsyncConnection,
    table: Table,
    withdrawn: bool,
    conditions: list[ColumnElement[bool]],
    place: tuple[str | None, int],
) -> tuple[list[Entry], str | None]:
    holds = [] if withdrawn else [table.c.withdrawn_at.is_(None)]
    rows, following = await page_of(connection, _entries(table).where(*conditions, *holds), table.c.id, *place)
    return [_entry(row) for row in rows], following


async def _add(
    connection: AsyncConnection, who: Person, table: Table, new: NewNumber | NewPrefix, what: dict[str, str]
) -> Entry:
    campaign_id = await _campaign(connection, new.campaign_id)
    row: dict[str, Any] = {"id": new_id(), "scope": new.scope.value, "campaign_id": campaign_id, "reason": new.reason}
    row |= what | {"asked": new.asked, "added_by": who.id, "created_at": datetime.now(UTC)}
    kept = insert(table).values(row).on_conflict_do_nothing().returning(table.c.id)
    if (await connection.execute(kept)).first() is None:
        raise Conflict("listed_already", "This is on the list already, for the same scope.")
    body = {"entry": row["id"], "scope": row["scope"], "campaign_id": campaign_id, "asked": new.asked}
    await _witness(connection, EntryKind.DNC_ADDED, what | body | {"why": new.reason, "who": who.id})
    return _entry((await connection.execute(_entries(table).where(table.c.id == row["id"]))).one())


async def _campaign(connection: AsyncConnection, campaign_id: UUID | None) -> str | None:
    if campaign_id is None:
        return None
    known = await connection.scalar(select(campaigns.c.id).where(campaigns.c.id == str(campaign_id)))
    if known is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")
    return str(campaign_id)


async def _held(connection: AsyncConnection, entry_id: str) -> Row[Any]:
    """The entry, locked. Raises NotFound, Conflict when it is taken back."""
    for table in (dnc, dnc_prefixes):
        locked = select(table).where(table.c.id == entry_id).with_for_update()
        row = (await connection.execute(locked)).one_or_none()
        if row is not None and row.withdrawn_at is not None:
            raise Conflict("withdrawn_already", "This entry does not hold any more.")
        if row is not None:
            return row
    raise NotFound("unknown_entry", "There is no entry with this id.")


async def _open(connection: AsyncConnection, withdrawal_id: str) -> Row[Any]:
    """The withdrawal, locked. Raises NotFound, Conflict when it is decided."""
    mine = select(dnc_withdrawals).where(dnc_withdrawals.c.id == withdrawal_id).with_for_update()
    row: Row[Any] | None = (await connection.execute(mine)).one_or_none()
    if row is None:
        raise NotFound("unknown_withdrawal", "There is no withdrawal with this id.")
    if row.decision is not None:
        raise Conflict("already_decided", "Somebody has decided on this.")
    return row


async def _approve(connection: AsyncConnection, who: Person, withdrawal: Row[Any], entry: Row[Any]) -> None:
    if said_again(entry.said_at, withdrawal.asked_at):
        raise Conflict("refused_again", "The person has refused again since this was asked for.")
    await _decide(connection, who, withdrawal.id, Ruling.APPROVED)
    for table in (dnc, dnc_prefixes):
        over = update(table).where(table.c.id == entry.id).values(withdrawn_at=datetime.now(UTC))
        await connection.execute(over)
    body = {"entry": entry.id, "why": withdrawal.reason, "asked_by": withdrawal.asked_by, "approved_by": who.id}
    await _witness(connection, EntryKind.DNC_WITHDRAWN, body)


async def _decide(connection: AsyncConnection, who: Person, withdrawal_id: str, ruling: Ruling) -> None:
    said = {"decision": ruling.value, "decided_by": who.id, "decided_at": datetime.now(UTC)}
    await connection.execute(update(dnc_withdrawals).where(dnc_withdrawals.c.id == withdrawal_id).values(said))


async def _witness(connection: AsyncConnection, kind: EntryKind, body: dict[str, Any]) -> None:
    await ledger.append(connection, [core.Entry(kind, None, datetime.now(UTC), body)])


async def _withdrawal(connection: AsyncConnection, withdrawal_id: str) -> Withdrawal:
    row = (await connection.execute(_withdrawals().where(dnc_withdrawals.c.id == withdrawal_id))).one()
    return Withdrawal(**row._mapping)


def _withdrawals() -> Select[Any]:
    names = (_ONE.c.name.label("asked_by_name"), _OTHER.c.name.label("decided_by_name"))
    people = select(dnc_withdrawals, *names).outerjoin(_ONE, _ONE.c.id == dnc_withdrawals.c.asked_by)
    return people.outerjoin(_OTHER, _OTHER.c.id == dnc_withdrawals.c.decided_by)


def _entries(table: Table) -> Select[Any]:
    other = null().label("prefix" if table is dnc else "number")
    names = (campaigns.c.name.label("campaign_name"), users.c.name.label("added_by_name"))
    people = select(table, other, *names).outerjoin(users, users.c.id == table.c.added_by)
    return people.outerjoin(campaigns, campaigns.c.id == table.c.campaign_id)


def _entry(row: Row[Any]) -> Entry:
    return Entry(**dict(row._mapping) | {"number": mask(row.number) if row.number else None})
