"""Fixtures of every folder: a real PostgreSQL, ours, started once per run in a temporary data folder."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ledger import GENESIS
from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate

START_S = 20
STOP_S = 20
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=64MB")

EMPTY_ALL = """
do $$ declare name text; begin
  set local session_replication_role = replica;
  for name in select relname from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition
      and relname not in ('alembic_version', 'ledger_head')
  loop execute format('delete from %I', name); end loop;
end $$
"""

if "TIANZHOU_SOAK_EXAMPLES" not in os.environ:  # whose profile is tests/soak/larger.py
    settings.register_profile("ours", deadline=None)  # a loaded machine is no fault
    settings.load_profile("ours")


@dataclass(frozen=True)
class Postgres:
    """A running, migrated database: `url` is the application's role, `owner_url` may do everything."""

    url: str
    owner_url: str
    paths: Paths


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    paths = Paths(tmp_path_factory.mktemp("postgres"))
    running = Postgres(embedded.url(paths), embedded.url(paths, embedded.OWNER), paths)
    with start_postgres(paths):
        asyncio.run(_migrate(running.owner_url))
        yield running


@pytest.fixture
async def owner(postgres: Postgres) -> AsyncIterator[AsyncEngine]:
    """An engine of the owner's role, for what the application may not do; all tables emptied before the test."""
    engine = make_engine(postgres.owner_url, pool_size=1)
    async with engine.begin() as connection:
        await connection.execute(text(EMPTY_ALL))
        await connection.execute(text("update ledger_head set seq = 0, hash = :hash"), {"hash": GENESIS})
    yield engine
    await engine.dispose()


@pytest.fixture
async def engine(owner: AsyncEngine, postgres: Postgres) -> AsyncIterator[AsyncEngine]:
    """An engine of the application's role on empty tables."""
    made = make_engine(postgres.url)
    yield made
    await made.dispose()


class start_postgres:
    """A server of its own while the block runs; a test that kills and restarts it makes its own."""

    def __init__(self, paths: Paths, options: Sequence[str] = SPEED) -> None:
        self.paths, self.options = paths, options

    def __enter__(self) -> subprocess.Popen[bytes]:
        embedded.prepare(self.paths)
        flags = [flag for option in self.options for flag in ("-c", option)]
        log = (self.paths.root / "postgres.log").open("ab")
        with log:
            self.server = subprocess.Popen([*embedded.argv(self.paths), *flags], stdout=log, stderr=log)
        _wait_for(self.paths, self.server)
        return self.server

    def __exit__(self, *_error: object) -> None:
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)  # fast shutdown
        self.server.wait(STOP_S)


def _wait_for(paths: Paths, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not asyncio.run(_answers(paths)):
        log = paths.root / "postgres.log"
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


async def _answers(paths: Paths) -> bool:
    folder: Path = embedded.socket_folder(paths)
    try:
        connection = await asyncpg.connect(host=str(folder), user=embedded.OWNER, database="postgres", timeout=5)
    except (OSError, asyncpg.CannotConnectNowError):
        return False
    await connection.close()
    return True


async def _migrate(owner_url: str) -> None:
    await create_embedded_database(owner_url)
    await migrate(owner_url)


# -- what the run itself promises: real Asterisk, and nothing left out -------------------------------------------

ran_on_asterisk = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ran_on_asterisk] = 0


def pytest_runtest_call(item: pytest.Item) -> None:
    if item.get_closest_marker("telephony") is not None:
        item.config.stash[ran_on_asterisk] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test fails the run: what is not tested must not look tested."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.write_line(f"{config.stash[ran_on_asterisk]} tests ran against a real Asterisk")
    if _skipped(config):
        terminalreporter.write_line(f"{_skipped(config)} tests were skipped: the run fails", red=True)


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter is not None else 0
