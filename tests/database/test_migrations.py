"""Migrations: the tables in Python are those of the migrations; each can be taken back with rows in the tables."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database
from tests.conftest import start_postgres

pytestmark = pytest.mark.database

ROOT = Path(__file__).parents[2]
USER = "01930000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own with an empty database."""
    paths = Paths(tmp_path_factory.mktemp("migrations"))
    with start_postgres(paths):
        owner = embedded.url(paths, embedded.OWNER)
        asyncio.run(create_embedded_database(owner))
        yield owner


STEPS = """
import sys
from alembic.config import CommandLine
for revision in sys.argv[2:]:
    CommandLine().main(["-c", "alembic.ini", "-x", sys.argv[1], "downgrade", revision])
"""


def alembic(url: str, *words: str) -> str:
    return ran("-m", "alembic", "-c", str(ROOT / "alembic.ini"), "-x", f"url={url}", *words)


def step_by_step_down(url: str) -> str:
    """Through every migration, in one process: each start of one takes a second and more."""
    return ran("-c", STEPS, f"url={url}", *revisions()[::-1])


def ran(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return done.stdout


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    async def run() -> list[tuple[object, ...]]:
        engine = make_engine(url, pool_size=1)
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        await engine.dispose()
        return rows

    return asyncio.run(run())


def revisions() -> list[str]:
    return sorted(path.name.partition("_")[0] for path in (ROOT / "alembic" / "versions").glob("0*.py"))


def test_up_down_and_up_again_with_rows_in_the_tables(url: str) -> None:
    alembic(url, "upgrade", "0003")
    ask(url, f"insert into users (id, username, name, password_hash) values ('{USER}', 'li.si', 'Li', '-')")
    ask(
        url,
        "insert into auth_sessions (token_hash, user_id, expires_at) "
        f"values ('a', '{USER}', now()), ('b', '{USER}', now())",
    )
    campaign = "insert into campaigns (id, name, product, region, mode, caller_id) values "
    ask(url, f"{campaign} ('{USER}', 'c', 'p', 'r', 'progressive', '10010')")
    alembic(url, "upgrade", "head")
    alembic(url, "check")  # fails when Python's tables differ
    seen = ask(url, "select id, last_seen_at from auth_sessions")
    assert len(seen) == len({row[0] for row in seen}) == 2 and all(row[1] for row in seen)
    step_by_step_down(url)
    assert ask(url, "select token_hash from auth_sessions order by 1") == [(b"a",), (b"b",)]
    assert ask(url, "select name from campaigns") == [("c",)]
    alembic(url, "upgrade", "head")
    alembic(url, "check")


def test_down_to_nothing(url: str) -> None:
    alembic(url, "downgrade", "base")
    left = ask(url, "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'")
    assert left == []
    alembic(url, "upgrade", "head")
