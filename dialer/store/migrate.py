"""Brings a database to the newest schema: roles, migrations, partitions, the application's rights."""

import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dialer.machine import shipped
from dialer.store import embedded
from dialer.store.database import make_engine

CONFIGURATION = shipped("alembic.ini")
PARTITIONED = ("attempts", "recordings")
MONTHS_AHEAD = 24
# what the application's role may add to and never change; what it may change and never delete
WRITTEN_ONCE = (
    "ledger",
    "ledger_checkpoints",
    "ledger_tiles",
    "ledger_timestamps",
    "number_moves",
    "number_move_leads",
)
NEVER_DELETED = (
    "attempts",
    "recordings",
    "recording_keys",
    "ledger_head",
    "incidents",
    "listenings",
    "recording_notes",
)


class MigrationError(Exception):
    """A migration failed; the text holds its own words."""


async def create_embedded_database(owner_url: str) -> None:
    """In the embedded cluster, makes the application role and the database if they are missing."""
    engine = create_async_engine(
        owner_url.replace(f"/{embedded.DATABASE}?", "/postgres?"), isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        roles = await connection.execute(
            text("select 1 from pg_roles where rolname = :r"), {"r": embedded.APPLICATION}
        )
        if roles.first() is None:
            await connection.execute(text(f"create role {embedded.APPLICATION} login"))
        bases = await connection.execute(
            text("select 1 from pg_database where datname = :d"), {"d": embedded.DATABASE}
        )
        if bases.first() is None:
            await connection.execute(text(f"create database {embedded.DATABASE}"))
    await engine.dispose()


async def migrate(owner_url: str) -> None:
    """Runs alembic to the head in a process of its own, then partitions and rights. Raises MigrationError."""
    argv = [
        sys.executable,
        "-m",
        "alembic",
        "-c",
        str(CONFIGURATION),
        "-x",
        f"url={owner_url}",
        "upgrade",
        "head",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, cwd=CONFIGURATION.parent)  # noqa: ASYNC221 - set-up, nothing else runs
    if done.returncode != 0:
        raise MigrationError(f"The database could not be brought up to date: {done.stderr.strip()[-800:]}")
    engine = make_engine(owner_url)
    await after_migration(engine)
    await engine.dispose()


async def after_migration(engine: AsyncEngine) -> None:
    """Month partitions ahead of time and, where the application role exists, what it may do."""
    async with engine.begin() as connection:
        for table in PARTITIONED:
            await _make_partitions(connection, table, datetime.now(UTC))
        role = await connection.execute(
            text("select 1 from pg_roles where rolname = :r"), {"r": embedded.APPLICATION}
        )
        if role.first() is not None:
            for statement in _rights(embedded.APPLICATION):
                await connection.execute(text(statement))


def revisions() -> list[str]:
    """Every migration that this version knows, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(CONFIGURATION.parent / "alembic"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def month_starts(now: datetime, count: int) -> list[datetime]:
    """The first instants (UTC) of the month of `now` and of the `count` after it."""
    first = now.year * 12 + now.month - 1
    return [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(first, first + count + 1)]


def lowest_id(moment: datetime) -> str:
    """The lowest UUIDv7-ordered id of an instant: its milliseconds in the first 48 bits."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


async def _make_partitions(connection: AsyncConnection, table: str, now: datetime) -> None:
    months = month_starts(now, MONTHS_AHEAD + 1)
    for start, end in pairwise(months):
        name = f"{table}_{start:%Y%m}"
        bounds = f"from ('{lowest_id(start)}') to ('{lowest_id(end)}')"
        await connection.execute(text(f"create table if not exists {name} partition of {table} for values {bounds}"))


def _rights(role: str) -> list[str]:
    return [
        f"grant usage on schema public to {role}",
        f"grant select, insert, update, delete on all tables in schema public to {role}",
        *(f"revoke update, delete, truncate on {table} from {role}" for table in WRITTEN_ONCE),
        *(f"revoke delete, truncate on {table} from {role}" for table in NEVER_DELETED),
    ]
