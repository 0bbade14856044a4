"""One running stack for the tests of calls; tests that break parts of it make their own (`own_stack`)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from tests.telephony.stack import Stack, remove
from tests.telephony.world import World

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.telephony)


def make_stack(root: Path) -> Stack:
    """PostgreSQL, both Asterisks; no dialer yet."""
    stack = Stack(root)
    stack.prepare()
    stack.start_postgres()
    asyncio.run(_migrate(stack.owner_url))
    stack.start_asterisk("main")
    stack.start_asterisk("carrier")
    return stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = make_stack(tmp_path_factory.mktemp("telephony"))
    running.start_dialer()
    running.start_worker()
    yield running
    running.close()


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async for made in make_world(stack):
        yield made


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    running = make_stack(tmp_path / "own")
    yield running
    running.close()
    remove(running.paths.root)


@pytest.fixture
async def own_world(own_stack: Stack) -> AsyncIterator[World]:
    async for made in make_world(own_stack):
        yield made


async def make_world(stack: Stack) -> AsyncIterator[World]:
    """A test's campaign and agents; afterwards nobody is dialed for it any more and its agents are gone."""
    engine = make_engine(stack.url)
    made = World(stack, engine)
    yield made
    if stack.is_running("dialer") and stack.is_running("postgres"):
        await made.lift()
        await made.stop_campaign()
        await made.leave()
    await engine.dispose()


async def _migrate(owner_url: str) -> None:
    await create_embedded_database(owner_url)
    await migrate(owner_url)
