"""Incidents: opened once, seen again, closed by a person or by whoever finds it over; both in the ledger."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import Entry, EntryKind
from dialer.core.records import IncidentFound, IncidentOver
from dialer.store import events, ledger, statements
from dialer.store.base import Base
from dialer.store.tables import incidents

_OPEN = incidents.c.closed_at.is_(None)


async def open_incident(connection: AsyncConnection, found: Incident) -> bool:
    """Opens it with its ledger row, in the caller's transaction; False = it is open already and was counted.

    Locks the ledger's head: call it last in a transaction.
    """
    if await _see_again(connection, found):
        return False
    row = {
        "id": str(uuid7()),
        "kind": found.kind.value,
        "subject": found.subject,
        "call_id": found.call_id,
        "detail": found.detail,
        "facts": found.facts,
        "opened_at": found.at,
        "last_seen_at": found.at,
    }
    opened = (
        await connection.execute(insert(incidents).values(row).on_conflict_do_nothing().returning(incidents))
    ).one_or_none()
    if opened is None:  # another process opened it this moment
        await _see_again(connection, found)
        return False
    await _note(
        connection, opened, EntryKind.INCIDENT_OPENED, found.at, {"detail": found.detail, "facts": found.facts}
    )
    return True


async def close_incident(
    connection: AsyncConnection, incident_id: str, at: datetime, resolution: str, closed_by: str | None = None
) -> bool:
    """Closes one, with its ledger row, in the caller's transaction; False = it is not open."""
    ended = {"closed_at": at, "resolution": resolution, "closed_by": closed_by}
    closing = update(incidents).where(incidents.c.id == incident_id, _OPEN).values(ended).returning(incidents)
    closed = (await connection.execute(closing)).one_or_none()
    if closed is None:
        return False
    body = {"resolution": resolution, "closed_by": closed_by}
    await _note(connection, closed, EntryKind.INCIDENT_CLOSED, at, body)
    return True


async def take_incident(connection: AsyncConnection, incident_id: str, owner_id: str, at: datetime) -> bool:
    """Makes somebody its owner, in place of whoever was; False = it is not open."""
    taking = update(incidents).where(incidents.c.id == incident_id, _OPEN)
    taken = (
        await connection.execute(taking.values(owner_id=owner_id, owned_at=at).returning(incidents))
    ).one_or_none()
    if taken is not None:
        await events.note_incident(connection, taken)
    return taken is not None


async def close_over(
    connection: AsyncConnection, kind: IncidentKind, subject: str, at: datetime, resolution: str
) -> bool:
    """Closes the open one of this kind and subject because what it was about is over; False = there is none."""
    query = select(incidents.c.id).where(incidents.c.kind == kind.value, incidents.c.subject == subject, _OPEN)
    found = (await connection.execute(query)).scalar_one_or_none()
    return found is not None and await close_incident(connection, found, at, resolution)


async def keep(connection: AsyncConnection, record: IncidentFound | IncidentOver) -> None:
    """What the engine found, or found to be over; again changes nothing."""
    if isinstance(record, IncidentOver):
        await close_over(connection, record.incident_kind, record.subject, record.at, record.resolution)
    elif not await _was_kept(connection, record.incident):
        await open_incident(connection, record.incident)


class IncidentLog(Base):
    """What the engine reads of incidents."""

    async def open_incidents(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        """Those of these kinds that are open, oldest first; at most 100."""
        async with self._begin() as connection:
            wanted = {"p_kinds": sorted(kind.value for kind in kinds)}
            return [_incident(row) for row in await connection.execute(statements.OPEN_INCIDENTS, wanted)]

    async def self_test_passed_s(self, node: str) -> float | None:
        """Seconds since the node's last self-test that passed; None = there is none."""
        async with self._begin() as connection:
            found = (await connection.execute(statements.SELF_TEST_PASSED_S, {"p_node": node})).scalar_one_or_none()
            return None if found is None else float(found)


def _incident(row: Row[Any]) -> Incident:
    return Incident(IncidentKind(row.kind), row.subject, row.opened_at, row.detail, row.call_id, row.facts)


async def _was_kept(connection: AsyncConnection, found: Incident) -> bool:
    """An outbox carried over twice opens nothing anew."""
    same = (incidents.c.kind == found.kind.value, incidents.c.subject == found.subject)
    query = select(incidents.c.id).where(*same, incidents.c.last_seen_at >= found.at).limit(1)
    return (await connection.execute(query)).first() is not None


async def _see_again(connection: AsyncConnection, found: Incident) -> bool:
    same = (incidents.c.kind == found.kind.value, incidents.c.subject == found.subject, _OPEN)
    again = {"seen": incidents.c.seen + 1, "last_seen_at": func.greatest(incidents.c.last_seen_at, found.at)}
    return bool((await connection.execute(update(incidents).where(*same).values(again))).rowcount)


async def _note(
    connection: AsyncConnection, row: Row[Any], kind: EntryKind, at: datetime, body: Mapping[str, Any]
) -> None:
    """The change for every screen, and the ledger row."""
    await events.note_incident(connection, row)
    about = {"incident_id": row.id, "incident": row.kind, "subject": row.subject}
    await ledger.append(connection, [Entry(kind, row.call_id, at, about | dict(body))])
