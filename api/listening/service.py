"""Listenings: each is committed, with its ledger row, before the first byte of audio leaves."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.tables import users
from api.errors import DATABASE_FAULTS
from api.ids import new_id
from api.listening.rules import HOUR, PLAYS_PER_HOUR, goes_on, is_many, ordinary_why
from api.listening.schemas import Listening
from api.listening.tables import listenings
from api.paging import page_of
from api.witness import Doer, away
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger
from dialer.store.incidents import open_incident

MANY = f"One person began to hear more than {PLAYS_PER_HOUR} recordings within an hour."


@dataclass(frozen=True)
class Play:
    """A person's wish to hear a call; why None = he does not say."""

    call_id: str
    is_own: bool
    listener: Doer
    why: str | None


async def note_play(engine: AsyncEngine, play: Play) -> str:
    """Commits that these bytes are about to be heard; the listening's id. Raises LedgerAway: then give no byte."""
    try:
        async with engine.begin() as connection:
            current = await _current(connection, play)
            if current is None:
                return await _begin(connection, play)
            going_on = update(listenings).where(listenings.c.id == current.id)
            await connection.execute(going_on.values(last_at=datetime.now(UTC)))
            return str(current.id)
    except DATABASE_FAULTS as error:
        raise away(EntryKind.LISTENED, error) from error


async def say_why(connection: AsyncConnection, play: Play) -> Listening:
    """Begins a listening with its reason, or gives the running one another, each with its ledger row."""
    current = await _current(connection, play)
    if current is None:
        found = await _begin(connection, play)
    else:
        found = str(current.id)
        if current.why != play.why:
            change = update(listenings).where(listenings.c.id == found)
            await connection.execute(change.values(why=play.why))
            await ledger.append(connection, [_entry(found, play, datetime.now(UTC), was=current.why)])
    row = (await connection.execute(_named().where(listenings.c.id == found))).one()
    return _listening(row)


async def list_listenings(
    connection: AsyncConnection, call_id: str, cursor: str | None, limit: int
) -> tuple[list[Listening], str | None]:
    """One page of who heard the call, newest first. Raises Invalid."""
    query = _named().where(listenings.c.call_id == call_id)
    rows, following = await page_of(connection, query, listenings.c.id, cursor, limit)
    return [_listening(row) for row in rows], following


async def _current(connection: AsyncConnection, play: Play) -> Row[Any] | None:
    """The listening that goes on, if one does. A browser's two requests at once are let through one by one."""
    who = play.listener
    await connection.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"{who.session_id} {play.call_id}", 0)))
    )
    same = (listenings.c.call_id == play.call_id, listenings.c.user_id == who.person.id)
    query = select(listenings).where(*same, listenings.c.session_id == who.session_id)
    row = (await connection.execute(query.order_by(listenings.c.id.desc()).limit(1))).first()
    return row if row is not None and goes_on(row.last_at, datetime.now(UTC)) else None


async def _begin(connection: AsyncConnection, play: Play) -> str:
    """Row, ledger row, and the alarm when it is one too many."""
    now, who = datetime.now(UTC), play.listener
    play = replace(play, why=play.why or ordinary_why(who.person.roles, play.is_own).value)
    row = {
        "id": new_id(),
        "call_id": play.call_id,
        "user_id": who.person.id,
        "session_id": who.session_id,
        "address": who.address,
        "why": play.why,
        "started_at": now,
        "last_at": now,
    }
    await connection.execute(insert(listenings).values(row))
    lately = (listenings.c.user_id == who.person.id, listenings.c.started_at > now - HOUR)
    plays = (await connection.execute(select(func.count()).where(*lately))).scalar_one()
    await ledger.append(connection, [_entry(str(row["id"]), play, now)])
    if is_many(plays):
        facts = {"user_id": who.person.id, "plays": plays}
        await open_incident(connection, Incident(IncidentKind.MANY_PLAYS, who.person.id, now, MANY, facts=facts))
    return str(row["id"])


def _entry(listening_id: str, play: Play, now: datetime, was: str | None = None) -> Entry:
    """The ledger's row; `was` is the reason that another took the place of."""
    why = play.why or ""
    body = play.listener.words(why) | {"listening_id": listening_id}
    if was is not None:
        body["was"] = was
    return Entry(EntryKind.LISTENED, play.call_id, now, body)


def _named() -> Any:
    names = (users.c.username, users.c.name)
    return select(listenings).add_columns(*names).outerjoin(users, users.c.id == listenings.c.user_id)


def _listening(row: Row[Any]) -> Listening:
    return Listening(**{name: row._mapping[name] for name in Listening.model_fields})
