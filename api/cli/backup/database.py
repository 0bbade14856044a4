"""The database's side: one snapshot that counts and dump share, and the wheel's pg_dump and pg_restore.

The address goes to those programs by their environment, never by their command line, which everybody may read.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.cli.backup.cut import Cut
from api.cli.backup.errors import BackupError, RestoreError
from api.cli.backup.manifest import LateKey
from api.cli.errors import CliError
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.tables import attempts
from recordings.records import lowest_id
from recordings.tables import ledger_checkpoints, recording_keys, recordings

COUNT_S = 1800.0  # one count over a table of years
DUMP_S = 6 * 3600.0
TABLES = """
select relname from pg_class c join pg_namespace n on n.oid = relnamespace
where nspname = 'public' and relkind in ('r', 'p') and not relispartition order by relname
"""


@dataclass(frozen=True)
class Snapshot:
    """One exported snapshot while its transaction is open."""

    id: str
    taken_at: datetime
    connection: AsyncConnection

    async def counts(self) -> dict[str, int]:
        """Rows of every table."""
        return await row_counts(self.connection)

    async def schema(self) -> str:
        """The migration that the database is at. Raises BackupError where nothing was ever migrated."""
        if not await self.connection.scalar(text("select to_regclass('public.alembic_version') is not null")):
            raise BackupError("The database is empty: there is nothing to back up yet.")
        return str(await self.connection.scalar(text("select version_num from alembic_version")))

    async def size(self) -> int:
        """Bytes of the database on its disk; its dump is smaller."""
        return int(await self.connection.scalar(text("select pg_database_size(current_database())")) or 0)

    async def cut(self) -> Cut:
        """The calls that the snapshot knows."""
        query = select(attempts.c.id).where(attempts.c.id >= lowest_id(self.taken_at))
        signed = await self.connection.scalar(select(func.max(ledger_checkpoints.c.size)))
        return Cut(self.taken_at, frozenset(await self.connection.scalars(query)), int(signed or 0))

    async def unsettled(self) -> list[str]:
        """The calls without a recordings row yet."""
        rows = await self.connection.scalars(
            select(attempts.c.id)
            .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
            .where(recordings.c.attempt_id.is_(None))
        )
        return list(rows)

    async def objects(self) -> dict[str, int]:
        """Key and size of every stored recording."""
        query = select(recordings.c.storage_key, recordings.c.bytes).where(recordings.c.storage_key.is_not(None))
        return {key: size for key, size in await self.connection.execute(query)}


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """A snapshot of everything, held while the block runs; writers are never held up by it."""
    engine = make_engine(url, pool_size=1, statement_s=COUNT_S)
    try:
        async with _connected(engine) as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            await connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
            row = (await connection.execute(select(func.pg_export_snapshot(), func.clock_timestamp()))).one()
            yield Snapshot(row[0], row[1], connection)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            what = f"PostgreSQL does not answer ({type(error).__name__})"
            raise BackupError(f"{what}: start Tianzhou, then try again; as root or the user that runs it.") from error
        yield connection


async def row_counts(connection: AsyncConnection) -> dict[str, int]:
    """Rows of every table of the public schema; month partitions count with their parent."""
    names = list(await connection.scalars(text(TABLES)))
    query = select(func.count())
    return {name: int(await connection.scalar(query.select_from(table(name))) or 0) for name in names}


async def settled_silent(url: str, calls: list[str]) -> list[str]:
    """Those of the calls that by now are sealed without one sample: they have no object."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            silent = recordings.c.status == "present", recordings.c.storage_key.is_(None)
            query = select(recordings.c.attempt_id).where(recordings.c.attempt_id.in_(calls), *silent)
            return list(await connection.scalars(query))
    finally:
        await engine.dispose()


async def keys_of(url: str, calls: list[str]) -> list[LateKey]:
    """The wrapped keys that those calls have by now."""
    keys, engine = recording_keys.c, make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            query = select(keys.attempt_id, keys.key_id, keys.wrapped)
            rows = await connection.execute(query.where(keys.attempt_id.in_(calls), keys.wrapped.is_not(None)))
            return [LateKey(row.attempt_id, row.key_id, row.wrapped.hex()) for row in rows]
    finally:
        await engine.dispose()


async def put_keys(engine: AsyncEngine, late: list[LateKey]) -> None:
    """Puts wrapped keys beside those that the dump brought."""
    rows = [{"attempt_id": k.attempt_id, "key_id": k.key_id, "wrapped": bytes.fromhex(k.wrapped)} for k in late]
    if rows:
        async with engine.begin() as connection:
            await connection.execute(insert(recording_keys).on_conflict_do_nothing(), rows)


async def dump(url: str, snapshot_id: str, target: Path) -> None:
    """pg_dump of that snapshot. Raises BackupError with its words."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s"]
    os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    await _run(url, "pg_dump", [*arguments, f"--snapshot={snapshot_id}", f"--file={target}"], BackupError)


async def load(url: str, source: Path) -> None:
    """pg_restore into an empty database, all of it or nothing. Raises RestoreError with its words."""
    arguments = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    name = make_url(url).database or ""
    await _run(url, "pg_restore", [*arguments, f"--dbname={name}", str(source)], RestoreError)


def address(url: str) -> dict[str, str]:
    """The environment by which PostgreSQL's own programs find the server of a SQLAlchemy URL."""
    made = make_url(url)
    asked = {key: str(value) for key, value in made.query.items()}
    values = {
        "PGHOST": asked.get("host") or made.host,
        "PGPORT": asked.get("port") or made.port,
        "PGUSER": asked.get("user") or made.username,
        "PGPASSWORD": asked.get("password") or made.password,
        "PGDATABASE": asked.get("database") or made.database,
        "PGSSLMODE": asked.get("sslmode") or asked.get("ssl"),
    }
    return {key: str(value) for key, value in values.items() if value} | {"PGCONNECT_TIMEOUT": "10"}


async def _run(url: str, program: str, arguments: list[str], fault: type[CliError]) -> None:
    """Runs one of them to its end; it dies with us."""
    argv = ["setpriv", "--pdeathsig", "TERM", str(embedded.binary(program)), "--no-password", *arguments]
    pipe = asyncio.subprocess.PIPE
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    child = await asyncio.create_subprocess_exec(
        *argv, env=kept | address(url), stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(DUMP_S):
            _, words = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    if child.returncode != 0:
        said = words.decode(errors="replace").strip().splitlines()
        raise fault(f"{program} failed ({child.returncode}): {said[-1] if said else 'no word from it'}")
