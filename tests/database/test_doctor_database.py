"""The doctor's look at a real PostgreSQL: well, behind, with other rights, with other words for who is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli.doctor import database
from api.cli.doctor.database import Facts
from api.cli.doctor.finding import Finding
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.migrate import revisions
from dialer.store.tables import leases, nodes
from tests.conftest import Postgres


def embedded_settings(postgres: Postgres) -> Settings:
    return Settings(data_dir=postgres.paths.root)


async def look(settings: Settings) -> Facts:
    return await asyncio.to_thread(database.look, settings)


async def found(settings: Settings, part: str) -> Finding:
    facts = await look(settings)
    everything = database.examine(facts, settings, Paths(settings.root), datetime.now(UTC))
    return next(finding for finding in everything if finding.part == part)


@asynccontextmanager
async def changed(owner: AsyncEngine, there: str, back: str) -> AsyncIterator[None]:
    try:
        async with owner.begin() as connection:
            await connection.execute(text(there))
        yield
    finally:
        async with owner.begin() as connection:
            await connection.execute(text(back))


async def test_a_working_centre_has_nothing_to_mend(owner: AsyncEngine, postgres: Postgres) -> None:
    soon = text("now() + interval '5 s'")
    async with owner.begin() as connection:
        await connection.execute(insert(leases).values(name="node-1", holder="host:1", token=1, expires_at=soon))
        for name in ("node-1", "worker:node-1"):
            row = {"name": name, "heartbeat_at": text("now()"), "health": {"dialing": True}}
            await connection.execute(insert(nodes).values(**row))
    settings = embedded_settings(postgres)
    facts = await look(settings)
    ill = [f for f in database.examine(facts, settings, postgres.paths, datetime.now(UTC)) if not f.ok]
    assert ill == []
    assert facts.is_own_role and facts.lease is not None and facts.lease.holder == "host:1"


async def test_a_database_behind_its_program(owner: AsyncEngine, postgres: Postgres) -> None:
    to, back = (f"update alembic_version set version_num = '{word}'" for word in ("0001", revisions()[0]))
    async with changed(owner, to, back):
        finding = await found(embedded_settings(postgres), "schema")
    assert not finding.ok and "migration 0001" in finding.seen and "Restart" in finding.todo


async def test_rights_as_they_are(owner: AsyncEngine, postgres: Postgres) -> None:
    there, back = "grant delete on ledger to tianzhou_app", "revoke delete on ledger from tianzhou_app"
    async with changed(owner, there, back):
        finding = await found(embedded_settings(postgres), "rights")
    assert not finding.ok and "may delete ledger" in finding.seen
    there, back = "revoke insert on recordings from tianzhou_app", "grant insert on recordings to tianzhou_app"
    async with changed(owner, there, back):
        finding = await found(embedded_settings(postgres), "rights")
    assert not finding.ok and "may not insert recordings" in finding.seen


@pytest.mark.parametrize(
    ("change", "seen", "todo"),
    [
        (("/tianzhou?", "/nowhere?"), "our database is not in it", "createdb"),
        (("tianzhou_app@", "nobody@"), "refuses this user", "user and password"),
        (("postgresql+asyncpg", "postgresql"), "must start with", "postgresql+asyncpg://user"),
    ],
)
async def test_who_is_refused_is_told_why(
    change: tuple[str, str], seen: str, todo: str, postgres: Postgres, tmp_path: Path
) -> None:
    finding = await found(Settings(data_dir=tmp_path, database_url=postgres.url.replace(*change)), "postgres")
    assert not finding.ok and seen in finding.seen and todo in finding.todo, finding


async def test_an_empty_database_is_told_from_a_missing_one(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.owner_url.replace("/tianzhou?", "/postgres?")
    finding = await found(Settings(data_dir=tmp_path, database_url=url), "schema")
    assert not finding.ok and finding.seen == "the database is empty"
