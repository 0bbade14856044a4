"""Incidents: one for each thing that is wrong, seen again while open, opened and closed with a ledger row."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import STOPPING, Incident, IncidentKind
from dialer.core.ledger import EntryKind
from dialer.store import incidents as store
from dialer.store import ledger
from dialer.store.tables import events, incidents

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
FULL = Incident(IncidentKind.DISK_RESERVE, "node-1", NOW, "The recording disk has 12 MB left.", facts={"free_mb": 12})
DONE = "there is space again"


async def found(engine: AsyncEngine, incident: Incident) -> bool:
    async with engine.begin() as connection:
        return await store.open_incident(connection, incident)


async def over(engine: AsyncEngine, incident: Incident) -> bool:
    async with engine.begin() as connection:
        return await store.close_over(connection, incident.kind, incident.subject, NOW, DONE)


async def test_the_same_thing_found_again_is_one_incident_until_it_is_closed(engine: AsyncEngine) -> None:
    again = Incident(FULL.kind, FULL.subject, NOW + timedelta(minutes=1), FULL.detail)
    assert [await found(engine, FULL), await found(engine, again)] == [True, False]
    assert [await over(engine, FULL), await over(engine, FULL)] == [True, False]
    assert await found(engine, again)
    async with engine.connect() as connection:
        rows = (await connection.execute(select(incidents).order_by(incidents.c.opened_at))).all()
    assert [(row.seen, row.last_seen_at, row.resolution) for row in rows] == [
        (2, again.at, DONE),
        (1, again.at, None),
    ]


async def test_opening_and_closing_are_in_the_ledger_and_on_every_screen(engine: AsyncEngine) -> None:
    await found(engine, FULL)
    await over(engine, FULL)
    in_order = select(events.c.body).order_by(events.c.seq)
    async with engine.connect() as connection:
        rows = [row.entry async for row in ledger.read_rows(connection)]
        seen = [row.body["closed_at"] for row in await connection.execute(in_order)]
    assert [row.kind for row in rows] == [EntryKind.INCIDENT_OPENED, EntryKind.INCIDENT_CLOSED]
    assert rows[0].attempt_id is None and rows[0].body["facts"] == {"free_mb": 12}
    assert rows[1].body["resolution"] == DONE
    assert seen == [None, "2026-11-25T02:00:00Z"]


async def test_dialing_stops_for_some_kinds_only(engine: AsyncEngine) -> None:
    await found(engine, Incident(IncidentKind.ONE_SIDED, "a call", NOW, "The agent was not heard."))
    log = store.IncidentLog(engine)
    assert await log.open_incidents(STOPPING) == []
    await found(engine, FULL)
    assert await log.open_incidents(STOPPING) == [FULL]
